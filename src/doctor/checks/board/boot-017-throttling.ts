// BOOT-017: a Raspberry Pi has under-voltage or throttles its processor.

import type { Probe } from "../../facts/probe.ts";
import type { Finding } from "../../model.ts";
import { byHand } from "../../repairs/repairs.ts";
import { defineCheck } from "../check.ts";
import { isRaspberryPi } from "./raspberry-pi.ts";

interface Bit {
  readonly bit: number;
  readonly says: string;
  readonly kind: "power" | "heat" | "speed";
  readonly isNow: boolean;
}

/** Bits in the answer to `vcgencmd get_throttled`, see the documentation of the firmware. */
const BITS: readonly Bit[] = [
  { bit: 0, says: "under-voltage now", kind: "power", isNow: true },
  { bit: 1, says: "processor frequency capped now", kind: "speed", isNow: true },
  { bit: 2, says: "throttled now", kind: "speed", isNow: true },
  { bit: 3, says: "soft temperature limit active now", kind: "heat", isNow: true },
  { bit: 16, says: "under-voltage since boot", kind: "power", isNow: false },
  { bit: 17, says: "processor frequency was capped since boot", kind: "speed", isNow: false },
  { bit: 18, says: "was throttled since boot", kind: "speed", isNow: false },
  { bit: 19, says: "soft temperature limit was active since boot", kind: "heat", isNow: false },
];

export const THROTTLING = defineCheck({
  code: "BOOT-017",
  area: "board",
  title: "under-voltage or throttling",
  repairs: ["C"],
  page: {
    symptom:
      "A lightning bolt on the screen, `Under-voltage detected!` in the kernel log, programs that are slow or crash without a reason, USB disks that disappear, or a file system that suddenly becomes read-only.",
    cause:
      "The power supply or its cable delivers less than 4.63 V under load, or the processor is hot and throttles itself. The firmware remembers both until the next boot. Doctor reads them from `/sys` or with `vcgencmd get_throttled`.",
    repair:
      "Use the power supply made for the board, with a short cable, and a powered hub for USB disks. Against heat, add a heat sink or a fan. Doctor can only report this. The record is lost at the next boot.",
  },
  look({ host }, probe) {
    if (!isRaspberryPi(host)) return [];
    const value = throttled(probe);
    if (value === null)
      return [{ unseen: "whether the board is throttled (no get_throttled here)" }];
    const set = BITS.filter(({ bit }) => ((value >> bit) & 1) === 1);
    return set.length === 0 ? [] : [finding(set, value)];
  },
});

/** null if neither the kernel nor the firmware's tool reports it. */
function throttled(probe: Probe): number | null {
  const places = probe.list("/sys/devices/platform/soc") ?? [];
  for (const place of places) {
    const text = probe.readText(`/sys/devices/platform/soc/${place}/get_throttled`);
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

function finding(set: readonly Bit[], value: number): Finding {
  const isNow = set.some((bit) => bit.isNow);
  const hasPower = set.some(({ kind }) => kind === "power");
  const hasHeat = set.some(({ kind }) => kind === "heat");
  const advice = hasPower
    ? "Use the board's own power supply and a short cable"
    : "Add a heat sink, a fan or a ventilated case";
  return {
    // Throttling protects a hot board; under-voltage can corrupt data while it is written.
    severity: isNow || hasPower ? "warning" : "info",
    subject: hasPower ? "voltage" : hasHeat ? "temperature" : "speed",
    symptom: hasPower ? "Under-voltage detected!" : "programs are slower than usual",
    cause: hasPower
      ? `The supply voltage ${isNow ? "is" : "was"} below 4.63 V.`
      : `The board ${isNow ? "throttles" : "throttled"} its processor.`,
    evidence: [`throttled=0x${value.toString(16)}`, ...set.map(({ says }) => says)],
    place: null,
    repair: byHand(advice, ["vcgencmd get_throttled"]),
  };
}
