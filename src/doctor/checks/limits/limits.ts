// Limits of the host that keep the daemon or its programs from starting: tasks and processes (BOOT-007), open files (BOOT-008).

import { hasUnits } from "../../../install/services/registry.ts";
import { daemonAccount, readConfig } from "../../facts/access.ts";
import type { DoctorFacts } from "../../facts/doctor-facts.ts";
import { isOfService } from "../../facts/service.ts";
import type { Finding } from "../../model.ts";
import { optionPlace } from "../../repairs/config-edits.ts";
import { fix, repair } from "../../repairs/fix.ts";
import { byHand } from "../../repairs/repairs.ts";
import { check, finding, setOptions, setService } from "../check.ts";

export const PROCESS_LIMIT = check("BOOT-007", "process limit too low", (facts) => [
  groupFinding(facts),
  userFinding(facts),
]);

export const OPEN_FILE_LIMIT = check("BOOT-008", "open file limit too low", (facts) =>
  facts.daemon === null ? rejections(facts) : nearlyFull(facts.daemon.pid, facts),
);

/** Tasks for the daemon's own threads, and a few processes of users. */
const ROOM = 16;

interface TaskGroup {
  /** Its directory below /sys/fs/cgroup, shown as evidence. */
  readonly name: string;
  readonly most: number;
  readonly now: number | null;
  /** Whether it is the control group of the service, which systemd can change. */
  readonly isService: boolean;
}

