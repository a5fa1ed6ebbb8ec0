// PI-002: a 32-bit system on a 64-bit kernel, where `uname -m` says something else than packages do.

import { byHand } from "../../repairs/repairs.ts";
import { defineCheck } from "../check.ts";

export const MIXED_WIDTHS = defineCheck({
  code: "PI-002",
  area: "board",
  title: "32-bit system on a 64-bit kernel",
  page: {
    symptom:
      "`uname -m` says `aarch64`, and a program that was downloaded for it ends with `No such file or directory` or `cannot execute: required file not found`, though it is there.",
    cause:
      "Raspberry Pi OS with 32 bits runs a 64-bit kernel on newer boards. The kernel could run 64-bit programs, but their loader and libraries are not installed.",
    repair:
      "Take packages and downloads for `armhf` (`arm/v7`), whatever `uname -m` says, or install the 64-bit system. `arm_64bit=0` in `/boot/firmware/config.txt` gives the system a kernel of its own width.",
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
        symptom: "No such file or directory, for a downloaded program that is there",
        cause: "The kernel has 64 bits and the system has 32: programs for arm64 do not run here.",
        evidence: [
          "uname -m says aarch64",
          "/lib/ld-linux-armhf.so.3 is there, ld-linux-aarch64.so.1 is not",
        ],
        place: null,
        repair: byHand("Take packages for armhf", ["dpkg --print-architecture"]),
      },
    ];
  },
});
