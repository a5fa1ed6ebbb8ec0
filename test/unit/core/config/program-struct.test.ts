// A program described by a struct is read by the rules of the file.

import assert from "node:assert/strict";
import { test } from "node:test";
import { readProgramStruct } from "../../../../src/core/config/groups.ts";
import type { Config } from "../../../../src/core/config/model.ts";
import { fakeWorld, readIn } from "./fake-world.ts";

const WORLD = fakeWorld({
  "/etc/s.conf": '[supervisord]\nenvironment=GLOBAL="g",COLOUR="red"\n',
});

function read(options: Readonly<Record<string, string>>, name = "web"): unknown {
  const config = readIn(WORLD);
  assert.ok("daemon" in config);
  const result = readProgramStruct({ group: "g", name, options }, config as Config, WORLD);
  if (!result.ok) return result.error.text;
  return result.value.processes.map((process) => [
    process.name,
    process.command,
    process.startSecs,
    process.environment,
  ]);
}

test("options, expansions, copies and the daemon's environment are those of a section", () => {
  assert.deepEqual(
    read({
      command: "/bin/%(program_name)s %(group_name)s %(ENV_GLOBAL)s %(process_num)d",
      StartSecs: "7",
      numprocs: "2",
      process_name: "%(program_name)s_%(process_num)d",
      environment: 'OWN="1"',
    }),
    [0, 1].map((n) => [
      `web_${n}`,
      `/bin/web g g ${n}`,
      7,
      { GLOBAL: "g", COLOUR: "red", OWN: "1" },
    ]),
  );
});

test("an error is the one that the file would have", () => {
  assert.equal(
    read({}),
    "program section program:web does not specify a command in section 'program:web' (file: '(added at run time)')",
  );
  assert.match(String(read({ command: "x", autostart: "perhaps" })), /^not a valid boolean value/);
  assert.match(String(read({ command: "x" }, "a:b")), /Invalid name: 'a:b'/);
});
