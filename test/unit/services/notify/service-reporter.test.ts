// Notifications of the service manager: programs exist only as data, the test moves the clock.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { ProcessKey } from "../../../../src/core/base/ids.ts";
import type { ProcessStateName } from "../../../../src/core/process/model.ts";
import { ServiceReporter } from "../../../../src/services/notify/service-reporter.ts";
import { fakeGroupConfig, fakeProcessConfig } from "../../../fakes/config-model.ts";
import { fakeEventLog } from "../../../fakes/event-log.ts";
import { FakeSupervisor } from "../../../fakes/supervisor-api.ts";
import { FakeRepeater } from "../../../fakes/web-parts.ts";

class Rig {
  readonly told: string[] = [];
  readonly logged: string[] = [];
  readonly repeater = new FakeRepeater();
  readonly #deferred: (() => void)[] = [];
  now = 5000;
  ups = 0;
  refusal: string | null = null;
  readonly reporter: ServiceReporter;
  supervisor = new FakeSupervisor([]);
  feed = fakeEventLog();

  constructor(watchdogMs: number | null = null) {
    this.reporter = new ServiceReporter({
      manager: {
        notify: (assignments) => {
          this.told.push(assignments.join(" "));
          return this.refusal;
        },
        reportUp: () => {
          this.ups += 1;
          return null;
        },
        watchdogMs,
      },
      now: () => this.now,
      repeater: this.repeater,
      defer: (run) => void this.#deferred.push(run),
    });
  }

  /** A generation with these programs, each a group of its own. */
  attach(...names: readonly string[]): void {
    this.supervisor = new FakeSupervisor(
      names.map((name) => fakeGroupConfig(name, [fakeProcessConfig(name, { stopWaitSecs: 7 })])),
    );
    this.feed = fakeEventLog();
    const log = (_level: unknown, text: string): void => void this.logged.push(text);
    this.reporter.attach({ supervisor: this.supervisor, eventLog: this.feed, log });
  }

  /** A process changes its state. */
  set(name: string, state: ProcessStateName): void {
    const key = `${name}:${name}` as ProcessKey;
    this.supervisor.fake(key).state = state;
    this.feed.changed(key);
  }

  /** Runs what was put off. @returns what was told since the last time */
  settle(): readonly string[] {
    for (const run of this.#deferred.splice(0)) run();
    return this.told.splice(0);
  }
}

test("nothing is reported before all programs were requested to start, then READY with the counts", () => {
  const rig = new Rig();
  rig.attach("a", "b");
  rig.feed.changed(null);
  rig.set("a", "STARTING");
  assert.deepEqual(rig.settle(), []);
  assert.equal(rig.ups, 0);
  rig.reporter.up();
  assert.deepEqual(rig.settle(), ["READY=1 STATUS=no programs running, 1 starting"]);
  assert.equal(rig.ups, 1);
});

test("the status is reported when it changes, once a turn, and never twice the same", () => {
  const rig = new Rig();
  rig.attach("a", "b");
  rig.reporter.up();
  rig.settle();
  rig.set("a", "RUNNING");
  rig.set("b", "RUNNING");
  assert.deepEqual(rig.settle(), ["STATUS=2 programs running"]);
  rig.set("b", "RUNNING");
  assert.deepEqual(rig.settle(), []);
  rig.set("b", "FATAL");
  assert.deepEqual(rig.settle(), ["STATUS=1 program running, 1 failed: b"]);
});

test("while programs change, the status is reported at most once a second, and finally when they are done", () => {
  const rig = new Rig();
  const names = Array.from({ length: 50 }, (_, index) => `p${index}`);
  rig.attach(...names);
  rig.reporter.up();
  rig.settle();
  const told: string[] = [];
  for (const name of names) rig.set(name, "STARTING");
  for (const name of names) {
    rig.now += 50;
    rig.set(name, "RUNNING");
    told.push(...rig.settle());
  }
  assert.equal(told.length, 3);
  assert.equal(told.at(-1), "STATUS=50 programs running");
});

test("added and removed groups change the counts", () => {
  const rig = new Rig();
  rig.attach("a", "b");
  rig.reporter.up();
  rig.set("a", "RUNNING");
  rig.set("b", "RUNNING");
  rig.settle();
  assert.deepEqual(rig.supervisor.removeGroup("b"), { ok: true, value: true });
  rig.feed.changed(null);
  assert.deepEqual(rig.settle(), ["STATUS=1 program running"]);
});

test("a reload is reported with its time and time limit, and READY ends it", () => {
  const rig = new Rig();
  rig.attach("a");
  rig.reporter.up();
  rig.set("a", "RUNNING");
  rig.settle();
  rig.supervisor.daemonState = "RESTARTING";
  rig.set("a", "STOPPING");
  rig.set("a", "STOPPED");
  assert.deepEqual(rig.settle(), [
    "RELOADING=1 MONOTONIC_USEC=5000000 EXTEND_TIMEOUT_USEC=17000000 STATUS=reloading: programs are stopping",
  ]);
  rig.reporter.ended();
  rig.attach("a");
  rig.reporter.up();
  assert.deepEqual(rig.settle(), ["READY=1 STATUS=no programs running"]);
});

test("a shutdown that replaces a reload is reported too", () => {
  const rig = new Rig();
  rig.attach("a");
  rig.reporter.up();
  rig.settle();
  rig.supervisor.daemonState = "RESTARTING";
  rig.set("a", "STOPPING");
  assert.match(rig.settle().join("|"), /^RELOADING=1 [^|]*$/);
  rig.supervisor.daemonState = "SHUTDOWN";
  rig.set("a", "STOPPED");
  assert.match(rig.settle().join("|"), /^STOPPING=1 [^|]*$/);
});

test("a shutdown with nothing to stop is reported at its end, and an interrupted start reports no READY", () => {
  const rig = new Rig();
  rig.attach();
  rig.supervisor.daemonState = "SHUTDOWN";
  rig.feed.changed(null);
  rig.reporter.up();
  rig.reporter.ended();
  assert.deepEqual(rig.settle(), [
    "STOPPING=1 EXTEND_TIMEOUT_USEC=10000000 STATUS=programs are stopping",
  ]);
  assert.equal(rig.ups, 0);
});

test("WATCHDOG is sent only if requested, by one repeater across reloads, also while stopping", async () => {
  const silent = new Rig();
  silent.attach();
  silent.reporter.up();
  assert.equal(silent.repeater.isRunning, false);
  const rig = new Rig(3000);
  rig.attach("a");
  rig.reporter.up();
  rig.settle();
  await rig.repeater.turn();
  assert.deepEqual(rig.settle(), ["WATCHDOG=1"]);
  rig.supervisor.daemonState = "SHUTDOWN";
  rig.set("a", "STOPPING");
  rig.settle();
  await rig.repeater.turn();
  assert.deepEqual(rig.settle(), ["WATCHDOG=1"]);
});

test("an unreachable service manager is one line in the log, not one each time", () => {
  const rig = new Rig();
  rig.attach("a");
  rig.refusal = "/run/x: ENOENT";
  rig.reporter.up();
  rig.set("a", "RUNNING");
  rig.settle();
  assert.deepEqual(rig.logged, ["cannot notify the service manager: /run/x: ENOENT"]);
});
