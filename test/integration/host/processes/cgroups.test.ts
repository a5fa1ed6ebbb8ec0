// Real cgroups: a child enters the one of its program, and the last process leaves it to be removed (cgroup-limits).

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { after, test } from "node:test";
import { processKey } from "../../../../src/core/base/ids.ts";
import { cgroupDirectory } from "../../../../src/core/process/cgroup-place.ts";
import { cgroupSettings } from "../../../../src/core/process/program-limits.ts";
import { START, startProcess } from "../../../../src/host/processes/start-process.ts";
import { readProc } from "../../../../src/host/procfs.ts";
import { until } from "../../../rig/wait.ts";
import { death, isRoot, pipes, readAll, spawner, spec, startScript } from "./rig.ts";

const own = cgroupDirectory(readProc("self/cgroup"), readProc("self/mountinfo"));
const top = `${own}/tsv-test-${process.pid}`;

function mark(directory: string): boolean {
  const script = `import os; os.setxattr("${directory}", "user.delegate", b"1")`;
  return spawnSync("/usr/bin/python3", ["-c", script]).status === 0;
}

/** Why there is no cgroup to try it in. */
function lacking(): string | false {
  if (!isRoot || own === null) return "needs root, and a host with cgroup v2";
  try {
    mkdirSync(`${top}/daemon`, { recursive: true });
  } catch {
    return "needs a cgroup that can be written";
  }
  after(() => {
    writeFileSync(`${own}/cgroup.procs`, String(process.pid));
    rmdirSync(`${top}/daemon`);
    rmdirSync(top);
  });
  if (!mark(top)) return "needs python3, and attributes of cgroups";
  // Before the first exit: from then on it is known where this process is.
  writeFileSync(`${top}/daemon/cgroup.procs`, String(process.pid));
  return false;
}

const skip = lacking();
const owner = { key: processKey("web", "web"), signal: 15, toGroup: false };

test("a controller that the cgroup does not have is named", { skip }, (t) => {
  if (/pids/.test(readFileSync(`${top}/cgroup.controllers`, "utf8"))) {
    t.skip("it has all");
    return;
  }
  const result = spawner.spawn(spec(["/bin/true"], { owner, limits: { pidsMax: 5 } }));
  const why = "pids_max=5: the cgroup of the daemon has no controller pids";
  assert.equal(result.ok ? null : result.error.detail, why);
});

const directory = `${top}/program-web:web`;
const enter = [directory, `${directory}/cgroup.max.depth`, "5", `${directory}/cgroup.procs`, "0"];

test("a child makes its cgroup, sets it up and enters it; it is removed at the exit", {
  skip,
}, async () => {
  const started = startProcess({
    file: "/bin/sh",
    argv: ["sh", "-c", "cat /proc/self/cgroup; cat; exit 3"],
    env: ["PATH=/usr/bin:/bin"],
    flags: START.stdinPipe | START.stdoutPipe,
    cgroup: enter,
  });
  assert.ok(started.ok);
  assert.equal(readFileSync(`${directory}/cgroup.max.depth`, "utf8"), "5\n");
  // A child of its own may be there too.
  const members = readFileSync(`${directory}/cgroup.procs`, "utf8").split("\n");
  assert.ok(members.includes(String(started.value.pid)), members.join(" "));
  pipes.close(started.value.stdin);
  assert.match(await readAll(started.value.stdout), /^0::.*\/program-web:web$/m);
  assert.equal((await death(started.value.pid)).exitCode, 3);
  assert.equal(existsSync(directory), false);
});

test("a setting that the kernel refuses is reported, and leaves no cgroup", { skip }, () => {
  const cgroup = [directory, `${directory}/cgroup.max.depth`, "much", ...enter.slice(3)];
  const request = { file: "/bin/true", argv: ["true"], env: [], flags: 0, cgroup };
  assert.deepEqual(startProcess(request), {
    ok: false,
    error: { stage: "cgroup", errno: "EINVAL", index: 0 },
  });
  assert.equal(existsSync(directory), false);
});

test("a cgroup in which another process remains is kept until that exits", { skip }, async () => {
  const request = { file: "/bin/sh", env: ["PATH=/usr/bin:/bin"], flags: START.stdoutPipe };
  const script = "sleep 1000 >/dev/null & echo $!";
  const started = startProcess({ ...request, argv: ["sh", "-c", script], cgroup: enter });
  assert.ok(started.ok);
  const child = Number(await readAll(started.value.stdout));
  await death(started.value.pid);
  assert.equal(existsSync(directory), true);
  process.kill(child, "SIGKILL");
  const isEmpty = (): boolean => readFileSync(`${directory}/cgroup.procs`, "utf8") === "";
  await until(isEmpty, { what: "the end of the last process in the cgroup" });
  // Whatever exits next in it removes it.
  await death(startProcessIn("exit 0"));
  assert.equal(existsSync(directory), false);
});

function startProcessIn(script: string): number {
  const request = { file: "/bin/sh", env: ["PATH=/usr/bin:/bin"], flags: 0 };
  const started = startProcess({ ...request, argv: ["sh", "-c", script], cgroup: enter });
  if (!started.ok) throw new Error(started.error.errno);
  return started.value.pid;
}

test("programs without such limits stay where the daemon is", { skip }, async () => {
  const { stdout } = startScript("cat /proc/self/cgroup", { owner, limits: { nice: 1 } });
  assert.match(await readAll(stdout), new RegExp(`^0::.*/tsv-test-${process.pid}/daemon$`, "m"));
  assert.deepEqual(cgroupSettings({ nice: 1 }), []);
});
