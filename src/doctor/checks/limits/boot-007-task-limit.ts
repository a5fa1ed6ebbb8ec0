// BOOT-007: a limit of processes is lower than the programs of the service need.

import { readConfig } from "../../facts/daemon-account.ts";
import type { Probe } from "../../facts/probe.ts";
import { isOfService } from "../../facts/service-command.ts";
import type { Situation } from "../../facts/situation.ts";
import type { Finding, Repair } from "../../model.ts";
import { byHand } from "../../repairs/repairs.ts";
import { settingRepair } from "../boot/unit-repair.ts";
import { defineCheck } from "../check.ts";

/** The daemon's own threads, and a few processes of users. */
const ROOM = 16;

export const TASK_LIMIT = defineCheck({
  code: "BOOT-007",
  area: "limits",
  title: "process limit too low",
  repairs: ["A", "C"],
  page: {
    symptom:
      "Programs do not start, or fail in strange ways: `fork: Resource temporarily unavailable`, `spawnerr: unknown error during fork for 'web': EAGAIN`, `can't start new thread`.",
    cause:
      "The control group of the service limits tasks, that is, processes and threads together (`TasksMax=`, `pids.max` in a container), or the user of the daemon has a limit of processes (`ulimit -u`). Doctor compares the limit with the current number of tasks and with the number of programs in the configuration.",
    repair:
      "With --fix, doctor sets `TasksMax=infinity` for the service: in the unit if `tsv install` wrote it, otherwise in a drop-in. Set the limit of a container from outside, for example with `docker run --pids-limit`, and that of a user in `/etc/security/limits.conf` or with `LimitNPROC=`.",
  },
  look(situation, probe) {
    const group = narrowestGroup(situation, probe);
    const findings = group === null ? [] : groupFindings(group, situation, probe);
    return [...findings, ...userFindings(situation, probe)];
  },
});

interface TaskGroup {
  /** Its directory below /sys/fs/cgroup, shown as evidence. */
  readonly name: string;
  readonly most: number;
  readonly now: number | null;
  /** Whether it is the control group of the service, which systemd can change. */
  readonly isService: boolean;
}

/** The control group with the lowest limit among those that contain the daemon. */
function narrowestGroup(situation: Situation, probe: Probe): TaskGroup | null {
  const { daemon, service } = situation;
  const text = daemon === null ? null : probe.readText(`/proc/${daemon.pid}/cgroup`);
  const below = /^0::(\/.*)$/m.exec(text ?? "")?.[1];
  if (below === undefined) return isOfService(situation, probe) ? fromProperties(service) : null;
  let narrowest: TaskGroup | null = null;
  for (let at = below; ; at = at.slice(0, at.lastIndexOf("/"))) {
    const directory = `/sys/fs/cgroup${at === "/" ? "" : at}`;
    const most = count(probe.readText(`${directory}/pids.max`));
    const now = count(probe.readText(`${directory}/pids.current`));
    if (most !== null && (narrowest === null || most < narrowest.most)) {
      const isService = at.endsWith(`/${service.name}.service`);
      narrowest = { name: directory, most, now, isService };
    }
    if (at === "" || at === "/") break;
  }
  return narrowest;
}

/** For a service that is not running. */
function fromProperties({ properties, name, init }: Situation["service"]): TaskGroup | null {
  const most = count(properties["TasksMax"] ?? null);
  if (init !== "systemd" || most === null) return null;
  return {
    name: `${name}.service`,
    most,
    now: count(properties["TasksCurrent"] ?? null),
    isService: true,
  };
}

/** null for "max", "infinity", "[not set]" and nothing. */
function count(text: string | null): number | null {
  const digits = /^\d{1,15}$/.exec((text ?? "").trim())?.[0];
  return digits === undefined ? null : Number(digits);
}

function groupFindings(
  { name, most, now, isService }: TaskGroup,
  situation: Situation,
  probe: Probe,
): readonly Finding[] {
  const programs = programCount(situation);
  const isFull = now !== null && now >= 0.9 * most;
  if (!isFull && most >= programs + ROOM) return [];
  return [
    {
      severity: isFull ? "error" : "warning",
      subject: name,
      symptom: "fork: Resource temporarily unavailable",
      cause: isFull
        ? "The control group of the service has almost reached its limit of tasks."
        : "The task limit of the service's control group is lower than the number of programs in the configuration.",
      evidence: [
        `${now === null ? "" : `${now} tasks of `}at most ${most} (pids.max of ${name})`,
        `${programs} processes in the configuration`,
      ],
      place: null,
      repair: isService ? unlimited(situation, probe) : fromOutside(name),
    },
  ];
}

function programCount(situation: Situation): number {
  const groups = readConfig(situation)?.groups ?? [];
  return groups.reduce((sum, { processes }) => sum + processes.length, 0);
}

function unlimited({ service }: Situation, probe: Probe): Repair {
  const dropIn = {
    word: "tasks",
    because: "The limit applies to all programs together, so it is removed.",
    section: "Service",
    lines: ["TasksMax=infinity"],
  } as const;
  return settingRepair(service, "Remove the task limit of the service", dropIn, probe);
}

function fromOutside(name: string): Repair {
  return byHand("Raise the limit of the slice or container", [
    `# raise pids.max of ${name}: TasksMax= of the slice, or docker run --pids-limit`,
  ]);
}

/** It does not apply to root. */
function userFindings(situation: Situation, probe: Probe): readonly Finding[] {
  const { daemon, config } = situation;
  if (daemon === null || daemon.uid === 0) return [];
  const most = probe.limits(daemon.pid)?.processes.soft ?? Number.POSITIVE_INFINITY;
  const programs = programCount(situation);
  if (most >= programs + ROOM) return [];
  return [
    {
      severity: "warning",
      subject: `pid ${daemon.pid}`,
      symptom: "fork: Resource temporarily unavailable",
      cause:
        "The process limit of the daemon's user is lower than the number of programs in the configuration.",
      evidence: [
        `at most ${most} processes (ulimit -u), ${programs} in ${config.path ?? "the configuration"}`,
      ],
      place: null,
      repair: byHand("Raise the process limit of the user", [
        "# in /etc/security/limits.conf: USER - nproc 4096",
      ]),
    },
  ];
}
