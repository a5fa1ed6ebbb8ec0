// Hooks of one process: when each begins, what ends it, and what waits for it.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { ProcessConfig } from "../../../../src/core/config/model.ts";
import { hookStopSeconds, hookVariables } from "../../../../src/core/process/hooks.ts";
import { deadlineOf, type HookName, isDown } from "../../../../src/core/process/model.ts";
import { type EndedRun, NO_RUNS } from "../../../../src/core/process/runs.ts";
import { exit, killedBy, PHASES, program, state } from "./samples.ts";
import { Story } from "./story.ts";

const ALL: Partial<ProcessConfig> = {
  postStart: "/bin/started",
  preStop: "/bin/drain",
  stopCommand: "/bin/stop",
  postStop: "/bin/clean",
  onFatal: "/bin/alert",
  hookTimeout: 30,
};

class Hooked extends Story {
  ended(name: HookName, ok = true, text = "exit status 3"): this {
    return this.tell({ kind: "hook-ended", name, ok, text });
  }

  /** Hooks that were begun, and `-` for each that was ended. */
  get hooks(): readonly string[] {
    return this.effects.flatMap((e) =>
      e.kind === "hook" ? [e.name] : e.kind === "cancel-hook" ? ["-"] : [],
    );
  }
}

function running(changes: Partial<ProcessConfig>): Hooked {
  return new Hooked(changes).start(42).tell({ kind: "deadline" }, 1000);
}

test("post_start begins when the program is RUNNING, and its failure changes nothing", () => {
  const story = running({ postStart: "/bin/started" });
  assert.equal(story.kind, "RUNNING");
  assert.deepEqual(story.hooks, ["post_start"]);
  story.ended("post_start", false);
  assert.equal(story.kind, "RUNNING");
  assert.equal(story.log.at(-1), "WARN post_start of web failed: exit status 3");
  const [notice] = story.effects.flatMap((e) => (e.kind === "notice" ? [e.notice] : []));
  assert.deepEqual(notice, {
    about: "HOOK",
    details: { hook: "post_start", result: "failed" },
    text: "exit status 3",
  });
});

test("no post_stop begins after a stop_command at the end of a shutdown", () => {
  const story = running({ stopCommand: "/bin/stop", postStop: "/bin/clean" });
  story.tell({ kind: "stop" }, 2000).tell({ kind: "exited", outcome: exit(0) }, 3000);
  story.tell({ kind: "stop", killBy: 4000 }, 4000).tell({ kind: "deadline" });
  assert.deepEqual(story.hooks, ["stop_command", "-"]);
  assert.equal(isDown(story.state), true);
});

test("a program that exits before startsecs are over gets no post_start", () => {
  const story = new Hooked(ALL).start(42);
  story.tell({ kind: "exited", outcome: exit(1) }, 10);
  assert.deepEqual(story.hooks, ["post_stop"]);
});

test("a stop runs pre_stop, then stop_command, and sends no signal", () => {
  const story = running(ALL).ended("post_start").tell({ kind: "stop" }, 2000);
  assert.equal(story.kind, "STOPPING");
  story.ended("pre_stop").ended("stop_command");
  assert.deepEqual(story.kills, []);
  story.tell({ kind: "exited", outcome: exit(0) });
  assert.equal(story.kind, "STOPPED");
  assert.equal(isDown(story.state), false);
  story.ended("post_stop");
  assert.equal(isDown(story.state), true);
  assert.deepEqual(
    story.hooks.filter((name) => name !== "-"),
    ["post_start", "pre_stop", "stop_command", "post_stop"],
  );
});

test("a stop continues with the signal when pre_stop fails, and when stop_command fails", () => {
  const story = running({ preStop: "/bin/drain", stopCommand: "/bin/stop" });
  story.tell({ kind: "stop" }, 2000).ended("pre_stop", false);
  assert.deepEqual(story.kills, []);
  story.ended("stop_command", false);
  assert.deepEqual(story.kills, ["15 process"]);
  assert.equal(deadlineOf(story.state), 12_000);
});

