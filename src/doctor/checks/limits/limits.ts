// Limits of the host that keep the daemon or its programs from starting: tasks and processes (BOOT-007), open files (BOOT-008).

import { hasUnits } from "../../../install/services/registry.ts";
import { daemonAccount, fromRoot, readConfig } from "../../facts/access.ts";
import type { DoctorFacts } from "../../facts/doctor-facts.ts";
import { isOfService } from "../../facts/service.ts";
import type { Finding } from "../../model.ts";
import { optionPlace } from "../../repairs/config-edits.ts";
import { fix, repair } from "../../repairs/fix.ts";
import { byHand } from "../../repairs/repairs.ts";
import { check, finding, setOptions, setService } from "../check.ts";

export const PROCESS_LIMIT = check("BOOT-007", (facts) => {
  const { daemon, probe } = facts;
  const text = daemon === null ? null : probe.readText(`/proc/${daemon.pid}/cgroup`);
  const below = /^0::(\/.*)$/m.exec(text ?? "")?.[1];
  return below === undefined ? null : fromRoot(below).map((group) => fullGroup(group, facts));
});

/** Whether a control group with the daemon has almost reached its limit of tasks. */
function fullGroup(group: string, facts: DoctorFacts): Finding | null {
  const { service, probe } = facts;
  const directory = `/sys/fs/cgroup${group === "/" ? "" : group}`;
  const most = amount(probe.readText(`${directory}/pids.max`));
  const now = amount(probe.readText(`${directory}/pids.current`));
  if (most === null || now === null || now < 0.9 * most) return null;
  return finding("error", directory, {
    symptom: "fork: Resource temporarily unavailable",
    cause: "The control group of the daemon has almost reached its limit of tasks.",
    evidence: [`${now} tasks of at most ${most} (pids.max of ${directory})`],
    repair: group.endsWith(`/${service.name}.service`)
      ? setService(
          "Remove the task limit of the service",
          "TasksMax=infinity",
          "The limit applies to all programs together, so it is removed.",
          facts,
        )
      : byHand("Raise the limit of the slice or container", [
          `# raise pids.max of ${directory}: TasksMax= of the slice, or docker run --pids-limit`,
        ]),
  });
}

export const OPEN_FILE_LIMIT = check("BOOT-008", (facts) =>
  facts.daemon === null ? rejections(facts) : nearlyFull(facts.daemon.pid, facts),
);

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
  const ceiling = most === 0 ? 0 : (amount(probe.readText("/proc/sys/fs/nr_open")) ?? most);
  return [
    rejection("minfds", minfds, Math.max(files ?? minfds, ceiling), isService, facts),
    rejection("minprocs", minprocs, Math.max(processes ?? minprocs, most), isService, facts),
  ];
}

/** A number; null for anything else, such as "max" of a control group. */
function amount(written: string | null | undefined): number | null {
  const text = written?.trim() ?? "";
  if (text === "infinity") return Number.POSITIVE_INFINITY;
  return /^\d+$/.test(text) ? Number(text) : null;
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
  const { probe, service } = facts;
  const limit = probe.limits(pid)?.openFiles;
  const open = probe.openFiles(pid)?.length;
  if (limit === undefined || open === undefined || open < 0.9 * limit.soft) return null;
  const { soft, hard } = limit;
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
