// States in words.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  describeNextStart,
  describeState,
  formatDuration,
} from "../../../../src/core/why/describe-state.ts";
import type { ProgramHistory } from "../../../../src/core/why/program-history.ts";
import { history, run } from "../../doctor/checks/programs/rig.ts";

const stopped = run({ ending: "stopped", exitStatus: null, signal: 15, signals: [15] });
const exited = run({ ending: "exited", exitStatus: 0, expected: true });
const crashed = run({ ending: "exited" });
const unspawned = run({ ending: "not-spawned", pid: 0, spawnError: "can't find command 'x'" });

const CASES: readonly (readonly [Partial<ProgramHistory>, ProgramHistory["runs"], RegExp])[] = [
  [{ state: "RUNNING", pid: 7 }, [], /^It is running with pid 7\.$/],
  [
    { state: "RUNNING", pid: 7, total: 12 },
    [crashed, exited],
    /One of its last 2 runs failed \(12 runs since/,
  ],
  [
    { state: "RUNNING", pid: 7, total: 1 },
    [crashed],
    /with pid 7\. Its last run failed \(1 run since/,
  ],
  [
    { state: "STOPPED", start: 0, awaits: "a connection on tcp://h:1" },
    [],
    /^It has not been started yet: it waits for a connection on tcp:\/\/h:1\.$/,
  ],
  [
    { state: "EXITED", awaits: "a connection on tcp://h:1" },
    [exited],
    /^It exited as expected \(exitcodes=0\) and waits for a connection on tcp:\/\/h:1\.$/,
  ],
  [{ state: "STARTING", pid: 7 }, [], /becomes RUNNING after 1 second/],
  [
    { state: "BACKOFF", failures: 2 },
    [run()],
    /failed to start 2 times in a row: it exited within .*\. The daemon will retry/,
  ],
  [
    { state: "BACKOFF" },
    [run({ ending: "stopped", reason: "unhealthy: connection refused (3 of 3)" })],
    /^It was stopped to be started again: unhealthy: connection refused \(3 of 3\)\. The daemon will/,
  ],
  [
    { state: "BACKOFF", failures: 1 },
    [unspawned],
    /failed to start once: can't find command 'x'\. The daemon will retry/,
  ],
  [
    { state: "FATAL", startRetries: 3 },
    [run()],
    /4 times in a row: .*\. The daemon gave up and will not retry/,
  ],
  [
    { state: "FATAL", isLimited: true, nextStart: 60_000 },
    [run(), run({ cause: "request" }), run(), run()],
    /3 times in a row: .*\. The daemon gave up, and will try again later/,
  ],
  [
    { state: "EXITED" },
    [exited],
    /as expected \(exitcodes=0\) and will not be restarted: exitcodes=0 includes/,
  ],
  [
    { state: "EXITED", autorestart: "never" },
    [crashed],
    /unexpectedly .*because autorestart=false/,
  ],
  [{ state: "STARTING", pid: 0 }, [], /being started.*not executed yet/],
  [{ state: "EXITED", nextStart: 900 }, [crashed], /and will be restarted\.$/],
  [{ state: "STOPPED", start: 0, autostart: false }, [], /never started: autostart=false/],
  [{ state: "STOPPED", start: 0 }, [], /^It was never started\.$/],
  [{ state: "STOPPED" }, [stopped], /stopped on request \(by SIGTERM\)/],
  [{ state: "STOPPED" }, [run()], /stopped on request while it waited for a retry/],
  [
    { state: "STOPPING", signals: [15] },
    [],
    /being stopped \(by SIGTERM\).*after stopwaitsecs \(10 s\)/,
  ],
  [
    { state: "UNKNOWN", spawnError: "kill(2) failed" },
    [],
    /could not send a signal to web.*kill\(2\) failed/,
  ],
];

for (const [changes, runs, words] of CASES) {
  test(`${JSON.stringify(changes)} after ${runs.map(({ ending }) => ending).join(", ") || "nothing"}`, () => {
    assert.match(describeState(history(runs, { total: runs.length, ...changes })), words);
  });
}

test("the next start may be that by a connection", () => {
  const waiting = history([exited], { state: "EXITED", awaits: "a connection on tcp://h:1" });
  const text = describeNextStart(waiting, String);
  assert.equal(text, "with the next connection (start_on=connect)");
});

test("the next start is shown with the number of the attempt", () => {
  assert.equal(
    describeNextStart(history([], { state: "BACKOFF", failures: 2, nextStart: 1500 }), String),
    "in 1.5 s (attempt 3 of 4)",
  );
  assert.equal(
    describeNextStart(history([], { state: "EXITED", nextStart: 400 }), String),
    "in 0.4 s",
  );
  assert.equal(
    describeNextStart(history([], { state: "FATAL" }), String),
    "none; start it manually",
  );
  assert.equal(describeNextStart(history([], { state: "RUNNING" }), String), "");
});

test("spans are short where they are short", () => {
  assert.deepEqual([40, 9_900, 61_000, 125_000, 90_000_000].map(formatDuration), [
    "0.0 s",
    "9.9 s",
    "61 s",
    "0:02:05",
    "1 day, 1:00:00",
  ]);
});
