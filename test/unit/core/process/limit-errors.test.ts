// Why a limit could not be set: the option, the reason, and what helps.

import assert from "node:assert/strict";
import { test } from "node:test";
import { capabilityMask } from "../../../../src/core/process/capabilities.ts";
import { type LimitFacts, limitProblem } from "../../../../src/core/process/limit-errors.ts";
import type { ProgramLimits } from "../../../../src/core/process/program-limits.ts";
import { type SpawnStage, stepError } from "../../../../src/core/process/spawn-errors.ts";

const MB = 1024 * 1024;

/** A daemon of a user. */
const USER: LimitFacts = {
  isRoot: false,
  capabilities: 0,
  hard: (resource) => (resource === "nofile" ? 4096 : resource === "as" ? 64 * MB : -1),
  mostFiles: 1_048_576,
  cpus: "0-3",
};
/** Root of a container. */
const CONTAINER: LimitFacts = {
  ...USER,
  isRoot: true,
  capabilities: capabilityMask(["CAP_SETPCAP", "CAP_CHOWN"]),
};
const ROOT: LimitFacts = { ...USER, isRoot: true, capabilities: 2 ** 41 - 1 };

const files = (soft: number, hard: number) => ({ limitNofile: { soft, hard } });
const cores = { limitCore: { soft: 0, hard: 0 } };

const ROWS: readonly (readonly [
  stage: SpawnStage,
  limits: Partial<ProgramLimits>,
  facts: LimitFacts,
  text: string | null,
  index?: number,
])[] = [
  [
    "rlimit",
    { ...cores, ...files(100, 65_536) },
    USER,
    "rlimit_nofile=100:65536: the hard limit of the daemon is 4096: lower it, or raise that",
    1,
  ],
  [
    "rlimit",
    { limitAs: { soft: -1, hard: -1 } },
    USER,
    "rlimit_as=unlimited: the hard limit of the daemon is 64MB: lower it, or raise that",
    0,
  ],
  [
    "rlimit",
    files(2_000_000, 2_000_000),
    ROOT,
    "rlimit_nofile=2000000: the kernel allows 1048576: lower it, or raise sysctl fs.nr_open",
    0,
  ],
  ["rlimit", files(5, 65_536), ROOT, "rlimit_nofile=5:65536: EPERM", 0],
  ["rlimit", {}, ROOT, null],
  ["nice", { nice: -5 }, USER, "nice=-5: only a daemon that runs as root may do that"],
  [
    "nice",
    { nice: -5 },
    CONTAINER,
    "nice=-5: give CAP_SYS_NICE to the container or the service of the daemon",
  ],
  ["nice", { nice: -5 }, ROOT, "nice=-5: EPERM"],
  [
    "oom_score_adj",
    { oomScoreAdj: -9 },
    USER,
    "oom_score_adj=-9: only a daemon that runs as root may do that",
  ],
  [
    "ionice",
    { ioPriority: { kind: "realtime", level: 1 } },
    CONTAINER,
    "ionice=realtime:1: give CAP_SYS_NICE to the container or the service of the daemon",
  ],
  ["cpu_affinity", { cpus: [0, 9] }, ROOT, "cpu_affinity=0,9: the daemon has CPUs 0-3"],
  [
    "capabilities",
    { capabilities: ["CAP_CHOWN", "CAP_SYS_TIME"] },
    CONTAINER,
    "capabilities: the daemon itself has no CAP_SYS_TIME",
  ],
  [
    "capabilities",
    { capabilities: ["CAP_CHECKPOINT_RESTORE"] },
    ROOT,
    "capabilities: the daemon itself has no CAP_CHECKPOINT_RESTORE",
    40,
  ],
  [
    "capabilities",
    { capabilities: [] },
    USER,
    "capabilities: only a daemon that runs as root may do that",
  ],
  ["no_new_privs", { noNewPrivs: true }, ROOT, "no_new_privs=true: EPERM"],
  ["chdir", { nice: 3 }, ROOT, null],
  ["exec", { limitNproc: { soft: 1, hard: 2 } }, ROOT, null],
];

for (const [stage, limits, facts, text, index] of ROWS) {
  test(`${stage}: ${text}`, () => {
    const step = { stage, errno: "EPERM", ...(index === undefined ? {} : { index }) };
    assert.equal(limitProblem(step, limits, facts), text);
  });
}

test("a user with too many processes is told of the limit", () => {
  const limits = { limitNproc: { soft: 10, hard: 10 } };
  assert.equal(
    limitProblem({ stage: "exec", errno: "EAGAIN" }, limits, ROOT),
    "its user has as many processes as rlimit_nproc=10 allows",
  );
  assert.equal(limitProblem({ stage: "exec", errno: "EAGAIN" }, {}, ROOT), null);
});

test("the error of the start names the option", () => {
  const subject = { name: "web", argv0: "web", directory: null, uid: null };
  const plan = { argv: ["web"], candidates: [] };
  const failed = { stage: "nice", errno: "EACCES", detail: "nice=-5: EACCES" } as const;
  assert.equal(stepError(plan, subject, failed), "couldn't set nice=-5: EACCES");
});
