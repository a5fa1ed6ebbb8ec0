// A program of one screen that exercises the native seam from inside an executable: the build's own test, and a quick
// answer to "does tsv's native part work on this machine?".

import { writeSync } from "node:fs";
import { posix } from "../../src/host/posix.ts";
import { createPipes } from "../../src/host/processes/pipes.ts";
import { createSpawner } from "../../src/host/processes/spawner.ts";
import { createAccounts } from "../../src/host/system/accounts.ts";
import { VERSION } from "../../src/version.ts";
import { spawnNow } from "./spawn-now.ts";

const pipes = createPipes();
const scratch = new Uint8Array(65_536);
const spawner = createSpawner(pipes);
const started = spawnNow(spawner, {
  candidates: [{ path: "", file: "/bin/sh", shown: "/bin/sh" }],
  argv: ["sh", "-c", "echo hello from $0 $$", "a child"],
  env: ["PATH=/usr/bin:/bin"],
  cwd: "/",
  umask: 0o22,
  user: null,
  softFileLimit: 1024,
  redirectStderr: true,
  stdinFd: null,
  tty: false,
});
if (!started.ok) throw new Error(JSON.stringify(started.error));
const { pid, stdout } = started.value;

pipes.watch(stdout, "read", {
  readable(fd) {
    const count = pipes.read(fd, scratch);
    if (typeof count === "number") writeSync(1, scratch.subarray(0, count));
    if (count === "end") pipes.close(fd);
  },
});
process.on("SIGCHLD", () => {
  for (const death of spawner.reap()) {
    if (death.pid === pid) writeSync(1, `it exited with ${death.exitCode}\n`);
  }
});
writeSync(1, `tsv ${VERSION} on Node ${process.versions.node}\n`);
writeSync(1, `argv ${JSON.stringify(process.argv.slice(2))} called as ${process.argv0}\n`);
writeSync(1, `root is ${JSON.stringify(createAccounts().findUser(0))}\n`);
writeSync(1, `trimmed ${posix().trim() > 0 ? "some" : "no"} code\n`);
