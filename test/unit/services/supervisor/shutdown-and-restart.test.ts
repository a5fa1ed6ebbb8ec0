// Shutdown and restart of the daemon.

import assert from "node:assert/strict";
import { test } from "node:test";
import { group, program } from "../../core/process/samples.ts";
import { answerText, badConfig, key, Rig, tick, Watched } from "./rig.ts";
import { running, start, WEB } from "./web-rig.ts";

test("shutdown stops everything and ends once; nothing is started meanwhile", async () => {
  const rig = running({ autorestart: "always" });
  rig.supervisor.shutdown();
  assert.equal(rig.supervisor.state(), "SHUTDOWN");
  assert.equal(await start(rig, true), "SHUTDOWN_STATE");
  assert.deepEqual(rig.endings, []);
  rig.supervisor.shutdown();
  rig.die("web:web");
  assert.deepEqual(rig.endings, [null]);
  rig.advance(60_000);
  assert.deepEqual(rig.spawner.livePids(), []);
  assert.equal(rig.endings.length, 1);
});

test("shutdown answers those who wait for a start or a stop", async () => {
  const rig = new Rig(
    group("a", [program({ name: "a", autostart: false, startSecs: 60 })]),
    group("web", [program({ startSecs: 0 })]),
  ).begin();
  const starting = new Watched(rig.supervisor.start(key("a:a"), true));
  const stopping = new Watched(rig.supervisor.stop(WEB, true));
  rig.settle();
  rig.supervisor.shutdown();
  rig.die("web:web").die("a:a");
  await tick();
  assert.equal(starting.outcome, "ABNORMAL_TERMINATION: a");
  assert.equal(stopping.outcome, "true");
});

test("restart checks the new configuration first: a bad one changes nothing", async () => {
  const rig = running();
  rig.nextConfig = badConfig("no such section");
  rig.log();
  assert.equal(answerText(await rig.supervisor.restart()), "CANT_REREAD: no such section");
  assert.equal(rig.supervisor.state(), "RUNNING");
  assert.deepEqual(rig.log(), [
    "CRIT not restarting, the new configuration has an error: no such section",
  ]);
});

test("restart first tries the requirements of the new configuration, and stops nothing if that fails", async () => {
  const rig = running();
  rig.reason = "the port is taken";
  rig.log();
  assert.equal(answerText(await rig.supervisor.restart()), "CANT_REREAD: the port is taken");
  assert.equal(rig.supervisor.state(), "RUNNING");
  assert.deepEqual(rig.log(), [
    "CRIT not restarting, the new configuration cannot be started: the port is taken",
  ]);
});

test("restart stops all and hands on the configuration that was checked", async () => {
  const rig = running();
  rig.rewrite(group("new"));
  assert.equal(answerText(await rig.supervisor.restart()), "true");
  assert.equal(rig.supervisor.state(), "RESTARTING");
  const kept = rig.supervisor.upgrade.state().current.groups.map((g) => g.name);
  assert.deepEqual(kept, ["new"], "a daemon that dies meanwhile leaves it");
  rig.die("web:web");
  assert.equal(rig.endings.length, 1);
  assert.deepEqual(
    rig.endings[0]?.groups.map((g) => g.name),
    ["new"],
  );
});

test("a shutdown during a restart wins", async () => {
  const rig = running();
  await rig.supervisor.restart();
  rig.supervisor.shutdown();
  rig.die("web:web");
  assert.deepEqual(rig.endings, [null]);
});

test("a restart that was read too late for the restart in progress reports that", async () => {
  const rig = running();
  await rig.supervisor.restart();
  const late = rig.supervisor.restart();
  rig.die("web:web");
  assert.equal(rig.endings.length, 1);
  assert.equal(answerText(await late), "SHUTDOWN_STATE");
});
