// Boards such as the Raspberry Pi: their power and heat (BOOT-017), and their memory card (PI-001).

import { printable } from "../../../core/base/printable.ts";
import type { DoctorFacts } from "../../facts/doctor-facts.ts";
import type { Probe } from "../../facts/probe.ts";
import type { Finding, Unknown } from "../../model.ts";
import { byHand } from "../../repairs/repairs.ts";
import { check, finding, unknown } from "../check.ts";
import { fstab } from "../system-files.ts";

const ERRORS =
  /mmc\d: .*(?:error|timeout)|mmcblk\d\S*.*(?:I\/O error|error -\d+|timed out)|EXT4-fs error \(device mmcblk|(?:I\/O|blk_update_request).*mmcblk\d/i;
const MOST_LINES = 3;

const REPAIR = byHand("Make a backup, check the file system and replace the card", [
  "dmesg | grep -i mmc",
  "# add fsck.mode=force to the line in /boot/firmware/cmdline.txt, then: reboot",
]);

export const SD_CARD = check("PI-001", (facts) => {
  const { probe } = facts;
  const names = (probe.list("/sys/block") ?? []).filter((name) => /^mmcblk\d+$/.test(name));
  if (names.length === 0) return null;
  return [readOnlyRoot(probe), ...names.map((name) => worn(name, probe)), kernelErrors(facts)];
});

function readOnlyRoot(probe: Probe): Finding | null {
  const root = probe.fileSystem("/");
  if (root === null || root.type === "overlay" || !root.options.includes("ro")) return null;
  const mount = fstab(probe).find(({ point }) => point === "/");
  // It may be read-only on purpose, to protect the card.
  if (mount === undefined || mount.options.includes("ro")) return null;
  return finding("error", "/", {
    symptom: "Read-only file system",
    cause: "The kernel has mounted the root file system read-only, as it does after card errors.",
    evidence: [
      `/ is ${root.type}, mounted ${root.options.join(",")}`,
      `/etc/fstab: ${printable(mount.line)}`,
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

function kernelErrors({ caller, probe }: DoctorFacts): Finding | Unknown | null {
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

/** Bits in the answer to `vcgencmd get_throttled`, see the documentation of the firmware. */
const BITS = [
  { bit: 0, says: "under-voltage now", kind: "power", isNow: true },
  { bit: 1, says: "processor frequency capped now", kind: "speed", isNow: true },
  { bit: 2, says: "throttled now", kind: "speed", isNow: true },
  { bit: 3, says: "soft temperature limit active now", kind: "heat", isNow: true },
  { bit: 16, says: "under-voltage since boot", kind: "power", isNow: false },
  { bit: 17, says: "processor frequency was capped since boot", kind: "speed", isNow: false },
  { bit: 18, says: "was throttled since boot", kind: "speed", isNow: false },
  { bit: 19, says: "soft temperature limit was active since boot", kind: "heat", isNow: false },
] as const;

export const THROTTLING = check("BOOT-017", ({ host, probe }) => {
  if (host.board?.startsWith("Raspberry Pi") !== true) return null;
  const value = throttled(probe);
  if (value === null) return unknown("whether the board is throttled (no get_throttled here)");
  const set = BITS.filter(({ bit }) => ((value >> bit) & 1) === 1);
  if (set.length === 0) return null;
  const isNow = set.some((bit) => bit.isNow);
  const hasPower = set.some(({ kind }) => kind === "power");
  const hasHeat = set.some(({ kind }) => kind === "heat");
  const subject = hasPower ? "voltage" : hasHeat ? "temperature" : "speed";
  // Throttling protects a hot board; under-voltage can corrupt data while it is written.
  return finding(isNow || hasPower ? "warning" : "info", subject, {
    symptom: hasPower ? "Under-voltage detected!" : "programs are slower than usual",
    cause: hasPower
      ? `The supply voltage ${isNow ? "is" : "was"} below 4.63 V.`
      : `The board ${isNow ? "throttles" : "throttled"} its processor.`,
    evidence: [`throttled=0x${value.toString(16)}`, ...set.map(({ says }) => says)],
    repair: byHand(
      hasPower
        ? "Use the board's own power supply and a short cable"
        : "Add a heat sink, a fan or a ventilated case",
      ["vcgencmd get_throttled"],
    ),
  });
});

/** null if neither the kernel nor the firmware's tool reports it. */
function throttled(probe: Probe): number | null {
  for (const name of probe.list("/sys/devices/platform/soc") ?? []) {
    const text = probe.readText(`/sys/devices/platform/soc/${name}/get_throttled`);
    const read = text === null ? null : hexadecimal(text);
    if (read !== null) return read;
  }
  const { status, output } = probe.ask(["vcgencmd", "get_throttled"]);
  return status === 0 ? hexadecimal(output.replace("throttled=", "")) : voltageAlarm(probe);
}

function hexadecimal(text: string): number | null {
  const digits = /^\s*(?:0x)?([0-9a-f]{1,8})\s*$/i.exec(text)?.[1];
  return digits === undefined ? null : Number.parseInt(digits, 16);
}

/** The driver rpi_volt reports only one bit of it. */
function voltageAlarm(probe: Probe): number | null {
  for (const name of probe.list("/sys/class/hwmon") ?? []) {
    const directory = `/sys/class/hwmon/${name}`;
    if (probe.readText(`${directory}/name`)?.trim() !== "rpi_volt") continue;
    const alarm = probe.readText(`${directory}/in0_lcrit_alarm`)?.trim();
    if (alarm === "0" || alarm === "1") return Number(alarm) << 16;
  }
  return null;
}
