// How many processors this process may use: those that it may run on, within the quota of its control groups.

import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { dirname, join } from "node:path";

/** Of the controller `cpu`, and of the one hierarchy of version 2. */
const MOUNTS = ["/sys/fs/cgroup/cpu", "/sys/fs/cgroup"];

/**
 * @param {string} path
 * @returns {string} its text; nothing if it cannot be read
 */
function read(path) {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return "";
  }
}

/**
 * @param {string} directory of a control group
 * @returns {number} processors; NaN without a quota
 */
function quotaOf(directory) {
  const max = read(join(directory, "cpu.max"));
  const [quota, period] = /** @type {[number, number]} */ (
    max === ""
      ? ["cpu.cfs_quota_us", "cpu.cfs_period_us"].map((name) => Number(read(join(directory, name))))
      : max.split(" ").map(Number)
  );
  return quota > 0 ? quota / period : Number.NaN;
}

/** @returns {number} at least 1 */
export function processors() {
  let least = availableParallelism();
  for (const [, controllers = "", group = "/"] of read("/proc/self/cgroup").matchAll(
    /^\d+:(.*?):(\/.*)$/gm,
  )) {
    if (controllers !== "" && !controllers.split(",").includes("cpu")) continue;
    for (let each = group; ; each = dirname(each)) {
      for (const mount of MOUNTS) {
        const quota = quotaOf(join(mount, each));
        if (quota < least) least = quota;
      }
      if (each === "/") break;
    }
  }
  return Math.max(1, Math.floor(least));
}
