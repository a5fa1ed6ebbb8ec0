// A program that is watched while it is RUNNING: its health check, its memory, its age.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { ProcessConfig } from "../../../../src/core/config/model.ts";
import { healthOf, watchedDescription } from "../../../../src/core/process/describe.ts";
import { deadlineOf } from "../../../../src/core/process/model.ts";
import { exit, program } from "./samples.ts";
import { Story } from "./story.ts";

const CHECK = { kind: "http", url: "http://127.0.0.1:8000/", statuses: [] } as const;
const MB = 1024 * 1024;

const OPTIONS = {
  ...{ startSecs: 0, healthCheck: CHECK, healthInterval: 10, healthRetries: 3 },
  autorestart: "always",
} as const;

/** A program that runs as pid 7 since the moment 0. */
function running(changes: Partial<ProcessConfig> = {}): Story {
  return new Story({ ...OPTIONS, ...changes }).start(7);
}

const no = (pid = 7) => ({ kind: "checked", pid, ok: false, text: "connection refused" }) as const;
const yes = (pid = 7) => ({ kind: "checked", pid, ok: true, text: "status 200" }) as const;

/** So many checks fail, each as soon as it begins. */
function failing(story: Story, times: number, pid = 7): Story {
  for (let i = 0; i < times; i += 1) story.wait().tell(no(pid));
  return story;
}

const checks = (story: Story) => story.effects.filter(({ kind }) => kind === "check").length;
const notices = (story: Story): string[] =>
  story.effects.flatMap((e) =>
    e.kind === "notice"
      ? [`${e.notice.about} ${JSON.stringify(e.notice.details)} ${e.notice.text}`.trim()]
      : [],
  );
const again = (story: Story): string[] =>
  story.effects.flatMap((e) => (e.kind === "start-again" ? [e.by] : []));

test("it is asked within the first interval, and then at each interval, one check at a time (health-check)", () => {
  const story = running();
  const first = deadlineOf(story.state) ?? -1;
  assert.ok(first >= 0 && first < 10_000);
  story.wait();
  assert.equal(checks(story), 1);
  assert.equal(deadlineOf(story.state), null, "nothing is due while a check is under way");
  story.tell(yes(), first + 300);
  assert.equal(deadlineOf(story.state), first + 10_000);
});

test("a check that begins late does not delay the next one", () => {
  for (const healthInterval of [0.25, 0.5, 10]) {
    const story = running({ healthInterval });
    const first = deadlineOf(story.state) ?? -1;
    story.tell({ kind: "deadline" }, first + 40).tell(yes());
    const next = deadlineOf(story.state) ?? -1;
    assert.ok(Math.abs(next - first - healthInterval * 1000) < 1e-6, `${first} to ${next}`);
  }
});

test("a check that begins after several intervals keeps its place in the interval", () => {
  const story = running();
  const first = deadlineOf(story.state) ?? -1;
  story.tell({ kind: "deadline" }, first + 34_000).tell(yes());
  assert.equal(deadlineOf(story.state), first + 40_000);
});

test("programs are asked together, at ten moments of a second at most", () => {
  const moments = Array.from({ length: 1000 }, (_, i) => {
    const story = running({ name: `web_${i}`, healthInterval: i % 2 === 0 ? 10 : 0.5 });
    return deadlineOf(story.wait().tell(yes()).state);
  });
  assert.ok(new Set(moments).size <= 105, `${new Set(moments).size} moments`);
});

test("a thousand programs are asked all over the interval", () => {
  const moments = Array.from({ length: 1000 }, (_, i) => {
    return deadlineOf(running({ name: `web_${i}` }).state) ?? 0;
  });
  const perSecond = moments.map((at) => Math.floor(at / 1000));
  for (let second = 0; second < 10; second += 1) {
    const count = perSecond.filter((each) => each === second).length;
    assert.ok(count > 50 && count < 150, `${count} in second ${second}`);
  }
});

test("after health_retries failures in a row it is unhealthy, and is stopped and started again", () => {
  const story = failing(running(), 2);
  assert.equal(story.kind, "RUNNING");
  failing(story, 1);
  assert.equal(story.kind, "STOPPING");
  assert.deepEqual(story.kills, ["15 process"]);
  assert.deepEqual(notices(story), [
    'HEALTH {"pid":7,"to":"unhealthy","failures":3} connection refused (3 of 3)',
    'RESTART {"pid":7,"reason":"health"} unhealthy: connection refused (3 of 3)',
  ]);
  assert.ok(story.log.includes("WARN unhealthy: web: connection refused (3 of 3)"));
  assert.ok(story.log.includes("WARN restarting web: unhealthy: connection refused (3 of 3)"));
});

test("a success in between begins the count again, and the first one is told", () => {
  const story = failing(running(), 2).wait().tell(yes());
  failing(story, 2);
  assert.equal(story.kind, "RUNNING");
  assert.deepEqual(notices(story), ['HEALTH {"pid":7,"to":"healthy","failures":0}']);
  assert.ok(story.log.includes("INFO healthy: web"));
});

