// BOOT-013: nowhere may the daemon put the part of itself that is loaded as a library.

import { dirname } from "../../../core/config/paths.ts";
import { firstObstacle } from "../../facts/access.ts";
import { daemonAccount } from "../../facts/daemon-account.ts";
import type { Probe } from "../../facts/probe.ts";
import { serviceCommand } from "../../facts/service-command.ts";
import { userName } from "../../repairs/ownership.ts";
import { byHand } from "../../repairs/repairs.ts";
import { defineCheck } from "../check.ts";

/** Where tsv tries, in this order; then beside its executable. */
const PLACES = ["/dev/shm", "/tmp", "/var/tmp", "/run"];

export const NO_EXEC = defineCheck({
  code: "BOOT-013",
  area: "binary",
  title: "no directory may hold code",
  page: {
    symptom:
      "The daemon ends at once with `tsv cannot load its native part, because no directory here may hold code`.",
    cause:
      "tsv is one file, and the part of it that talks to the kernel has to be loaded from a file system. It uses a file without a name, for a moment, in `/dev/shm`, `/tmp`, `/var/tmp`, `/run` or beside its executable. On this host each of these is mounted with `noexec`, read-only, or closed to the daemon's user.",
    repair:
      "Mount one of them without `noexec`, or put the executable on a file system that may hold code and where the daemon's user may write. Doctor does not change mounts: `noexec` is a protection that somebody has chosen.",
  },
  look(situation, probe) {
    if (situation.host.platform !== "linux" || situation.daemon !== null) return [];
    const account = daemonAccount(situation, probe);
    const executable =
      serviceCommand(situation.service, probe)?.executable ?? situation.executable.path;
    const places = Array.from(new Set([...PLACES, dirname(executable)]));
    const problems = places.map((place) => whyNot(place, account, probe));
    if (problems.some((problem) => problem === null)) return [];
    return [
      {
        severity: "error",
        subject: executable,
        symptom: "tsv cannot load its native part, because no directory here may hold code",
        cause: `No place where ${userName(account.uid, probe)} may write allows code to be loaded.`,
        evidence: problems.filter((problem) => problem !== null),
        place: null,
        repair: byHand("Mount one of these directories without noexec", [
          "mount -o remount,exec /dev/shm   # and without noexec in /etc/fstab",
        ]),
      },
    ];
  },
});

function whyNot(
  place: string,
  account: ReturnType<typeof daemonAccount>,
  probe: Probe,
): string | null {
  const obstacle = firstObstacle(`${place}/.tsv-doctor`, "write", account, probe);
  if (obstacle !== null) return `${place}: ${obstacle.errno}`;
  const options = probe.fileSystem(place)?.options ?? [];
  return options.includes("noexec") ? `${place}: mounted with noexec` : null;
}
