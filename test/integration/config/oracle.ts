// Queries Debian's Python and Supervisor about inputs: many queries, one process.

import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import type { AccountLookup, ConfigWorld, UserAccount } from "../../../src/core/config/world.ts";
import { createConfigWorld } from "../../../src/host/files/config-world.ts";

const PYTHON = "/usr/bin/python3";
const SCRIPT = new URL(
  import.meta.url.includes("/build/")
    ? import.meta.url.replace(/\/build\/[^/]+\/test\/.*/, "/test/integration/config/oracle.py")
    : import.meta.url.replace(/oracle\.ts$/, "oracle.py"),
).pathname;

/** The environment of the oracle and of the worlds in these tests. */
const ENV: Readonly<Record<string, string>> = {
  LC_ALL: "C.UTF-8",
  PATH: "/usr/bin:/bin",
  HOME: "/root",
  COLOUR: "blue",
  PCT: "50%",
};

export type Answer = { readonly value: unknown } | { readonly error: string };

/** Why the oracle cannot be asked, or null. */
export function missingOracle(): string | null {
  if (!existsSync(PYTHON)) return `${PYTHON} is not installed`;
  const probe = spawnSync(PYTHON, ["-c", "import supervisor.options"], { env: ENV });
  return probe.status === 0 ? null : "Debian's package supervisor is not installed";
}

/** Puts all questions to one Python process. */
export function ask(questions: readonly object[]): readonly Answer[] {
  const input = questions.map((question) => JSON.stringify(question)).join("\n");
  const run = spawnSync(PYTHON, ["-W", "ignore", SCRIPT], {
    env: ENV,
    input,
    encoding: "utf8",
    maxBuffer: 1 << 30,
  });
  if (run.status !== 0) throw new Error(`oracle failed: ${run.stderr}`);
  const lines = run.stdout.trimEnd().split("\n");
  if (lines.length !== questions.length) throw new Error(`${lines.length} answers: ${run.stderr}`);
  return lines.map((line): Answer => JSON.parse(line));
}

function accounts(): AccountLookup {
  const lines = (file: string): string[][] =>
    readFileSync(file, "utf8")
      .trim()
      .split("\n")
      .map((line) => line.split(":"));
  const users = lines("/etc/passwd").map((fields): UserAccount => {
    const [name = "", , uid = "", gid = "", , home = ""] = fields;
    return { name, uid: Number(uid), gid: Number(gid), home };
  });
  const groups = lines("/etc/group").map(([name = "", , gid = ""]) => ({ name, gid: Number(gid) }));
  return {
    findUser: (key) => users.find((user) => user.name === key || user.uid === key) ?? null,
    findGroup: (key) => groups.find((group) => group.name === key || group.gid === key) ?? null,
  };
}

/** This machine as tsv sees it, with the oracle's environment and working directory. */
export function realWorld(cwd: string): ConfigWorld {
  const before = process.cwd();
  process.chdir(cwd);
  const world = createConfigWorld(accounts());
  process.chdir(before);
  return { ...world, env: ENV, home: "/root", tempDir: "/tmp" };
}