test("failures of the start period do not count, until a check succeeds", () => {
  const story = running({ healthStartPeriod: 100, healthRetries: 1 });
  failing(story, 5);
  assert.equal(story.kind, "RUNNING");
  failing(story.wait().tell(yes()), 1);
  assert.equal(story.kind, "STOPPING");
  const late = running({ healthStartPeriod: 100, healthRetries: 1 });
  while (late.now < 100_000) failing(late, 1);
  assert.equal(late.kind, "STOPPING", "the period is over");
});

test("a run that was healthy is started again at once", () => {
  const story = failing(running().wait().tell(yes()), 3);
  story.tell({ kind: "exited", outcome: exit(0) });
  assert.equal(story.kind, "STOPPED");
  assert.deepEqual(again(story), ["health"]);
});

test("runs that never were healthy wait longer and longer, and the cause stays (health-backoff)", () => {
  const story = running();
  for (const wait of [1000, 2000, 3000]) {
    failing(story, 3).tell({ kind: "exited", outcome: exit(0) });
    assert.equal(story.kind, "BACKOFF");
    assert.equal(deadlineOf(story.state), story.now + wait);
    story.wait().tell({ kind: "spawned", pid: 7 });
    assert.equal(story.kind, "RUNNING");
    assert.equal(story.state.history.reason?.by, "health");
  }
  assert.deepEqual(again(story), []);
  assert.deepEqual(story.states.slice(0, 5), [
    ...["STARTING", "RUNNING", "STOPPING", "STOPPED", "BACKOFF"],
  ]);
});

test("restart_limit gives up such a program, and fatal_retry_after tries it again", () => {
  const limits = { restartLimit: { count: 1, seconds: 3600 }, fatalRetryAfter: 60 };
  const story = failing(running(limits), 3).tell({ kind: "exited", outcome: exit(0) });
  story.wait().tell({ kind: "spawned", pid: 8 });
  failing(story, 3, 8).tell({ kind: "exited", outcome: exit(0) });
  assert.equal(story.kind, "FATAL");
  assert.equal(story.state.history.spawnErr, "unhealthy: connection refused (3 of 3)");
  assert.equal(deadlineOf(story.state), story.now + 60_000);
});

test("answers about another run, or to no question, change nothing", () => {
  const story = running({ healthRetries: 1 }).tell(no());
  assert.equal(story.kind, "RUNNING");
  story.wait().tell(no(6));
  assert.equal(story.kind, "RUNNING");
});

test("signal:NAME sends the signal once, and checks go on; healthy again, it may be sent again", () => {
  const story = running({ healthAction: { kind: "signal", signal: 10 }, healthRetries: 2 });
  const signals = () => story.effects.filter(({ kind }) => kind === "signal").length;
  failing(story, 5);
  assert.equal(signals(), 1);
  assert.equal(story.kind, "RUNNING");
  failing(story.wait().tell(yes()), 2);
  assert.equal(signals(), 2);
  assert.deepEqual(story.kills, []);
});

test("report only reports, and the description does not look healthy", () => {
  const changes = { ...OPTIONS, healthAction: { kind: "report" }, healthRetries: 2 } as const;
  const story = failing(new Story(changes).start(7), 4);
  assert.equal(story.kind, "RUNNING");
  const config = program(changes);
  assert.equal(
    watchedDescription("pid 7, uptime 0:00:10", config, story.state, story.now),
    "unhealthy: connection refused (2 of 2)",
  );
  assert.deepEqual(healthOf(config, story.state, story.now), {
    ...{ state: "unhealthy", check: "http://127.0.0.1:8000/", lastResult: "connection refused" },
    ...{ failures: 4, retries: 2, action: "report" },
  });
});

test("more than max_memory twice in a row is one time too many (max-memory)", () => {
  const story = new Story({ startSecs: 0, maxMemory: 400 * MB }).start(7);
  assert.equal(deadlineOf(story.state), null, "nothing is due: others measure it");
  const measure = (mb: number) => story.tell({ kind: "measured", pid: 7, bytes: mb * MB }, 20_000);
  measure(500);
  measure(300);
  measure(500);
  assert.equal(story.kind, "RUNNING");
  measure(512);
  assert.equal(story.kind, "STOPPING");
  assert.deepEqual(notices(story), ['RESTART {"pid":7,"reason":"memory"} 512MB of 400MB used']);
  story.tell({ kind: "exited", outcome: exit(0) });
  assert.deepEqual(again(story), ["memory"]);
  story.tell({ kind: "start", by: "memory" }).tell({ kind: "spawned", pid: 8 });
  const plain = "pid 8, uptime 0:00:05";
  assert.equal(
    watchedDescription(plain, program({ maxMemory: 400 * MB }), story.state, story.now),
    "pid 8, uptime 0:00:05, restarted: 512MB of 400MB used",
  );
});

