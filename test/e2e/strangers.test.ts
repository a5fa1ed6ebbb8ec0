// Another user of the host in the directory of a daemon of root's: nothing that user makes there keeps it from starting.

import assert from "node:assert/strict";
import { chmodSync, lstatSync, readFileSync } from "node:fs";
import { asStranger, LURES } from "../rig/stranger.ts";
import { TSV_BY_NAME } from "./rig/implementation.ts";
import { withoutRoot } from "./rig/places.ts";
import { BASE, e2e } from "./rig/rig.ts";

const PROGRAM = "[program:up]\ncommand=sleep 1000\nstartsecs=0\n";
const PLACES = ["d.pid", "d.pid.lock", "d.sock", "d.sock.lock"];

for (const [what, script] of Object.entries(LURES)) {
  e2e(
    `strangers-cleared: ${what} in each place of a daemon's files does not prevent its start`,
    withoutRoot(),
    async (rig, t) => {
      chmodSync(rig.directory, 0o1777);
      rig.configure(PROGRAM);
      for (const place of PLACES) {
        await asStranger(t, `P=${rig.path(place)}; ${script}; echo ready; exec sleep 1000`);
      }
      const daemon = await rig.start();
      assert.equal(readFileSync(rig.path("d.pid"), "utf8"), `${daemon.pid}\n`);
      for (const place of PLACES) {
        assert.equal(lstatSync(rig.path(place)).uid, 0, place);
        await daemon.logged(new RegExp(`WARN \\S+/${place} was [^\\n]+ nobody`));
      }
      const second = await rig.run(TSV_BY_NAME, "supervisord", ["-n", "-c", rig.path("d.conf")]);
      assert.equal(second.status, 2, second.stderr);
      const ended = await daemon.shutdown();
      assert.equal(ended.status, 0);
    },
  );
}

e2e("of many daemons at once one wins, the others say why", async (rig) => {
  rig.write("d.conf", `${BASE}\n${PROGRAM}`);
  // Each has a socket of its own, so that only the pid file decides.
  const command = (n: number): readonly string[] => {
    const text = `${BASE}\n${PROGRAM}`.replace("file=%(here)s/d.sock", `file=%(here)s/${n}.sock`);
    return ["-n", "-c", rig.write(`${n}.conf`, text), "-l", rig.path(`${n}.log`)];
  };
  const racers = Array.from({ length: 20 }, (_, n) =>
    rig.run(TSV_BY_NAME, "supervisord", command(n)),
  );
  let won: number | null = null;
  const ends = racers.map((racer) =>
    racer.then((outcome) => {
      assert.equal(outcome.status, won === null ? 2 : 0, outcome.stderr);
      if (won === null) assert.match(outcome.stderr, /the pid file \S+d\.pid is held by/);
      return outcome;
    }),
  );
  // When all but one have exited, the last one is asked to exit, too.
  let left = ends.length;
  await new Promise<void>((resolve, reject) => {
    const ended = (): void => {
      left -= 1;
      if (left === 1) resolve();
    };
    for (const end of ends) end.then(ended, reject);
  });
  won = Number(readFileSync(rig.path("d.pid"), "utf8"));
  process.kill(won, "SIGTERM");
  assert.equal((await Promise.all(ends)).filter(({ status }) => status === 0).length, 1);
});
