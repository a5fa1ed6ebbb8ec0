// Real children with limits, which the kernel reports as they were set.

import assert from "node:assert/strict";
import { availableParallelism } from "node:os";
import { test } from "node:test";
import type { RLIMITS } from "../../../../src/core/config/options/program.ts";
import { cpusText } from "../../../../src/core/config/program-limits.ts";
import { type Capability, holdsCapability } from "../../../../src/core/process/capabilities.ts";
import type { ProgramLimits } from "../../../../src/core/process/program-limits.ts";
import { limitFacts } from "../../../../src/host/system/limits.ts";
import type { LaunchSpec } from "../../../../src/ports/spawner.ts";
import { isRoot, needsRoot, readAll, spawner, spec, startScript } from "./rig.ts";

const nobody = { uid: 65534, gid: 65534, groups: [65534] };

/** What a script prints as a program with these limits. */
async function outputOf(
  script: string,
  limits: Partial<ProgramLimits>,
  changes: Partial<LaunchSpec> = {},
): Promise<string> {
  const { stdout } = startScript(script, { redirectStderr: true, limits, ...changes });
  return readAll(stdout);
}

/** Why a start with these limits has failed. */
function problemOf(limits: Partial<ProgramLimits>, changes: Partial<LaunchSpec> = {}): string {
  const result = spawner.spawn(spec(["/bin/true"], { limits, ...changes }));
  return result.ok ? "it executes" : `${result.error.stage}: ${result.error.detail}`;
}

/** Row of /proc/PID/limits, and a value that every host allows. */
const ROWS: { readonly [F in keyof typeof RLIMITS]: readonly [row: string, value: number] } = {
  limitAs: ["Max address space", 2 ** 32],
  limitCore: ["Max core file size", 0],
  limitCpu: ["Max cpu time", 1000],
  limitData: ["Max data size", 2 ** 31],
  limitFsize: ["Max file size", 2 ** 34],
  limitMemlock: ["Max locked memory", 4096],
  limitMsgqueue: ["Max msgqueue size", 8192],
  limitNice: ["Max nice priority", 0],
  limitNofile: ["Max open files", 321],
  limitNproc: ["Max processes", 100],
  limitRtprio: ["Max realtime priority", 0],
  limitRttime: ["Max realtime timeout", 250_000],
  limitSigpending: ["Max pending signals", 77],
  limitStack: ["Max stack size", 2 ** 22],
};

for (const [field, [row, value]] of Object.entries(ROWS)) {
  test(`a program has ${field} as ${row}`, async () => {
    const limits = { [field]: { soft: value, hard: value } };
    const line = (await outputOf("cat /proc/self/limits", limits))
      .split("\n")
      .find((each) => each.startsWith(row));
    assert.match(line ?? "", new RegExp(`^${row} +${value} +${value}( |$)`));
  });
}

test("soft and hard limit differ, and a limit may be unlimited", async () => {
  assert.equal(limitFacts().hard("cpu"), -1);
  const limits = { limitNofile: { soft: 200, hard: 300 }, limitCpu: { soft: 4096, hard: -1 } };
  const text = await outputOf("cat /proc/self/limits", limits);
  assert.match(text, /^Max open files +200 +300 /m);
  assert.match(text, /^Max cpu time +4096 +unlimited /m);
});

const mayRaise = holdsCapability(limitFacts().capabilities, "CAP_SYS_RESOURCE");

test("a hard limit above the daemon's own is an error where it may not raise that", {
  skip: mayRaise ? "needs a host where root has no CAP_SYS_RESOURCE" : false,
}, () => {
  const own = limitFacts().hard("sigpending");
  assert.equal(
    problemOf({ limitSigpending: { soft: 10, hard: own + 1 } }),
    `rlimit: rlimit_sigpending=10:${own + 1}: the hard limit of the daemon is ${own}: lower it, or raise that`,
  );
  assert.match(problemOf({ oomScoreAdj: -1000 }), /^oom_score_adj: oom_score_adj=-1000: /);
});

