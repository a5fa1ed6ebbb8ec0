// How long stopping everything may take.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Dependency } from "../../../../src/core/config/value-types.ts";
import {
  longestStopSeconds,
  type StoppedGroup,
} from "../../../../src/core/supervisor/stop-time.ts";
import { group, program } from "../process/samples.ts";

/** A group of programs with these stopwaitsecs. */
function stopped(
  name: string,
  priority: number,
  seconds: readonly number[],
  needs = "",
): StoppedGroup {
  const dependsOn: Dependency[] = needs === "" ? [] : [{ name: needs, condition: "running" }];
  const processes = seconds.map((stopWaitSecs, n) =>
    program({ name: `${name}${n}`, programName: name, stopWaitSecs, dependsOn }),
  );
  return group(name, processes, priority);
}

test("groups of one priority stop together, priorities one after the other", () => {
  assert.equal(longestStopSeconds([]), 0);
  assert.equal(
    longestStopSeconds([
      stopped("a", 999, [10, 60]),
      stopped("b", 5, []),
      stopped("c", 1, [3600]),
      stopped("d", 999, [20]),
    ]),
    3660,
  );
});

test("what others need stops after them, and that takes its own time", () => {
  const db = stopped("db", 999, [30]);
  assert.equal(longestStopSeconds([db, stopped("web", 999, [10])]), 30);
  assert.equal(longestStopSeconds([db, stopped("web", 999, [10], "db")]), 40);
  const api = stopped("api", 2, [5], "db");
  assert.equal(longestStopSeconds([db, api, stopped("web", 1, [10], "api")]), 45);
});

test("a cycle, which two configurations that are half in force can have, ends", () => {
  assert.equal(
    longestStopSeconds([stopped("a", 999, [10], "b"), stopped("b", 999, [20], "a")]),
    20,
  );
});
