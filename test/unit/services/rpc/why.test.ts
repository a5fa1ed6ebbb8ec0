// tsv.getProcessExplanation: what the daemon knows of a program, in words.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { EndedRun } from "../../../../src/core/process/runs.ts";
import { fakeGroupConfig, fakeProcessConfig } from "../../../fakes/config-model.ts";
import { FakeLogs } from "../../../fakes/logs-api.ts";
import { fakeRpcService } from "../../../fakes/rpc-service.ts";
import { FakeSupervisor } from "../../../fakes/supervisor-api.ts";
import { callAny, createRig } from "./rig.ts";

const NOW = 1_795_248_000_000;
const AT_S = NOW / 1000;

function ended(changes: Partial<EndedRun> = {}): EndedRun {
  return {
    ...{ pid: 7, cause: "retry", startWall: NOW - 2000, endWall: NOW - 1000, upMs: 1000 },
    ...{ ending: "too-early", expected: false, spawnErr: "", reason: "", reached: [], left: null },
    ...{ signals: [], outcome: { exitCode: 3, signal: null, coreDumped: false } },
    ...changes,
  };
}

/** `web` has failed three times. */
function failed() {
  const rig = createRig();
  const web = rig.supervisor.fake("web:web");
  const runs = [ended({ pid: 5 }), ended({ pid: 6 }), ended()];
  web.state = "FATAL";
  web.report = {
    ...{ now: NOW, start: NOW - 2000, spawnError: "Exited too quickly", failures: 0 },
    runs: {
      ...{ cause: "retry", signals: [], total: 9, exits: {}, starts: {}, limits: {}, ended: runs },
    },
  };
  rig.logs.changed = NOW;
  return rig;
}

const DENIED = "bind: EACCES token=hunter2 0.0.0.0:80";

test("a program that has failed is explained by its last exits and the error in its output", async () => {
  const rig = failed();
  rig.logs.set("web:web stderr", `of before\n\x1b[31m${DENIED}\x1b[0m\n`);
  rig.logs.parts.set("web:web stderr 7", { from: 10, to: 10 + DENIED.length + 10, size: 11 });
  const told = (await callAny(rig.rpc, "tsv.getProcessExplanation", ["web"])) as Record<
    string,
    unknown
  >;
  const line = "bind: EACCES token=<redacted> 0.0.0.0:80";
  const { advice, meaning, ...clue } = told["clue"] as Record<string, string>;
  assert.ok(advice !== "" && meaning !== "");
  assert.deepEqual(
    { ...told, clue },
    {
      ...{ group: "web", name: "web", statename: "FATAL", pid: 0, start: AT_S - 2 },
      summary:
        "It failed to start 4 times in a row: it exited within 1 second (startsecs). The daemon gave up and will not retry.",
      start_cause: "retried after a failed start",
      next_start: "none; start it manually",
      ...{ health: [], scaled: "", waits_for: [], notes: [] },
      exits: [{ end: AT_S - 1, text: "after 1.0 s: exit status 3", times: 3 }],
      older: "6 older runs are not recorded",
      output: {
        ...{ channel: "stderr", path: "", problem: "", of_last_run: true, lines: [line] },
      },
      clue: { line },
      on_host: "tsv why -c /etc/supervisord.conf web",
    },
  );
});

test("without the place of the last run, the end of the log is shown", async () => {
  const rig = failed();
  const lines = Array.from({ length: 5000 }, (_, index) => `line ${index}`);
  rig.logs.set("web:web stdout", `${lines.join("\n")}\n`);
  const { output, clue } = (await callAny(rig.rpc, "tsv.getProcessExplanation", ["web"])) as {
    readonly output: Readonly<Record<string, unknown>>;
    readonly clue?: unknown;
  };
  assert.deepEqual(output, {
    ...{ channel: "stdout", path: "", problem: "", of_last_run: false, lines: lines.slice(-10) },
  });
  assert.equal(clue, undefined);
});

test("a program that waits is explained by those that it waits for, down to the root", async () => {
  const supervisor = new FakeSupervisor([
    fakeGroupConfig("web", [
      fakeProcessConfig("web", { dependsOn: [{ name: "db", condition: "running" }] }),
    ]),
    fakeGroupConfig("back", [
      fakeProcessConfig("db", { dependsOn: [{ name: "back:disk", condition: "completed" }] }),
      fakeProcessConfig("disk"),
    ]),
  ]);
  for (const [key, state, description] of [
    ["web:web", "STARTING", "waiting for db"],
    ["back:db", "STARTING", "waiting for back:disk to complete"],
    ["back:disk", "FATAL", ""],
  ] as const) {
    Object.assign(supervisor.fake(key), { state, info: { description, spawnErr: "gone" } });
  }
  supervisor.fake("web:web").report = { waits: "waiting for db" };
  const rpc = fakeRpcService({ supervisor, logs: new FakeLogs() });
  const told = (await callAny(rpc, "tsv.getProcessExplanation", ["web"])) as Record<
    string,
    unknown
  >;
  assert.equal(told["summary"], "It has not been started yet: it is waiting for db.");
  assert.deepEqual(told["waits_for"], [
    {
      ...{ name: "back:db", statename: "STARTING" },
      text: "STARTING, waiting for back:disk to complete",
    },
    { name: "back:disk", statename: "FATAL", text: "FATAL, gone" },
  ]);
});

test("a name that is none, or that of a group, is refused", async () => {
  const { rpc } = createRig();
  assert.equal(await callAny(rpc, "tsv.getProcessExplanation", ["nope"]), "10 BAD_NAME: nope");
  assert.equal(await callAny(rpc, "tsv.getProcessExplanation", ["pool:*"]), "10 BAD_NAME: pool:*");
});
