// BOOT-007 on hosts in memory: limits of tasks and processes.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { TASK_LIMIT } from "../../../../../src/doctor/checks/limits/boot-007-task-limit.ts";
import { healthyHost, look, only, repair, stepsOf } from "../boot/boot-host.ts";

const MANY =
  "[supervisord]\n[program:w]\ncommand=/bin/w\nnumprocs=50\nprocess_name=%(process_num)d\n";
const DAEMON = {
  kind: "tsv",
  pid: 400,
  uid: 0,
  startTicks: 1,
  startedMs: 0,
  command: [],
  config: null,
  state: "S",
  exe: null,
  exeDeleted: false,
} as const;

/** A daemon in the control group of its service. */
function running(max: string, current: string, slice = "max"): ReturnType<typeof healthyHost> {
  const group = "/sys/fs/cgroup/system.slice/tsv.service";
  return healthyHost()
    .file("/proc/400/cgroup", "0::/system.slice/tsv.service\n")
    .file(`${group}/pids.max`, `${max}\n`)
    .file(`${group}/pids.current`, `${current}\n`)
    .file("/sys/fs/cgroup/system.slice/pids.max", `${slice}\n`)
    .file("/sys/fs/cgroup/system.slice/pids.current", "40\n");
}

describe("BOOT-007", () => {
  test("room enough, or no limit at all", () => {
    const parts = { daemon: DAEMON, text: MANY };
    assert.deepEqual(look(TASK_LIMIT, running("max", "12"), {}, parts), []);
    assert.deepEqual(look(TASK_LIMIT, running("4915", "12"), {}, parts), []);
    assert.deepEqual(look(TASK_LIMIT, healthyHost(), {}, { text: MANY }), []);
  });

  test("a group that is nearly full keeps programs from starting now", () => {
    const finding = only(look(TASK_LIMIT, running("100", "95"), {}, { daemon: DAEMON }));
    assert.equal(finding.severity, "error");
    assert.equal(finding.repair.class, "A");
    assert.match(finding.evidence[0] ?? "", /95 tasks of at most 100/);
  });

  test("fewer tasks than programs will keep some from starting", () => {
    const host = running("40", "5");
    const finding = only(look(TASK_LIMIT, host, {}, { daemon: DAEMON, text: MANY }));
    assert.equal(finding.severity, "warning");
    repair(finding, host);
    const path = "/etc/systemd/system/tsv.service.d/zz-tsv-doctor-tasks.conf";
    assert.match(host.readText(path) ?? "", /^TasksMax=infinity$/m);
  });

  test("the limit of a slice around the service is not the service's to change", () => {
    const finding = only(look(TASK_LIMIT, running("max", "40", "42"), {}, { daemon: DAEMON }));
    assert.equal(finding.repair.class, "C");
    assert.match(finding.subject, /system\.slice$/);
  });

  test("a service that does not run is judged by what systemd would give it", () => {
    const properties = { TasksMax: "20", TasksCurrent: "[not set]" };
    const finding = only(look(TASK_LIMIT, healthyHost(), { properties }, { text: MANY }));
    assert.deepEqual(
      stepsOf(finding)
        .map(({ kind }) => kind)
        .at(-1),
      "command",
    );
    const none = { TasksMax: "infinity" };
    assert.deepEqual(look(TASK_LIMIT, healthyHost(), { properties: none }, { text: MANY }), []);
  });

  test("a user's limit of processes applies to all users except root", () => {
    const host = healthyHost();
    const limits = { soft: 30, hard: 30 };
    host.limitsOf.set(400, { openFiles: limits, processes: limits });
    const daemon = { ...DAEMON, uid: 1000 };
    assert.match(
      only(look(TASK_LIMIT, host, {}, { daemon, text: MANY })).evidence[0] ?? "",
      /at most 30/,
    );
    assert.deepEqual(look(TASK_LIMIT, host, {}, { daemon: DAEMON, text: MANY }), []);
  });
});
