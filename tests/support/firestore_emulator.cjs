// The Firestore emulator for the tests: prints its address, runs until its standard input ends.
// A line on standard input is answered by one with what was asked of it so far, as JSON.
// Its own start() listens on every interface; this binds loopback and lets the system choose the port.
//
// Four things it leaves out are added, because the product is built on them: a transaction is refused when somebody
// else wrote what it read, a commit is all or nothing, a document that is set loses the fields it had, and a watch ends
// when its client is gone.
"use strict";
const { createRequire } = require("node:module");
const path = require("node:path");
const readline = require("node:readline");

const fromPackages = createRequire(path.join(process.argv[2], "package.json"));
const { FirestoreServer } = fromPackages("@firestore-emulator/server");
const { ServerCredentials, status } = fromPackages("@grpc/grpc-js");

console.log = console.error; // standard output carries the address and the counts, and nothing else

// By project: calls of commit, of these with nothing but info; documents written, documents read by name, documents told
// to watches. Of each state that was written its session time and when (ms of the epoch).
const counted = {};

function of(place) {
  const project = place.split("/")[1];
  counted[project] ??= { commits: 0, infos: 0, writes: 0, reads: 0, told: 0, states: [] };
  return counted[project];
}

function note(place, what, count) {
  of(place)[what] += count;
}

function noteWritten(database, updates) {
  if (updates.length && updates.every(({ name }) => name.endsWith("/info"))) note(database, "infos", 1);
  for (const { name, fields } of updates) {
    if (name.endsWith("/state")) of(database).states.push([fields.get("SessionTime")?.double_value ?? null, Date.now()]);
  }
}

const { server, state } = new FirestoreServer();
state.emitter.setMaxListeners(0); // one per open watch

const versions = new Map(); // of every document by its path: how often it was written
for (const change of ["create-document", "update-document", "delete-document"]) {
  state.emitter.on(change, ({ document }) => {
    versions.set(document.getPath(), versionOf(document.getPath()) + 1);
  });
}

const transactions = new Map(); // by id, as hex: the version of everything that was read in it
let begun = 0;

function versionOf(name) {
  return versions.get(name) ?? 0;
}

function around(method, wrap) {
  const handler = server.handlers.get(`/google.firestore.v1.Firestore/${method}`);
  handler.func = wrap(handler.func.bind(undefined));
}

function begin() {
  const id = Buffer.alloc(8);
  id.writeUInt32BE(++begun, 4);
  transactions.set(id.toString("hex"), new Map());
  return id;
}

around("BeginTransaction", (original) => (call, callback) => {
  original(call, (error, answer) => {
    if (answer) answer.transaction = Uint8Array.from(begin());
    callback(error, answer);
  });
});

around("BatchGetDocuments", (original) => (call) => {
  note(call.request.database, "reads", call.request.documents.length);
  const id = call.request.has_new_transaction ? begin() : Buffer.from(call.request.transaction ?? []);
  const read = transactions.get(id.toString("hex"));
  for (const name of call.request.documents) read?.set(name, versionOf(name));
  const write = call.write.bind(call);
  call.write = (answer) => {
    if (answer.transaction?.length) answer.transaction = Uint8Array.from(id);
    return write(answer);
  };
  original(call);
});

around("Commit", (original) => (call, callback) => {
  const { database, writes } = call.request;
  note(database, "commits", 1);
  note(database, "writes", writes.length);
  const refuse = (code, message) => callback({ code, message, name: "Error" }, null);
  if (call.request.transaction?.length) {
    const id = Buffer.from(call.request.transaction).toString("hex");
    const read = transactions.get(id);
    transactions.delete(id);
    if (!read) return refuse(status.INVALID_ARGUMENT, "The referenced transaction has expired or is no longer valid.");
    if ([...read].some(([name, version]) => versionOf(name) !== version)) {
      return refuse(status.ABORTED, "Too much contention on these documents. Please try again.");
    }
  }
  for (const write of writes) {
    const exists = state.getDocument(write.has_delete ? write.delete : write.update.name).metadata.hasExist;
    if (!write.has_current_document || !write.current_document.has_exists) continue;
    if (exists && !write.current_document.exists) return refuse(status.ALREADY_EXISTS, "entity already exists");
    if (!exists && write.current_document.exists) return refuse(status.NOT_FOUND, "no entity to update");
  }
  for (const write of writes) {
    if (write.has_update && !write.has_update_mask) state.getDocument(write.update.name).fields = {};
  }
  noteWritten(database, writes.filter((write) => write.has_update).map((write) => write.update));
  original(call, callback);
});

around("Rollback", (original) => (call, callback) => {
  transactions.delete(Buffer.from(call.request.transaction).toString("hex"));
  original(call, callback);
});

around("Listen", (original) => (call) => {
  call.on("cancelled", () => call.emit("end"));
  const write = call.write.bind(call);
  call.write = (answer) => {
    if (answer.has_document_change) note(answer.document_change.document.name, "told", 1);
    return write(answer);
  };
  original(call);
});

server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  process.stdout.write(`127.0.0.1:${port}\n`);
});
const lines = readline.createInterface({ input: process.stdin });
lines.on("line", () => process.stdout.write(`${JSON.stringify(counted)}\n`));
lines.on("close", () => process.exit(0));
