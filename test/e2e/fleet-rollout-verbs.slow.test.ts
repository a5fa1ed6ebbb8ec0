// The verbs of roll-outs as an operator uses them: what they print, and how they end.

import assert from "node:assert/strict";
import { operatorPermissions } from "../../src/core/fleet/subjects.ts";
import { withoutNats } from "../rig/nats-server.ts";
import { e2e } from "./rig/rig.ts";
import { endFleet, startFleet } from "./rig/rollouts.ts";

e2e(
  "a configuration is planned, rolled out, listed and rolled back",
  withoutNats(),
  async (rig) => {
    const fleet = await startFleet(rig, ["pi-1", "pi-2"]);
    try {
      const ann = await fleet.addOperator("ann", operatorPermissions("ann", "admin"));
      const ben = await fleet.addOperator("ben", operatorPermissions("ben", "operate"));
      const first = rig.write("first.conf", "[program:web]\ncommand=sleep 1000\nstartsecs=0\n");
      const bad = rig.write("bad.conf", "[program:web]\ncommand=false\nstartretries=0\n");
      const wrong = rig.write("wrong.conf", "[supervisord]\n");
      const none = await fleet.verb(ann, "plan", first);
      assert.match(none.stderr, /no device has reported yet/);
      // A device is known when it has reported something.
      await fleet.ends(await fleet.roll({ content: { text: null } }));
      const plan = await fleet.verb(ann, "plan", first, "--on", "pi-*");
      assert.deepEqual([plan.status, plan.stdout], [0, "pi-1, pi-2: adds program:web\n"]);
      const refused = await fleet.verb(ann, "apply", wrong, "--yes");
      assert.deepEqual(refused.status, 1);
      assert.match(refused.stderr, /\[supervisord\] is not for a fleet to set/);
      const asked = await fleet.verb(ann, "apply", first);
      assert.equal(asked.status, 2);
      assert.match(asked.stderr, /needs --yes/);
      const waves = await fleet.verb(ann, "apply", first, "--yes", "--waves", "0");
      assert.equal(waves.status, 2);
      assert.match(waves.stderr, /'0' is no wave/);
      const denied = await fleet.verb(ben, "apply", first, "--yes");
      assert.equal(denied.status, 1);
      assert.match(denied.stderr, /does not permit/);

      const applied = await fleet.verb(ann, "apply", first, "--yes", "--settle", "0");
      assert.equal(applied.status, 0, applied.stderr);
      const lines = applied.stdout.split("\n");
      assert.match(lines[1] ?? "", /^Roll-out \d{8}-\d{6}-[a-z0-9]{4}: 2 devices$/);
      assert.deepEqual(lines.slice(2), [
        ...["wave 1 of 2: 1 device", "  pi-1: applied"],
        ...["wave 2 of 2: 1 device", "  pi-2: applied", "done: 2 applied", ""],
      ]);
      const failed = await fleet.verb(ann, "apply", bad, "--yes");
      assert.equal(failed.status, 1);
      assert.match(failed.stdout, /pi-1: rolled-back: web: .*\nstopped: 1 device failed/);

      const documentOf = async (...words: readonly string[]) => {
        const { stdout, stderr } = await fleet.verb(ann, ...words, "--json");
        assert.equal(stderr, "");
        return JSON.parse(stdout);
      };
      const wished = await documentOf("plan", bad, "--on", "pi-1");
      assert.deepEqual(wished.results, [{ device: "pi-1", change: "changes program:web" }]);
      const unasked = await documentOf("apply", bad);
      assert.deepEqual([unasked.exitStatus, unasked.errors[0]?.kind], [2, "usage"]);
      const past = await documentOf("history", "pi-1");
      assert.deepEqual(Object.keys(past.results[0]), [
        ...["device", "revision", "at", "by", "hash", "rollout", "returned", "result", "why"],
      ]);
      assert.equal(past.results[0].returned, true);
      const [stopped, done] = (await documentOf("rollout")).results;
      assert.match(stopped.why, /^1 device failed/);
      assert.deepEqual(
        [stopped.phase, stopped.devices, done.devices],
        ["stopped", { failed: 1, pending: 1 }, { applied: 2 }],
      );
      const followed = await documentOf("rollout", done.rollout);
      assert.deepEqual(
        followed.results.map((each: Record<string, unknown>) => [each["device"], each["progress"]]),
        [
          ["pi-1", "applied"],
          ["pi-2", "applied"],
        ],
      );

      for (const words of [["history", "pi-1"], ["rollout"], ["plan", first]]) {
        const unread = await fleet.verb(ben, ...words);
        assert.equal(unread.status, 1, words.join(" "));
      }
      const history = await fleet.verb(ann, "history", "pi-1");
      assert.equal(history.status, 0, history.stderr);
      const rows = history.stdout.trimEnd().split("\n");
      assert.equal(rows.length, 4);
      assert.match(rows[0] ?? "", /^\d+ {2}\S+Z {2}ann {2}[0-9a-f]{12} {2}returned by \S+/);
      const listed = await fleet.verb(ann, "rollout");
      assert.match(listed.stdout, /ann {2}2 devices {2}stopped: 1 device failed/);

      const id = /Roll-out (\S+):/.exec(applied.stdout)?.[1] ?? "";
      const over = await fleet.verb(ann, "abort", id);
      assert.match(over.stderr, /is over: done/);
      const back = await fleet.verb(ann, "rollback", id, "--yes", "--waves", "100%");
      assert.equal(back.status, 0, back.stderr);
      assert.equal(fleet.file("pi-2"), null, "there was none before");
      const one = await fleet.verb(ann, "rollback", "pi-2", "--yes", "--settle", "0");
      assert.equal(one.status, 0, one.stderr);
      assert.equal(fleet.file("pi-2"), "[program:web]\ncommand=sleep 1000\nstartsecs=0\n");
      const unknown = await fleet.verb(ann, "rollback", "pi-2", "--to", "99999", "--yes");
      assert.match(unknown.stderr, /pi-2 has no revision 99999/);
    } finally {
      await endFleet(fleet);
    }
  },
);
