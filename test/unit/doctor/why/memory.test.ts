// The sender of a SIGKILL: from the kernel's log, the control group, or unknown.

import assert from "node:assert/strict";
import { test } from "node:test";
import { describeKill } from "../../../../src/doctor/why/memory.ts";
import { DoctorHost } from "../../../fakes/doctor-host.ts";
import { run } from "../checks/programs/rig.ts";

// Ten seconds after the boot.
const BOOT = 1_700_000_000;
const KILLED = run({ exitStatus: null, signal: 9, pid: 812, end: BOOT + 10 });
const daemon = (daemonPid: number | null) => ({ daemonPid, bootedMs: BOOT * 1000 });
const LOG = [
  "[   10.0] tail invoked oom-killer: gfp_mask=0xcc0",
  "[   10.1] Memory cgroup out of memory: Killed process 812 (tail) total-vm:1000kB",
].join("\n");

function hostWith(log: string | null, group: string | null = null): DoctorHost {
  const host = new DoctorHost();
  if (log !== null) host.answers.set("dmesg", { status: 0, output: log });
  if (group !== null) {
    host.file("/proc/50/cgroup", "0::/system.slice/tsv.service\n");
    host.file("/sys/fs/cgroup/system.slice/tsv.service/memory.events", group);
    host.file("/sys/fs/cgroup/system.slice/tsv.service/memory.max", "104857600\n");
  }
  return host;
}

test("a kill that the kernel's log names is proved", () => {
  const told = describeKill(KILLED, daemon(50), hostWith(LOG, "oom 1\noom_kill 1\n"));
  assert.equal(told?.by, "memory");
  assert.match(
    told?.evidence.join("\n") ?? "",
    /Killed process 812[\s\S]*oom_kill 1\nmemory\.max is 104857600/,
  );
});

test("a kill in the cgroup of a program is one of its memory_max, and those beside it count", () => {
  const group = "oom_memcg=/svc/program-web:web,task_memcg=/svc/program-web:web,task=x,pid=812";
  const host = hostWith(`[   10.0] oom-kill:constraint=CONSTRAINT_MEMCG,${group},uid=0`);
  host.file("/proc/50/cgroup", "0::/svc/daemon\n");
  host.file("/sys/fs/cgroup/svc/memory.events", "oom_kill 1\n");
  const told = describeKill(KILLED, daemon(50), host);
  assert.match(told?.text ?? "", /because it reached its memory_max \(OOM killer\)$/);
  assert.match(told?.evidence.at(-1) ?? "", /^\/sys\/fs\/cgroup\/svc\/memory\.events: oom_kill 1$/);
});

test("a control group that counts kills makes it likely, in the old hierarchy too", () => {
  assert.equal(describeKill(KILLED, daemon(50), hostWith(null, "oom_kill 3\n"))?.by, "likely");
  const old = new DoctorHost().file("/proc/50/cgroup", "4:memory:/tsv\n0::/\n");
  old.file(
    "/sys/fs/cgroup/memory/tsv/memory.oom_control",
    "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n",
  );
  assert.match(
    describeKill(KILLED, daemon(50), old)?.text ?? "",
    /has killed 2 of the daemon's processes/,
  );
});

test("without either no process is named, and an unreadable log is reported", () => {
  const silent = describeKill(
    KILLED,
    daemon(50),
    hostWith("[0.0] Linux version 6.1\n", "oom_kill 0\n"),
  );
  assert.deepEqual(
    [silent?.by, /its log names no shortage of memory$/.test(silent?.text ?? "")],
    ["unknown", true],
  );
  assert.match(
    describeKill(KILLED, daemon(null), hostWith(null))?.text ?? "",
    /the kernel log cannot be read/,
  );
});

test("a process of that number at another time makes it no more than likely", () => {
  const later = { ...KILLED, end: BOOT + 5000 };
  assert.equal(describeKill(later, daemon(null), hostWith(LOG))?.by, "likely");
});

test("another process that the kernel killed is no proof", () => {
  const other = LOG.replace("812", "813");
  const told = describeKill(KILLED, daemon(null), hostWith(other));
  assert.deepEqual([told?.by, told?.evidence], ["unknown", []]);
});

test("in a container, the pids of the kernel's log are not those of its processes", () => {
  const host = hostWith(LOG).link("/proc/self/ns/pid", "pid:[4026532000]");
  const told = describeKill({ ...KILLED, pid: 7 }, daemon(null), host);
  assert.deepEqual([told?.by, told?.evidence.length], ["likely", 1]);
  // A process of the host with that pid.
  assert.equal(describeKill({ ...KILLED, end: BOOT + 5000 }, daemon(null), host)?.by, "unknown");
});

test("a SIGKILL of the daemon itself, another signal and an exit are no riddle", () => {
  const host = hostWith(LOG);
  assert.equal(
    describeKill(run({ exitStatus: null, signal: 9, signals: [15, 9] }), daemon(50), host),
    null,
  );
  assert.equal(describeKill(run({ exitStatus: null, signal: 11 }), daemon(50), host), null);
  assert.equal(describeKill(run(), daemon(50), host), null);
});

test("exit status 137 is a child that was killed", () => {
  assert.match(
    describeKill(run({ exitStatus: 137 }), daemon(null), hostWith(null))?.text ?? "",
    /one of its children/,
  );
});
