// BOOT-013: the daemon has no directory from which it can load its native addon.

import { companionsOf } from "../../../core/base/companions.ts";
import { dirname } from "../../../core/config/paths.ts";
import { firstObstacle } from "../../facts/access.ts";
import { daemonAccount } from "../../facts/daemon-account.ts";
import type { Probe } from "../../facts/probe.ts";
import { serviceCommand } from "../../facts/service-command.ts";
import { userName } from "../../repairs/ownership.ts";
import { byHand } from "../../repairs/repairs.ts";
import { defineCheck } from "../check.ts";

/** The directories that tsv tries, in this order; then that of its executable. */
const PLACES = ["/dev/shm", "/tmp", "/var/tmp", "/run"];

export const NO_EXEC = defineCheck({
  code: "BOOT-013",
  area: "binary",
  title: "all writable directories are noexec",
  repairs: ["C"],
  page: {
    symptom:
      "The daemon exits at once with `tsv cannot load its native part, because every writable directory is mounted noexec or not usable`.",
    cause:
      "tsv is a single file, and its native part, which makes system calls, has to be loaded from a file system. For this, tsv briefly creates an unnamed file in `/dev/shm`, `/tmp`, `/var/tmp`, `/run` or beside its executable. On this host, each of these is mounted with `noexec`, read-only, or not writable for the user of the daemon. Packages and images hold the native part as a file, `lib/tsv/posix.node` beside the directory of the executable; here it is missing.",
    repair:
      "Mount one of them without `noexec`, copy `lib` of tsv's archive to `lib/tsv` beside the directory of the executable, or put the executable on a file system without `noexec`, in a directory where the user of the daemon has permission to write. Doctor does not change mounts, because `noexec` is a deliberate protection.",
  },
  look(situation, probe) {
    if (situation.host.platform !== "linux" || situation.daemon !== null) return [];
    const account = daemonAccount(situation, probe);
    const executable =
      serviceCommand(situation.service, probe)?.executable ?? situation.executable.path;
    const places = Array.from(new Set([...PLACES, dirname(executable)]));
    const problems = places.map((place) => whyNot(place, account, probe));
    if (problems.some((problem) => problem === null)) return [];
    if (companionsOf(executable, "posix.node").some((file) => probe.look(file).ok)) return [];
    return [
      {
        severity: "error",
        subject: executable,
        symptom:
          "tsv cannot load its native part, because every writable directory is mounted noexec or not usable",
        cause: `Every directory that ${userName(account.uid, probe)} can write to is mounted noexec.`,
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
