// The Firestore emulator for the tests: prints its address, runs until its standard input ends.
// A line on standard input is answered by one with what was asked of it so far, as JSON.
// Its own start() listens on every interface; this binds loopback and lets the system choose the port.
"use strict";
const { createRequire } = require("node:module");
const path = require("node:path");
const readline = require("node:readline");

const fromPackages = createRequire(path.join(process.argv[2], "package.json"));
const { FirestoreServer } = fromPackages("@firestore-emulator/server");
const { ServerCredentials } = fromPackages("@grpc/grpc-js");

console.log = console.error; // standard output carries the address and the counts, and nothing else

// By project: calls of commit, documents written, documents read by name, documents told to watches.
const counted = {};

function note(place, what, count) {
  const project = place.split("/")[1];
  counted[project] ??= { commits: 0, writes: 0, states: 0, reads: 0, told: 0 };
  counted[project][what] += count;
}

function listenIn(server, method, look) {
  const handler = server.handlers.get(`/google.firestore.v1.Firestore/${method}`);
  const plain = handler.func;
  handler.func = (call, ...rest) => {
    look(call);
    return plain.call(handler, call, ...rest);
  };
}

function onAnswer(call, look) {
  const write = call.write;
  call.write = (answer, ...rest) => {
    look(answer);
    return write.call(call, answer, ...rest);
  };
}

const { server } = new FirestoreServer();
listenIn(server, "Commit", ({ request }) => {
  note(request.database, "commits", 1);
  note(request.database, "writes", request.writes.length);
  const states = request.writes.filter((write) => write.has_update && write.update.name.endsWith("/state"));
  note(request.database, "states", states.length);
});
listenIn(server, "BatchGetDocuments", ({ request }) => {
  note(request.database, "reads", request.documents.length);
});
listenIn(server, "Listen", (call) => {
  onAnswer(call, (answer) => {
    if (answer.has_document_change) note(answer.document_change.document.name, "told", 1);
  });
});
server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  process.stdout.write(`127.0.0.1:${port}\n`);
});
const lines = readline.createInterface({ input: process.stdin });
lines.on("line", () => process.stdout.write(`${JSON.stringify(counted)}\n`));
lines.on("close", () => process.exit(0));
