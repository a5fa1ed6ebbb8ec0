// Where cgroups are, from the files of procfs, and what those of programs are called.

import assert from "node:assert/strict";
import { test } from "node:test";
import { processKey } from "../../../../src/core/base/ids.ts";
import {
  cgroupDirectory,
  isOpenrcCgroup,
  isProgramCgroup,
  programCgroupName,
} from "../../../../src/core/process/cgroup-place.ts";

const UNIFIED =
  "22 1 0:20 / /sys rw - sysfs sysfs rw\n30 22 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw\n";
const HYBRID =
  "30 22 0:26 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n31 22 0:27 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n";
const CONTAINER = "40 39 0:26 /docker/1 /sys/fs/cgroup ro master:9 - cgroup2 cgroup rw\n";

const ROWS: readonly (readonly [cgroup: string, mounts: string, directory: string | null])[] = [
  ["0::/system.slice/tsv.service\n", UNIFIED, "/sys/fs/cgroup/system.slice/tsv.service"],
  ["4:memory:/a\n0::/b\n", HYBRID, "/sys/fs/cgroup/unified/b"],
  ["0::/\n", UNIFIED, "/sys/fs/cgroup"],
  ["0::/docker/1/x\n", CONTAINER, "/sys/fs/cgroup/x"],
  ["0::/docker/1\n", CONTAINER, "/sys/fs/cgroup"],
  // Outside of what is mounted.
  ["0::/docker/12\n", CONTAINER, null],
  ["0::/../other\n", UNIFIED, null],
  ["4:memory:/a\n", UNIFIED, null],
  ["0::/a\n", "22 1 0:20 / /sys rw - sysfs sysfs rw\n", null],
  ["", "", null],
];

for (const [cgroup, mounts, directory] of ROWS) {
  test(`${JSON.stringify(cgroup)} is ${directory}`, () => {
    assert.equal(cgroupDirectory(cgroup, mounts), directory);
  });
}

test("the name of a directory means one process of one daemon", () => {
  const name = (group: string, process: string, daemon = 7) =>
    programCgroupName(processKey(group, process), daemon);
  assert.equal(name("web", "web"), "program-web:web.7");
  assert.notEqual(name("web", "web", 8), name("web", "web"));
  assert.notEqual(name("a-b", "c"), name("a", "b-c"));
  assert.doesNotMatch(name("../x", "a\nb"), /[/\n]/);
  const long = (end: string): string => name("\u7f51".repeat(40), `web${end}`);
  assert.equal(Buffer.byteLength(long("")), 255);
  assert.notEqual(long("1"), long("2"));
  assert.notEqual(name("\u7f51".repeat(40), "web", 8), long(""));
  assert.equal(long("1"), long("1"));
});

test("only directories of programs below the cgroup of the daemon are theirs", () => {
  assert.equal(isProgramCgroup("/c/s/program-a:a", "/c/s"), true);
  for (const other of ["/c/s/daemon", "/c/s", "/c/s2/program-a:a", "/c/program-a:a"]) {
    assert.equal(isProgramCgroup(other, "/c/s"), false, other);
  }
});

test("OpenRC makes a cgroup for a service, and only one of tsv install is that of a daemon", () => {
  const top = "/sys/fs/cgroup";
  const own = { RC_SVCNAME: "tsv", TSV_SERVICE: "tsv" };
  for (const name of ["tsv", "openrc.tsv"]) {
    assert.equal(isOpenrcCgroup(`${top}/${name}`, top, own), true);
    // A daemon that a program of another service has started.
    assert.equal(isOpenrcCgroup(`${top}/${name}`, top, { RC_SVCNAME: "tsv" }), false);
    const other = { RC_SVCNAME: "other", TSV_SERVICE: "tsv" };
    assert.equal(isOpenrcCgroup(`${top}/${name}`, top, other), false);
  }
  for (const directory of [top, `${top}/other`, `${top}/tsv/tsv`, `${top}/openrc.other`]) {
    assert.equal(isOpenrcCgroup(directory, top, own), false, directory);
  }
  assert.equal(isOpenrcCgroup(`${top}/`, top, { RC_SVCNAME: "", TSV_SERVICE: "" }), false);
});
