// The daemon dies at each system call of an apply that moves a socket from one program to another.

import assert from "node:assert/strict";
import { join } from "node:path";
import { freePort } from "../rig/free-port.ts";
import { diesAtEach } from "./deaths/dies-at.ts";
import { withoutPython } from "./rig/fcgi.ts";
import { Load } from "./rig/load.ts";
import { ROOT } from "./rig/places.ts";
import { e2e } from "./rig/rig.ts";

const SERVER = join(ROOT, "test/e2e/rig/draining-server.py");
/** About as many as such an apply makes, until the old program has exited; in parts, so that each test ends within its time. */
const CALLS = 60;
const PART = 20;

for (let first = 1; first <= CALLS; first += PART) {
  const last = first + PART - 1;
  e2e(
    `no connection is refused when the daemon dies at call ${first} to ${last} of an apply that moves a socket`,
    withoutPython(),
    async (rig) => {
      const port = await freePort();
      const program = (name: string): string =>
        `[program:${name}]\ncommand=${SERVER}\nstartsecs=0\nsocket=tcp://127.0.0.1:${port}\n`;
      const daemon = await rig.startWith(program("old"), { env: { TSV_DEATHS: String(2 * PART) } });
      await daemon.logged(/success: old/);
      await using load = new Load(port);
      await load.goesOn();
      let turn = 0;
      await diesAtEach(daemon, {
        ...{ first, calls: last },
        act: async () => {
          turn += 1;
          rig.configure(program(turn % 2 === 0 ? "old" : "new"));
          await rig.verb("apply");
        },
        check: async (what) => {
          await load.goesOn();
          assert.deepEqual(load.failures, [], what);
        },
      });
      const { status, stdout } = await rig.verb("apply");
      assert.equal(status, 0, stdout);
      const name = turn % 2 === 0 ? "old" : "new";
      assert.equal((await daemon.info(name))["statename"], "RUNNING");
      await load.goesOn();
      await load.end();
      assert.deepEqual(load.failures, []);
    },
  );
}
