// Limits that the host of the check does not have, or that its daemon may not set (program-limits).

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { checkConfig, formatProblem } from "../../../../../src/core/config/lint/check.ts";
import type { ConfigWorld } from "../../../../../src/core/config/world.ts";
import { fakeWorld } from "../fake-world.ts";

/** Root without CAP_SYS_NICE (23) and CAP_SYS_RESOURCE (24). */
const HOST: Readonly<Record<string, string>> = {
  "/sys/devices/system/cpu/online": "0-3\n",
  "/proc/sys/fs/nr_open": "1048576\n",
  "/proc/sys/kernel/cap_last_cap": "39\n",
  "/proc/self/status": "Name:\tx\nCapPrm:\t000001fffe7fffff\n",
};

/** What is said of a program with these options by a check of root. */
function check(
  options: string,
  daemon = "",
  { files = HOST, ...changes }: Partial<ConfigWorld> & { files?: typeof HOST } = {},
): readonly string[] {
  const text = `[supervisord]\n${daemon}\n[program:a]\ncommand=a\n${options}\n`;
  const world = fakeWorld({ ...files, "/etc/s.conf": text });
  return checkConfig("/etc/s.conf", { ...world, uid: 0, ...changes })
    .filter(({ rule, section }) => rule === "out-of-range" && section === "program:a")
    .map(formatProblem);
}

describe("a warning names the option", () => {
  for (const [options, said] of [
    ["cpu_affinity=0,4-5", /:\d+: warning: .* cpu_affinity: this host has no CPU 4-5; every start/],
    ["rlimit_nofile=2000000", /rlimit_nofile: the kernel allows 1048576 \(fs\.nr_open\)/],
    ["rlimit_nofile=1:unlimited", /rlimit_nofile: the kernel allows 1048576/],
    ["nice=-1", /nice: root has no CAP_SYS_NICE here, which it takes; starts may fail/],
    ["oom_score_adj=-5", /oom_score_adj: root has no CAP_SYS_RESOURCE here/],
    ["capabilities=sys_nice", /capabilities: root has no CAP_SYS_NICE here/],
    ["capabilities=checkpoint_restore", /the kernel does not know CAP_CHECKPOINT_RESTORE/],
  ] as const) {
    test(options, () => {
      const [first = "", ...more] = check(options);
      assert.match(first, said);
      assert.deepEqual(more, []);
    });
  }
});

test("nothing is said of what the host has", () => {
  for (const options of [
    "cpu_affinity=0-3",
    "rlimit_nofile=1024:1048576",
    "rlimit_nproc=unlimited",
    "nice=5",
    "oom_score_adj=5",
    "ionice=realtime:0",
    "capabilities=chown",
  ]) {
    assert.deepEqual(check(options), [], options);
  }
});

test("a daemon of another user than root may not set what takes root", () => {
  for (const options of ["nice=-1", "oom_score_adj=-1", "ionice=realtime", "capabilities="]) {
    const [first = ""] = check(options, "user=web");
    assert.match(first, /only a daemon that runs as root may set it/, options);
  }
  assert.deepEqual(check("nice=1\nionice=idle\nno_new_privs=true", "user=web"), []);
});

test("limits of cgroups need cgroup v2 and its controller", () => {
  const mount = "30 22 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n";
  const without = { ...HOST, "/proc/self/mountinfo": "22 1 0:20 / /sys rw - sysfs sysfs rw\n" };
  const [first = ""] = check("memory_max=1G", "", { files: without });
  assert.match(first, /memory_max: cgroup v2 is not mounted on this host; every start will fail/);
  const files = {
    ...HOST,
    "/proc/self/mountinfo": mount,
    "/sys/fs/cgroup/cgroup.controllers": "cpu memory\n",
  };
  const [second = "", ...more] = check("memory_high=1G\ncpu_max=50%\npids_max=9", "", { files });
  assert.match(second, /pids_max: cgroup v2 has no controller pids on this host/);
  assert.deepEqual(more, []);
});

test("nothing is said where it is not known", () => {
  const all = "nice=-1\ncapabilities=chown\ncpu_affinity=77\nrlimit_nofile=unlimited";
  assert.deepEqual(check(all, "", { files: {} }), []);
  assert.deepEqual(check("nice=-1\ncapabilities=sys_nice", "", { uid: 1000 }), []);
});

test("a limit that does not exist is an error, with the one that was meant", () => {
  const text = "[supervisord]\n[program:a]\ncommand=a\n";
  const said = (key: string): readonly string[] => {
    const world = fakeWorld({ "/etc/s.conf": `${text}${key}=1\n` });
    return checkConfig("/etc/s.conf", world).map(formatProblem);
  };
  assert.match(
    said("rlimit_nofiles").join("\n"),
    /^\S+ error: \[program:a\] rlimit_nofiles: there is no limit rlimit_nofiles: did you mean rlimit_nofile\?$/m,
  );
  assert.match(said("rlimit_rss").join("\n"), /there is no limit rlimit_rss: /);
  assert.match(said("rlimit_everything").join("\n"), /rlimit_ has as, core, cpu, data, /);
});

test("kill_mode=cgroup acts as tree on a host without cgroup v2, and nothing is said with it (kill-mode)", () => {
  const mounts = (type: string): { files: typeof HOST } => ({
    files: { ...HOST, "/proc/self/mountinfo": `24 1 0:22 / /sys/fs/cgroup rw - ${type} none rw\n` },
  });
  const said = check("kill_mode=cgroup", "", mounts("tmpfs"));
  assert.match(said.join(), /kill_mode: cgroup v2 is not mounted on this host; it acts as kill_/);
  assert.deepEqual(check("kill_mode=cgroup", "", mounts("cgroup2")), []);
  assert.deepEqual(check("kill_mode=tree", "", mounts("tmpfs")), []);
});