test("stopwaitsecs begin after pre_stop", () => {
  const story = running({ preStop: "/bin/drain" }).tell({ kind: "stop" }, 2000);
  story.tell({ kind: "hook-ended", name: "pre_stop", ok: true, text: "" }, 20_000);
  assert.deepEqual(story.kills, ["15 process"]);
  assert.equal(story.wait().now, 30_000);
  assert.deepEqual(story.kills, ["15 process", "9 process"]);
});

test("stopwaitsecs limit stop_command: SIGKILL ends the program and the command", () => {
  const story = running({ stopCommand: "/bin/stop" }).tell({ kind: "stop" }, 2000).wait();
  assert.equal(story.now, 12_000);
  assert.deepEqual(story.kills, ["9 process"]);
  assert.deepEqual(story.hooks, ["stop_command", "-"]);
  const text = "WARN stop_command of web failed: the program has not exited in time";
  assert.ok(story.log.includes(text), story.log.join("\n"));
});

test("a hook without a result is ended, and what follows continues", () => {
  const story = running({ preStop: "/bin/drain" }).tell({ kind: "stop" }, 2000).wait();
  assert.equal(story.now, 33_000);
  assert.deepEqual(story.hooks, ["pre_stop", "-"]);
  assert.ok(story.log.includes("WARN pre_stop of web failed: its time is over"));
  assert.deepEqual(story.kills, ["15 process"]);
});

test("a stop without time for hooks sends the signal", () => {
  const story = running(ALL).tell({ kind: "stop", killBy: 2000 }, 2000);
  assert.deepEqual(story.kills, ["15 process"]);
  assert.equal(deadlineOf(story.state), 2000);
  story.tell({ kind: "exited", outcome: killedBy(9), isLast: true });
  assert.deepEqual(story.hooks, ["post_start", "-"]);
  assert.equal(isDown(story.state), true);
});

test("the limit of a shutdown ends a pre_stop with its program, and a post_stop", () => {
  const stopping = running({ preStop: "/bin/drain" });
  stopping.tell({ kind: "stop", killBy: 5000 }, 2000).wait();
  assert.equal(stopping.now, 5000);
  assert.deepEqual(stopping.kills, ["9 process"]);
  const stopped = running({ postStop: "/bin/clean", autorestart: "never" });
  stopped.tell({ kind: "exited", outcome: exit(0) }, 2000);
  stopped.tell({ kind: "stop", killBy: 5000 }).wait();
  assert.equal(stopped.now, 5000);
  assert.equal(isDown(stopped.state), true);
});

test("an exit ends post_start and pre_stop, but not stop_command", () => {
  const started = running(ALL).tell({ kind: "exited", outcome: exit(0) }, 5000);
  assert.deepEqual(started.hooks, ["post_start", "-", "post_stop"]);
  const draining = running(ALL).tell({ kind: "stop" }, 2000);
  draining.tell({ kind: "exited", outcome: exit(0) });
  assert.deepEqual(draining.hooks.slice(-3), ["pre_stop", "-", "post_stop"]);
  const stopping = running(ALL).tell({ kind: "stop" }, 2000).ended("pre_stop");
  stopping.tell({ kind: "exited", outcome: exit(0) });
  assert.equal(stopping.hooks.at(-1), "stop_command");
  stopping.ended("stop_command", false);
  assert.deepEqual(stopping.hooks.slice(-2), ["-", "post_stop"]);
  assert.deepEqual(stopping.kills, []);
});

test("an automatic restart waits for post_stop", () => {
  const story = running({ postStop: "/bin/clean" });
  story.tell({ kind: "exited", outcome: exit(1) }, 5000);
  assert.deepEqual(story.state.phase, { kind: "EXITED", restartAt: 5000 });
  story.tell({ kind: "deadline" }, 6000);
  assert.equal(story.kind, "EXITED");
  story.ended("post_stop").tell({ kind: "deadline" });
  assert.deepEqual([story.kind, story.now], ["SPAWNING", 6000]);
});

test("a retry waits for post_stop as well", () => {
  const story = new Hooked({ postStop: "/bin/clean" }).start(42);
  story.tell({ kind: "exited", outcome: exit(1) }, 10);
  story.tell({ kind: "deadline" }, 2000);
  assert.equal(story.kind, "BACKOFF");
  story.ended("post_stop").wait();
  assert.equal(story.kind, "SPAWNING");
});

