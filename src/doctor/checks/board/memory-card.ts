// PI-001: the memory card or flash memory of the system is worn, or reports errors.

import { printable } from "../../../core/base/printable.ts";
import type { Probe } from "../../facts/probe.ts";
import type { Situation } from "../../facts/situation.ts";
import type { Finding, Unknown } from "../../model.ts";
import { byHand } from "../../repairs/repairs.ts";
import { check, finding, unknown } from "../check.ts";

const ERRORS =
  /mmc\d: .*(?:error|timeout)|mmcblk\d\S*.*(?:I\/O error|error -\d+|timed out)|EXT4-fs error \(device mmcblk|(?:I\/O|blk_update_request).*mmcblk\d/i;
const MOST_LINES = 3;

const REPAIR = byHand("Make a backup, check the file system and replace the card", [
  "dmesg | grep -i mmc",
  "# add fsck.mode=force to the line in /boot/firmware/cmdline.txt, then: reboot",
]);

export const SD_CARD = check("PI-001", "memory card is worn or failing", (situation, probe) => {
  const names = (probe.list("/sys/block") ?? []).filter((name) => /^mmcblk\d+$/.test(name));
  if (names.length === 0) return null;
  return [
    readOnlyRoot(probe),
    ...names.map((name) => worn(name, probe)),
    kernelErrors(situation, probe),
  ];
});

function readOnlyRoot(probe: Probe): Finding | null {
  const root = probe.fileSystem("/");
  if (root === null || root.type === "overlay" || !root.options.includes("ro")) return null;
  const line = (probe.readText("/etc/fstab") ?? "")
    .split("\n")
    .map((row) => row.trim().split(/\s+/))
    .find(([device = "#", point]) => !device.startsWith("#") && point === "/");
  // It may be read-only on purpose, to protect the card.
  if (line === undefined || (line[3] ?? "").split(",").includes("ro")) return null;
  return finding("error", "/", {
    symptom: "Read-only file system",
    cause: "The kernel has mounted the root file system read-only, as it does after card errors.",
    evidence: [
      `/ is ${root.type}, mounted ${root.options.join(",")}`,
      `/etc/fstab: ${printable(line.join(" "))}`,
    ],
    repair: REPAIR,
  });
}

/** eMMC reports its wear in tenths (JESD84-B51, "Device life time estimation"); cards do not. */
function worn(name: string, probe: Probe): Finding | null {
  const directory = `/sys/block/${name}/device`;
  const words = (probe.readText(`${directory}/life_time`) ?? "").trim().split(/\s+/);
  const tenths = words.map((word) => (/^0x[0-9a-f]+$/i.test(word) ? Number(word) : 0));
  const used = Math.max(0, ...tenths);
  const reserve = Number(probe.readText(`${directory}/pre_eol_info`)?.trim() ?? "0");
  const isLow = reserve === 2 || reserve === 3;
  if (used < 9 && !isLow) return null;
  return finding(used >= 11 || reserve === 3 ? "error" : "warning", name, {
    symptom: "Read-only file system or data loss soon",
    cause: "The flash memory has reached most of its rated lifetime.",
    evidence: [
      used >= 11
        ? "100 % of its lifetime is used"
        : `about ${Math.min(used, 10) * 10} % of its lifetime is used`,
      isLow ? `${reserve === 3 ? "90" : "80"} % of the spare blocks are used` : null,
    ],
    repair: REPAIR,
  });
}

function kernelErrors({ caller }: Situation, probe: Probe): Finding | Unknown | null {
  const { status, output } = probe.ask(["dmesg"]);
  if (status !== 0) {
    return caller.uid === 0
      ? null
      : unknown("errors of the memory card in the kernel log (needs root)");
  }
  const lines = output.split("\n").filter((line) => ERRORS.test(line));
  if (lines.length === 0) return null;
  return finding("warning", "memory card", {
    symptom: "EIO or EROFS from programs that write",
    cause: "The kernel has reported errors of the memory card since the last boot.",
    evidence: [
      `${lines.length} lines in the kernel log`,
      ...lines.slice(-MOST_LINES).map((line) => printable(line.slice(0, 200))),
    ],
    repair: REPAIR,
  });
}
