// ready_check=log: a line that a program prints says that it is ready.

import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { e2e } from "./rig/rig.ts";

const WEB = "[program:web]\ncommand=/bin/sleep 1000\ndepends_on=db:ready\n";
/** Waits for a file of the test. */
const until = (name: string): string => `until test -e ${name}; do sleep 0.02; done`;

function program(script: string, ...options: readonly string[]): string {
  const lines = ["directory=%(here)s", "ready_check=log:listening on *:80", ...options];
  return `[program:db]\ncommand=/bin/sh -c '${script}; exec sleep 1000'\n${lines.join("\n")}\n${WEB}`;
}

e2e("a line of its output makes a program ready, also in pieces (ready-log)", async (rig) => {
  const script = `echo start; printf "\\033[1mnow listening"; ${until("go")}; printf " on 0.0.0.0:8080\\r\\n"`;
  const daemon = await rig.startWith(program(script.replaceAll("%", "%%")));
  await daemon.logged(/spawned: 'db'/);
  const why = await rig.verb("why", "db");
  assert.match(why.stdout.replaceAll(/\s+/g, " "), /log:listening on \*:80: no such line yet/);
  assert.equal((await daemon.info("db"))["statename"], "STARTING");
  rig.write("go", "");
  await daemon.logged(/success: web entered/);
});

e2e("a flood goes to the log as before, and the line in it is found", async (rig) => {
  const flood = 'head -c 20000000 /dev/zero | tr "\\\\0" x';
  const script = `${flood}; echo; echo listening on :80; ${flood}; touch flooded`;
  const daemon = await rig.startWith(
    program(script, "stdout_logfile=%(here)s/out.log", "stdout_logfile_maxbytes=0"),
  );
  await daemon.logged(/success: web entered/);
  const size = (): number => statSync(rig.path("out.log")).size;
  while (size() < 40_000_018) await daemon.ask("getState");
  assert.equal(size(), 40_000_018);
});
