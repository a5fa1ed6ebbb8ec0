// BOOT-007: the service may not have as many processes as its programs need.

import { readConfig } from "../../facts/daemon-account.ts";
import type { Probe } from "../../facts/probe.ts";
import { isOfService } from "../../facts/service-command.ts";
import type { Situation } from "../../facts/situation.ts";
import type { Finding, Repair } from "../../model.ts";
import { byHand } from "../../repairs/repairs.ts";
import { defineCheck } from "../check.ts";
import { settingRepair } from "./unit-repair.ts";

/** The daemon's own threads, and a process or two for a person. */
const ROOM = 16;

export const TASK_LIMIT = defineCheck({
  code: "BOOT-007",
  area: "limits",
  title: "too few processes allowed",
  page: {
    symptom:
      "Programs do not start, or fail in strange ways: `fork: Resource temporarily unavailable`, `spawnerr: unknown error during fork for 'web': EAGAIN`, `can't start new thread`.",
    cause:
      "The control group of the service has a limit of tasks, which are processes and threads together (`TasksMax=`, `pids.max` in a container), or the user of the daemon has one of processes (`ulimit -u`). Doctor compares it with what runs now and with the number of programs in the configuration.",
    repair:
      "With --fix doctor sets `TasksMax=infinity` for the service: in the unit where `tsv install` wrote it, else in a drop-in. The limit of a container is set from outside, for example with `docker run --pids-limit`; that of a user in `/etc/security/limits.conf` or with `LimitNPROC=`.",
  },
  look(situation, probe) {
    const group = narrowestGroup(situation, probe);
    const findings = group === null ? [] : groupFindings(group, situation, probe);
    return [...findings, ...userFindings(situation, probe)];
  },
});

interface TaskGroup {
  /** Its directory below /sys/fs/cgroup, for evidence. */
  readonly name: string;
  readonly most: number;
  readonly now: number | null;
  /** It is the service's own, which systemd can change. */
  readonly isService: boolean;
}

/** Of the groups around the daemon the one with the lowest limit. */
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

/** For a service that does not run. */
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
        ? "Nearly all tasks are taken that the control group of the service may have."
        : "The control group of the service may have fewer tasks than the configuration has programs.",
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
    because: "Programs are limited one by one, not together.",
    section: "Service",
    lines: ["TasksMax=infinity"],
  } as const;
  return settingRepair(
    service,
    "Let the service have as many processes as it needs",
    dropIn,
    probe,
  );
}

function fromOutside(name: string): Repair {
  return byHand("Raise the limit of what is around the service", [
    `# raise pids.max of ${name}: TasksMax= of the slice, or docker run --pids-limit`,
  ]);
}

/** Root is not held to it. */
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
      cause: "The user of the daemon may have fewer processes than the configuration has programs.",
      evidence: [
        `at most ${most} processes (ulimit -u), ${programs} in ${config.path ?? "the configuration"}`,
      ],
      place: null,
      repair: byHand("Raise the user's limit of processes", [
        "# in /etc/security/limits.conf: USER - nproc 4096",
      ]),
    },
  ];
}