test("on_fatal follows post_stop", () => {
  const story = new Hooked({ ...ALL, startRetries: 0 }).start(42);
  story.tell({ kind: "exited", outcome: exit(1) }, 10);
  assert.equal(story.kind, "FATAL");
  story.ended("post_stop").ended("on_fatal");
  assert.deepEqual(story.hooks, ["post_stop", "-", "on_fatal", "-"]);
  assert.equal(isDown(story.state), true);
});

test("a start that fails without a process runs on_fatal alone", () => {
  const story = new Hooked({ ...ALL, startRetries: 0 }).tell({ kind: "start", by: "request" });
  story.tell({ kind: "spawn-failed", text: "pre_start failed: exit status 3" });
  assert.deepEqual(story.hooks, ["on_fatal"]);
});

test("a retry that is given up at a shutdown runs no on_fatal", () => {
  const story = new Hooked({ onFatal: "/bin/alert" }).start(42);
  story.tell({ kind: "exited", outcome: exit(1) }, 10).tell({ kind: "give-up" });
  assert.deepEqual([story.kind, ...story.hooks], ["FATAL"]);
});

test("a start that is not ready in time is stopped by the signal alone, and post_stop follows", () => {
  const check = { readyCheck: { kind: "tcp", host: "a", port: 1 }, readyTimeout: 5 } as const;
  const story = new Hooked({ ...ALL, ...check }).start(42);
  story.tell({ kind: "checked", pid: 42, ok: false, text: "no" }).tell({ kind: "deadline" }, 5000);
  assert.deepEqual([story.kind, story.kills], ["FAILING", ["15 process"]]);
  story.tell({ kind: "exited", outcome: killedBy(15) });
  assert.deepEqual(story.hooks, ["post_stop"]);
});

test("the result of a hook that was ended changes nothing", () => {
  const story = running(ALL).tell({ kind: "stop" }, 2000);
  const before = story.state;
  assert.deepEqual(story.ended("post_start", false).state, before);
});

const RUN: EndedRun = {
  ...{ pid: 42, cause: "request", startWall: 0, endWall: 0, upMs: 0, ending: "stopped" },
  ...{
    outcome: exit(3),
    expected: false,
    spawnErr: "",
    signals: [],
    reason: "",
    reached: [],
    left: null,
  },
};
const of = (phase: keyof typeof PHASES, runs = NO_RUNS, spawnErr = "") => ({
  ...{ group: "web", config: program(), state: state(PHASES[phase], { spawnErr }), runs },
});

test("a hook is told of its process", () => {
  const running = of("RUNNING", { ...NO_RUNS, cause: "autostart" });
  assert.deepEqual(hookVariables(running, "post_start"), {
    ...{ TSV_HOOK: "post_start", TSV_PROCESS: "web", TSV_GROUP: "web" },
    ...{ TSV_PID: "42", TSV_REASON: "autostart" },
  });
  assert.equal(hookVariables(of("STOPPING"), "pre_stop")["TSV_REASON"], "stop");
});

test("a hook after a run is told how it ended", () => {
  const exited = { ...NO_RUNS, ended: [RUN] };
  assert.deepEqual(hookVariables(of("STOPPED", exited), "post_stop"), {
    ...{ TSV_HOOK: "post_stop", TSV_PROCESS: "web", TSV_GROUP: "web" },
    ...{ TSV_PID: "42", TSV_EXIT_STATUS: "3", TSV_REASON: "stopped" },
  });
  const killed = { ...NO_RUNS, ended: [{ ...RUN, outcome: killedBy(9) }] };
  assert.equal(hookVariables(of("EXITED", killed), "post_stop")["TSV_EXIT_SIGNAL"], "SIGKILL");
  const failed = hookVariables(of("FATAL", NO_RUNS, "Exited too quickly"), "on_fatal");
  assert.deepEqual(failed, {
    ...{ TSV_HOOK: "on_fatal", TSV_PROCESS: "web", TSV_GROUP: "web" },
    TSV_REASON: "Exited too quickly",
  });
});

test("hooks add to the time that a stop may take", () => {
  assert.equal(hookStopSeconds(program({ ...ALL, hookTimeout: 5 })), 18);
  assert.equal(hookStopSeconds(program({ onFatal: "/bin/alert" })), 0);
});