test("nice, out-of-memory score, I/O priority and CPUs are set", async () => {
  const cpu = availableParallelism() - 1;
  const limits = {
    nice: 5,
    oomScoreAdj: 432,
    ioPriority: { kind: "best-effort", level: 6 },
    cpus: [cpu],
  } as const;
  const script =
    "cut -d' ' -f19 /proc/$$/stat; cat /proc/$$/oom_score_adj; grep Cpus_allowed_list /proc/$$/status; ionice -p $$";
  assert.equal(
    await outputOf(script, limits),
    `5\n432\nCpus_allowed_list:\t${cpu}\nbest-effort: prio 6\n`,
  );
  assert.equal(
    await outputOf("ionice -p $$", { ioPriority: { kind: "idle", level: 0 } }),
    "idle\n",
  );
});

test("limits hold for a program on a terminal", async () => {
  const limits = { nice: 3, limitCore: { soft: 0, hard: 0 }, noNewPrivs: true };
  const script = "cut -d' ' -f19 /proc/$$/stat; ulimit -c; grep NoNewPrivs /proc/$$/status";
  const text = await outputOf(script, limits, { tty: true });
  assert.equal(text.replaceAll("\r", ""), "3\n0\nNoNewPrivs:\t1\n");
});

test("no_new_privs is set, and only when it is asked for", async () => {
  const script = "grep NoNewPrivs /proc/$$/status";
  const own = await outputOf(script, {});
  assert.equal(await outputOf(script, { noNewPrivs: true }), "NoNewPrivs:\t1\n");
  assert.equal(await outputOf(script, { noNewPrivs: false }), own);
});

const CAPS = "grep -E '^Cap' /proc/$$/status | cut -f2";
const NET: readonly Capability[] = ["CAP_NET_BIND_SERVICE", "CAP_NET_RAW"];
const NET_MASK = (2 ** 10 + 2 ** 13).toString(16).padStart(16, "0");
const NONE = "0".repeat(16);

test("a user keeps exactly the capabilities that are named", { skip: needsRoot }, async () => {
  const inh_prm_eff_bnd_amb = await outputOf(CAPS, { capabilities: NET }, { user: nobody });
  assert.equal(inh_prm_eff_bnd_amb, `${NET_MASK}\n`.repeat(5));
});

test("root keeps exactly the capabilities that are named, or none", {
  skip: needsRoot,
}, async () => {
  assert.equal(await outputOf(CAPS, { capabilities: NET }), `${NET_MASK}\n`.repeat(5));
  assert.equal(await outputOf(CAPS, { capabilities: [] }), `${NONE}\n`.repeat(5));
  assert.match(
    await outputOf("chown nobody /proc/self/comm 2>&1; echo $?", { capabilities: [] }),
    /not permitted\n1\n$/,
  );
});

test("without capabilities= a user has none, and root all", { skip: needsRoot }, async () => {
  const own = limitFacts().capabilities.toString(16).padStart(16, "0");
  const [, permitted, effective] = (await outputOf(CAPS, {})).split("\n");
  assert.deepEqual([permitted, effective], [own, own]);
  const user = (await outputOf(CAPS, {}, { user: nobody })).split("\n");
  assert.deepEqual([user[1], user[2]], [NONE, NONE]);
});

test("a CPU that is not there is an error, also beside one that is", () => {
  const all = `the daemon has CPUs ${limitFacts().cpus}`;
  assert.equal(problemOf({ cpus: [8000] }), `cpu_affinity: cpu_affinity=8000: ${all}`);
  assert.equal(problemOf({ cpus: [0, 8000] }), `cpu_affinity: cpu_affinity=0,8000: ${all}`);
  assert.equal(cpusText([0, 1, 2, 5]), "0-2,5");
});

test("the kernel's own limit of open files is named", () => {
  const { mostFiles } = limitFacts();
  assert.equal(
    problemOf({ limitNofile: { soft: 10, hard: mostFiles + 1 } }),
    `rlimit: rlimit_nofile=10:${mostFiles + 1}: the kernel allows ${mostFiles}: lower it, or raise sysctl fs.nr_open`,
  );
});

test("what only root may set is an error for others", {
  skip: isRoot ? "for users" : false,
}, () => {
  const text = "only a daemon that runs as root may do that";
  assert.equal(problemOf({ nice: -1 }), `nice: nice=-1: ${text}`);
  assert.equal(problemOf({ capabilities: [] }), `capabilities: capabilities: ${text}`);
});