test("a measurement of another run changes nothing, and the reason is forgotten by a start on request", () => {
  const story = new Story({ startSecs: 0, maxMemory: 1 }).start(7);
  for (let i = 0; i < 3; i += 1) story.tell({ kind: "measured", pid: 6, bytes: 9 });
  assert.equal(story.kind, "RUNNING");
  for (let i = 0; i < 2; i += 1) story.tell({ kind: "measured", pid: 7, bytes: 9 });
  story.tell({ kind: "exited", outcome: exit(0) }).start(8);
  assert.equal(story.state.history.reason, null);
});

test("max_age ends a run, at most max_age_jitter earlier, and does not wait or count (max-age)", () => {
  const limit = { count: 1, seconds: 1e6 };
  const story = new Story({ startSecs: 0, maxAge: 100, restartLimit: limit }).start(7);
  for (const pid of [8, 9, 10]) {
    const before = story.now;
    story.wait();
    assert.ok(story.now - before <= 100_000 && story.now - before >= 90_000);
    assert.equal(story.kind, "STOPPING");
    story.tell({ kind: "exited", outcome: exit(0) });
    assert.equal(story.kind, "STOPPED");
    story.tell({ kind: "start", by: "age" }).tell({ kind: "spawned", pid });
  }
  assert.deepEqual(again(story), ["age", "age", "age"]);
});

test("a description fits 80 columns, whatever a check says", () => {
  const changes = { ...OPTIONS, healthAction: { kind: "report" }, healthRetries: 1 } as const;
  const story = new Story(changes).start(7).wait();
  story.tell({ kind: "checked", pid: 7, ok: false, text: "x".repeat(5000) });
  const text = watchedDescription("", program(changes), story.state, story.now);
  assert.equal(text.length, 80);
  assert.match(text, /^unhealthy: x+… \(1 of 1\)$/);
});

test("a check that fails through the host says nothing about the program: it is repeated, and told once", () => {
  const story = failing(running(), 2);
  const text = "the command was not executed within 5s";
  for (let i = 0; i < 5; i += 1) story.wait().tell({ ...no(), text, byHost: true });
  assert.equal(story.kind, "RUNNING");
  const report = healthOf(program(OPTIONS), story.state, story.now);
  assert.deepEqual([report?.state, report?.failures], ["unknown", 2]);
  assert.equal(report?.lastResult, `not checked: ${text}`);
  const warnings = story.effects.filter((e) => e.kind === "log" && e.level === "WARN");
  assert.equal(warnings.length, 1);
  failing(story, 1);
  assert.equal(story.kind, "STOPPING", "those before and after it are in a row");
});

test("after three intervals, a check that cannot be made shows, and a healthy program is unknown", () => {
  const config = program({ ...OPTIONS, healthInterval: 30 });
  const story = new Story({ ...OPTIONS, healthInterval: 30 }).start(7).wait().tell(yes());
  const shown = () => watchedDescription("pid 7, uptime 0:01:00", config, story.state, story.now);
  const text = "the command was not executed within 5s";
  for (let i = 0; i < 3; i += 1) story.wait().tell({ ...no(), text, byHost: true });
  assert.equal(healthOf(config, story.state, story.now)?.state, "healthy");
  assert.equal(shown(), "pid 7, uptime 0:01:00");
  story.wait().tell({ ...no(), text, byHost: true });
  assert.equal(healthOf(config, story.state, story.now)?.state, "unknown");
  assert.match(shown(), /^pid 7, uptime 0:01:00, not checked for 1m30s: the command was/);
  assert.ok(shown().length <= 80);
  story.wait().tell(yes());
  assert.equal(healthOf(config, story.state, story.now)?.state, "healthy");
});

test("after three intervals, memory that cannot be measured shows; it is neither much nor little", () => {
  const config = program({ maxMemory: MB });
  const story = new Story({ startSecs: 0, maxMemory: MB }).start(7);
  const measure = (bytes: number | null) =>
    story.tell({ kind: "measured", pid: 7, bytes }, story.now + 10_000);
  const shown = () => watchedDescription("pid 7", config, story.state, story.now);
  measure(2 * MB);
  for (let i = 0; i < 3; i += 1) measure(null);
  assert.equal(shown(), "pid 7");
  measure(null);
  assert.equal(shown(), "pid 7, memory not measured for 30s");
  measure(2 * MB);
  assert.equal(story.kind, "STOPPING", "the measurements before and after are in a row");
});

test("a program that has only started is not healthy: it waits longer before each start (notify-health)", () => {
  const story = new Story({ ...OPTIONS, healthRetries: 1, restartDelay: null }).start(7);
  story
    .wait()
    .tell({ kind: "checked", pid: 7, ok: true, text: "no WATCHDOG=1 yet", isPending: true });
  assert.equal(healthOf(program(OPTIONS), story.state, story.now)?.state, "unknown");
  failing(story, 1);
  assert.equal(story.kind, "STOPPING");
  assert.equal(story.state.history.shortRuns, 1);
});
