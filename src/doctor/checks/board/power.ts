// BOOT-017: a Raspberry Pi has under-voltage or throttles its processor.

import type { Probe } from "../../facts/probe.ts";
import { byHand } from "../../repairs/repairs.ts";
import { check, finding, unknown } from "../check.ts";

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

export const THROTTLING = check("BOOT-017", "under-voltage or throttling", ({ host }, probe) => {
  if (host.board?.startsWith("Raspberry Pi") !== true) return null;
  const value = throttled(probe);
  if (value === null) return unknown("whether the board is throttled (no get_throttled here)");
  const set = BITS.filter(({ bit }) => ((value >> bit) & 1) === 1);
  if (set.length === 0) return null;
  const isNow = set.some((bit) => bit.isNow);
  const hasPower = set.some(({ kind }) => kind === "power");
  const hasHeat = set.some(({ kind }) => kind === "heat");
  const subject = hasPower ? "voltage" : hasHeat ? "temperature" : "speed";
  const degrees = hottest(probe);
  // Throttling protects a hot board; under-voltage can corrupt data while it is written.
  return finding(isNow || hasPower ? "warning" : "info", subject, {
    symptom: hasPower ? "Under-voltage detected!" : "programs are slower than usual",
    cause: hasPower
      ? `The supply voltage ${isNow ? "is" : "was"} below 4.63 V.`
      : `The board ${isNow ? "throttles" : "throttled"} its processor.`,
    evidence: [
      `throttled=0x${value.toString(16)}`,
      ...set.map(({ says }) => says),
      degrees === null ? null : `${degrees.toFixed(1)} °C now`,
    ],
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

/** Degrees Celsius of the hottest zone; null if none can be read. */
function hottest(probe: Probe): number | null {
  const degrees = (probe.list("/sys/class/thermal") ?? []).flatMap((zone) => {
    const text = probe.readText(`/sys/class/thermal/${zone}/temp`)?.trim() ?? "";
    return /^\d{4,6}$/.test(text) ? [Number(text) / 1000] : [];
  });
  return degrees.length === 0 ? null : Math.max(...degrees);
}
