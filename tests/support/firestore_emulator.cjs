// The Firestore emulator for the tests: prints its address, runs until its standard input ends.
// Its own start() listens on every interface; this binds loopback and lets the system choose the port.
"use strict";
const { createRequire } = require("node:module");
const path = require("node:path");

const fromPackages = createRequire(path.join(process.argv[2], "package.json"));
const { FirestoreServer } = fromPackages("@firestore-emulator/server");
const { ServerCredentials } = fromPackages("@grpc/grpc-js");

console.log = console.error; // standard output carries the address and nothing else
new FirestoreServer().server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  process.stdout.write(`127.0.0.1:${port}\n`);
});
process.stdin.on("end", () => process.exit(0));
process.stdin.resume();