/** The control group with the lowest limit among those that contain the daemon. */
function narrowestGroup(facts: DoctorFacts): TaskGroup | null {
  const { daemon, service, probe } = facts;
  const text = daemon === null ? null : probe.readText(`/proc/${daemon.pid}/cgroup`);
  const below = /^0::(\/.*)$/m.exec(text ?? "")?.[1];
  if (below === undefined) return isOfService(facts) ? fromProperties(service) : null;
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
function fromProperties({ properties, name, init }: DoctorFacts["service"]): TaskGroup | null {
  const most = count(properties["TasksMax"] ?? null);
  if (!hasUnits(init) || most === null) return null;
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

function groupFinding(facts: DoctorFacts): Finding | null {
  const group = narrowestGroup(facts);
  if (group === null) return null;
  const { name, most, now, isService } = group;
  const programs = programCount(facts);
  const isFull = now !== null && now >= 0.9 * most;
  if (!isFull && most >= programs + ROOM) return null;
  return finding(isFull ? "error" : "warning", name, {
    symptom: "fork: Resource temporarily unavailable",
    cause: isFull
      ? "The control group of the service has almost reached its limit of tasks."
      : "The task limit of the service's control group is lower than the number of programs in the configuration.",
    evidence: [
      `${now === null ? "" : `${now} tasks of `}at most ${most} (pids.max of ${name})`,
      `${programs} processes in the configuration`,
    ],
    repair: isService
      ? setService(
          "Remove the task limit of the service",
          "TasksMax=infinity",
          "The limit applies to all programs together, so it is removed.",
          facts,
        )
      : byHand("Raise the limit of the slice or container", [
          `# raise pids.max of ${name}: TasksMax= of the slice, or docker run --pids-limit`,
        ]),
  });
}

function programCount(facts: DoctorFacts): number {
  const groups = readConfig(facts)?.groups ?? [];
  return groups.reduce((sum, { processes }) => sum + processes.length, 0);
}

/** The limit of the daemon's user. It does not apply to root. */
function userFinding(facts: DoctorFacts): Finding | null {
  const { daemon, config, probe } = facts;
  if (daemon === null || daemon.uid === 0) return null;
  const most = probe.limits(daemon.pid)?.processes.soft ?? Number.POSITIVE_INFINITY;
  const programs = programCount(facts);
  if (most >= programs + ROOM) return null;
  return finding("warning", `pid ${daemon.pid}`, {
    symptom: "fork: Resource temporarily unavailable",
    cause:
      "The process limit of the daemon's user is lower than the number of programs in the configuration.",
    evidence: [
      `at most ${most} processes (ulimit -u), ${programs} in ${config.path ?? "the configuration"}`,
    ],
    repair: byHand("Raise the process limit of the user", [
      "# in /etc/security/limits.conf: USER - nproc 4096",
    ]),
  });
}

/** Bit of CAP_SYS_RESOURCE, which raises hard limits: capabilities(7). */
const SYS_RESOURCE = 24n;

/** A daemon that is not running may be unable to start. */
function rejections(facts: DoctorFacts): readonly (Finding | null)[] {
  const config = readConfig(facts);
  if (config === null) return [];
  const { service, probe } = facts;
  const self = Number(probe.linkTarget("/proc/self") ?? Number.NaN);
  const own = Number.isNaN(self) ? null : probe.limits(self);
  const isUnit = hasUnits(service.init) && service.file !== null;
  const isService = isUnit && isOfService(facts);
  const limitOf = (setting: string, ownLimit: number | undefined): number | null =>
    isService ? amount(service.properties[setting]) : (ownLimit ?? null);
  const files = limitOf("LimitNOFILE", own?.openFiles.hard);
  const processes = limitOf("LimitNPROC", own?.processes.hard);
  const { minfds, minprocs } = config.daemon;
  const most = mayRaise(facts) ? Number.POSITIVE_INFINITY : 0;
  const ceiling = most === 0 ? 0 : (amount(probe.readText("/proc/sys/fs/nr_open")?.trim()) ?? most);
  return [
    rejection("minfds", minfds, Math.max(files ?? minfds, ceiling), isService, facts),
    rejection("minprocs", minprocs, Math.max(processes ?? minprocs, most), isService, facts),
  ];
}

function amount(text: string | undefined): number | null {
  if (text === "infinity") return Number.POSITIVE_INFINITY;
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : null;
}

/** Root is allowed to, except root of a container. */
function mayRaise(facts: DoctorFacts): boolean {
  if (daemonAccount(facts).uid !== 0) return false;
  if (facts.caller.uid !== 0) return true;
  const capabilities = /^CapEff:\s*([0-9a-f]+)/m.exec(
    facts.probe.readText("/proc/self/status") ?? "",
  )?.[1];
  const map = facts.probe.readText("/proc/self/uid_map")?.trim().split(/\s+/);
  const isOwnSpace = map !== undefined && map[2] !== "4294967295";
  if (capabilities === undefined) return !isOwnSpace;
  return !isOwnSpace && ((BigInt(`0x${capabilities}`) >> SYS_RESOURCE) & 1n) === 1n;
}

/** @param hard the hard limit that the daemon would get */
function rejection(
  key: "minfds" | "minprocs",
  wanted: number,
  hard: number,
  isService: boolean,
  facts: DoctorFacts,
): Finding | null {
  if (hard >= wanted) return null;
  const isFiles = key === "minfds";
  const what = isFiles ? "file descriptors" : "available processes";
  const setting = isFiles ? "LimitNOFILE" : "LimitNPROC";
  return finding("error", key, {
    symptom: `The minimum number of ${what} required to run this ${isFiles ? "process" : "program"} is ${wanted}`,
    cause: `The configuration requires ${wanted}, but the hard limit is ${hard}.`,
    evidence: [`${key}=${wanted}`, `hard limit ${hard} (${isFiles ? "ulimit -Hn" : "ulimit -Hu"})`],
    place: optionPlace(facts.config, "supervisord", key),
    repair: isService
      ? setService(
          `Set ${setting}=${wanted} for the service`,
          `${setting}=${wanted}`,
          `The configuration requires this in ${key}.`,
          facts,
        )
      : setOptions(
          `Lower ${key} to the available limit`,
          "supervisord",
          { [key]: String(hard) },
          facts,
        ),
  });
}

/** Each program takes three descriptors of the daemon and up to two logs. */
function nearlyFull(pid: number, facts: DoctorFacts): Finding | null {
  const { probe } = facts;
  const limit = probe.limits(pid)?.openFiles;
  const open = probe.openFiles(pid)?.length;
  if (limit === undefined || open === undefined || open < 0.9 * limit.soft) return null;
  const { soft, hard } = limit;
  const { service } = facts;
  const isService = hasUnits(service.init) && service.file !== null && isOfService(facts);
  const wanted = Math.max(65_536, 4 * soft);
  const most = Math.max(hard, wanted);
  const written = (value: number, endless: string): string =>
    Number.isFinite(value) ? String(value) : endless;
  const prlimit = (...limits: readonly [number, number]): readonly string[] => {
    const value = limits.map((one) => written(one, "unlimited")).join(":");
    return ["prlimit", "--pid", String(pid), `--nofile=${value}`];
  };
  return finding("error", "open files", {
    symptom: "EMFILE: too many open files",
    cause: "The daemon has almost reached its limit of open files.",
    evidence: [`${open} open files of at most ${soft}, pid ${pid}`],
    // In the unit for the next start, and at once for the running daemon, so that it need not be restarted.
    repair: isService
      ? repair(
          "Raise the daemon's limit of open files",
          fix.setting(
            service,
            `LimitNOFILE=${wanted}:${written(most, "infinity")}`,
            "The daemon had almost reached its limit of open files.",
            probe,
          ),
          fix.command(
            "A",
            prlimit(wanted, most),
            "raise the open file limit of the running daemon",
            { undo: prlimit(soft, hard), now: `at most ${soft}`, will: `at most ${wanted}` },
          ),
        )
      : byHand("Raise the limit of open files where the daemon is started", [
          "ulimit -Hn 65536   # then start the daemon again",
        ]),
  });
}
