// The tables of start-process.ts and the enums of posix/spawn.h are one agreement, in two languages.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { PLAN, SPAWN_STAGES, START } from "../../../../src/host/processes/start-process.ts";

const HEADER = readFileSync("src/host/posix/spawn.h", "utf8");

/** The names of an enum and their numbers. */
function enumOf(name: string): readonly (readonly [string, number])[] {
  const body = new RegExp(`enum ${name} \\{([^}]*)\\}`).exec(HEADER)?.[1];
  assert.ok(body, `spawn.h has no enum ${name}`);
  let next = 0;
  const items = body.replace(/\/\/.*$/gm, "").split(",");
  return items
    .map((item) => item.trim())
    .filter(Boolean)
    .map((item) => {
      const [, key = "", value] = /^(\w+)(?:\s*=\s*(\d+))?$/.exec(item) ?? assert.fail(item);
      const number = value === undefined ? next : Number(value);
      next = number + 1;
      return [key, number] as const;
    });
}

function macro(name: string): number {
  return Number(new RegExp(`#define ${name} (\\d+)`).exec(HEADER)?.[1]);
}

/** What C calls the keys that it names by another word. */
const C_NAMES: Readonly<Record<string, string>> = {
  oomScore: "P_OOM",
  stdinPipe: "F_STDIN",
  stdoutPipe: "F_STDOUT",
  stderrPipe: "F_STDERR",
  redirectStderr: "F_REDIRECT",
  controllingTerminal: "F_TTY",
};

function inC(prefix: string, key: string): string {
  return (
    C_NAMES[key] ?? `${prefix}_${key.replace(/[A-Z]/g, (capital) => `_${capital}`)}`.toUpperCase()
  );
}

function named(prefix: string, table: Readonly<Record<string, number>>) {
  return Object.entries(table).map(([key, value]) => [inC(prefix, key), value] as const);
}

test("stages, plan and flags have the same names and numbers in C and TypeScript", () => {
  const stages = SPAWN_STAGES.map((stage, n) => [inC("STAGE", stage), n] as const);
  assert.deepEqual(enumOf("stage"), stages);
  assert.deepEqual(enumOf("plan"), named("P", PLAN));
  assert.deepEqual(enumOf("flags"), named("F", START));
});

test("the plan leaves nice and oom_score_adj alone by the same number, and passes no more than fits", () => {
  const source = readFileSync("src/host/processes/start-process.ts", "utf8");
  const constant = (name: string): number =>
    Number(new RegExp(`const ${name} = ([\\d_]+);`).exec(source)?.[1]?.replaceAll("_", ""));
  assert.equal(constant("UNCHANGED"), macro("UNCHANGED"));
  // The child adds its three standard streams and its report.
  assert.ok(constant("MAX_MAPS") + 4 <= macro("MAX_MAPS"));
});
