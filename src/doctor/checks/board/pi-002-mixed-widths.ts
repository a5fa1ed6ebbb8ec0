// PI-002: a 32-bit system on a 64-bit kernel, where `uname -m` and the architecture of packages differ.

import { byHand } from "../../repairs/repairs.ts";
import { defineCheck } from "../check.ts";

export const MIXED_WIDTHS = defineCheck({
  code: "PI-002",
  area: "board",
  title: "32-bit system on a 64-bit kernel",
  repairs: ["C"],
  page: {
    symptom:
      "`uname -m` says `aarch64`, and a downloaded 64-bit program exits with `No such file or directory` or `cannot execute: required file not found`, although it exists.",
    cause:
      "The 32-bit Raspberry Pi OS runs a 64-bit kernel on newer boards. The kernel could run 64-bit programs, but their loader and libraries are not installed.",
    repair:
      "Use packages and downloads for `armhf` (`arm/v7`), regardless of `uname -m`, or install the 64-bit system. `arm_64bit=0` in `/boot/firmware/config.txt` makes the board boot a 32-bit kernel.",
  },
  look({ host }, probe) {
    if (host.machine !== "aarch64") return [];
    const has32 = ["/lib/ld-linux-armhf.so.3", "/usr/lib/ld-linux-armhf.so.3"].some(
      (path) => probe.look(path).ok,
    );
    const has64 = ["/lib/ld-linux-aarch64.so.1", "/lib/ld-musl-aarch64.so.1"].some(
      (path) => probe.look(path).ok,
    );
    if (!has32 || has64) return [];
    return [
      {
        severity: "info",
        subject: "architecture",
        symptom: "No such file or directory, for a downloaded program that exists",
        cause: "The kernel is 64-bit, but the system is 32-bit: programs for arm64 do not run.",
        evidence: [
          "uname -m says aarch64",
          "/lib/ld-linux-armhf.so.3 exists, ld-linux-aarch64.so.1 does not",
        ],
        place: null,
        repair: byHand("Use packages for armhf", ["dpkg --print-architecture"]),
      },
    ];
  },
});
