// Alerts over time: half a minute passes between two messages.

import assert from "node:assert/strict";
import { until } from "../rig/wait.ts";
import { AlertHook, FAILING } from "./rig/alert-hook.ts";
import { TSV } from "./rig/places.ts";
import { e2e } from "./rig/rig.ts";
import { UpgradeHost } from "./upgrade/host.ts";
import { withoutNext } from "./upgrade/versions.ts";

e2e("a receiver is told of each failure once, and of recovery (alerts)", async (rig, t) => {
  const hook = await AlertHook.listen(rig, t);
  const daemon = await rig.startWith(`[notify:hook]\nurl=${hook.url}/in\n${FAILING}`);
  const tsv = (...words: string[]) => rig.command([TSV, ...words, "-c", rig.path("d.conf")]);
  await hook.has("fatal new web");
  await hook.has("unhealthy new sick");
  await tsv("start", "job", "once");
  rig.write("up", "");
  rig.write("well", "");
  await tsv("start", "web");
  // Within 30 seconds of the first message.
  await until(() => hook.alerts.length >= 6, {
    what: "six alerts",
    left: () => hook.alerts.join(", "),
    timeoutMs: 90_000,
  });
  assert.deepEqual([...hook.alerts].sort(), [
    "failed new job",
    "failed new once",
    "fatal new web",
    "fatal over web",
    "unhealthy new sick",
    "unhealthy over sick",
  ]);
  await daemon.shutdown();
  assert.equal(hook.alerts.length, 6, "a shutdown is no failure");
});

e2e(
  "an upgrade reports nothing again, and forgets nothing (alerts)",
  withoutNext(),
  async (rig, t) => {
    const hook = await AlertHook.listen(rig, t);
    const host = new UpgradeHost(rig);
    host.takeTurns();
    await host.start(`[notify:hook]\nurl=${hook.url}/\n${FAILING}`);
    await hook.has("fatal new web");
    await host.replaced();
    host.turn();
    rig.write("up", "");
    await rig.command([TSV, "start", "-c", rig.path("d.conf"), "web"]);
    await hook.has("fatal over web");
    assert.equal(hook.alerts.filter((alert) => alert === "fatal new web").length, 1);
  },
);
