// BOOT-008: the limit of open files is lower than `minfds`, or nearly reached.

import { daemonAccount, readConfig } from "../../facts/daemon-account.ts";
import type { Probe } from "../../facts/probe.ts";
import { isOfService } from "../../facts/service-command.ts";
import type { Situation } from "../../facts/situation.ts";
import type { Finding, Repair } from "../../model.ts";
import { changeOptions, describeChanges, optionPlace } from "../../repairs/option-edits.ts";
import { byHand, repairStep } from "../../repairs/repairs.ts";
import { shellLine } from "../../repairs/shell-quoting.ts";
import { settingRepair } from "../boot/unit-repair.ts";
import { defineCheck } from "../check.ts";

/** Bit of CAP_SYS_RESOURCE, which raises hard limits: capabilities(7). */
const SYS_RESOURCE = 24n;

export const FILE_LIMIT = defineCheck({
  code: "BOOT-008",
  area: "limits",
  title: "open file limit too low",
  repairs: ["A", "B"],
  page: {
    symptom:
      'The daemon does not start: `The minimum number of file descriptors required to run this process is 65536 as per the "minfds" command-line argument or config file setting. The current environment will only allow you to open 4096 file descriptors`, or the same message about available processes and `minprocs`. Or the daemon runs, and programs fail to start with `EMFILE` (too many open files).',
    cause:
      "The hard limit is lower than `minfds` or `minprocs`, and the daemon is not allowed to raise it: it does not run as root, or it runs in a container without that capability. Doctor checks the limits of the running daemon, or, if none runs, those that its service sets, and the number of open files.",
    repair:
      "With --fix, doctor sets `LimitNOFILE=` of a systemd service: in the unit if `tsv install` wrote it, otherwise in a drop-in. This applies from the next start of the service. If a running daemon has almost all its files open, doctor raises its limit at once with prlimit(1). In all other cases, doctor lowers the option in the configuration to the available limit, after you confirm.",
  },
  look(situation, probe) {
    const { daemon } = situation;
    return daemon === null ? refusals(situation, probe) : nearlyFull(daemon.pid, situation, probe);
  },
});

interface Want {
  readonly key: "minfds" | "minprocs";
  readonly wanted: number;
  readonly hard: number;
}

/** A daemon that is not running may be unable to start. */
function refusals(situation: Situation, probe: Probe): readonly Finding[] {
  const config = readConfig(situation);
  if (config === null) return [];
  const { service } = situation;
  const self = Number(probe.linkTarget("/proc/self") ?? Number.NaN);
  const own = Number.isNaN(self) ? null : probe.limits(self);
  const ofService = (name: string): number | null => amount(service.properties[name]);
  const isUnit = service.init === "systemd" && service.file !== null;
  const isService = isUnit && isOfService(situation, probe);
  const files = isService ? ofService("LimitNOFILE") : (own?.openFiles.hard ?? null);
  const processes = isService ? ofService("LimitNPROC") : (own?.processes.hard ?? null);
  const { minfds, minprocs } = config.daemon;
  const most = mayRaise(situation, probe) ? Number.POSITIVE_INFINITY : 0;
  const ceiling = most === 0 ? 0 : (amount(probe.readText("/proc/sys/fs/nr_open")?.trim()) ?? most);
  const wants: readonly Want[] = [
    { key: "minfds", wanted: minfds, hard: Math.max(files ?? minfds, ceiling) },
    { key: "minprocs", wanted: minprocs, hard: Math.max(processes ?? minprocs, most) },
  ];
  return wants.flatMap((want) =>
    want.hard >= want.wanted ? [] : [refusal(want, situation, { isService, probe })],
  );
}

function amount(text: string | undefined): number | null {
  if (text === "infinity") return Number.POSITIVE_INFINITY;
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : null;
}

/** Root is allowed to, except root of a container. */
function mayRaise(situation: Situation, probe: Probe): boolean {
  if (daemonAccount(situation, probe).uid !== 0) return false;
  if (situation.caller.uid !== 0) return true;
  const capabilities = /^CapEff:\s*([0-9a-f]+)/m.exec(
    probe.readText("/proc/self/status") ?? "",
  )?.[1];
  const map = probe.readText("/proc/self/uid_map")?.trim().split(/\s+/);
  const isOwnSpace = map !== undefined && map[2] !== "4294967295";
  if (capabilities === undefined) return !isOwnSpace;
  return !isOwnSpace && ((BigInt(`0x${capabilities}`) >> SYS_RESOURCE) & 1n) === 1n;
}

function refusal(
  { key, wanted, hard }: Want,
  situation: Situation,
  { isService, probe }: { readonly isService: boolean; readonly probe: Probe },
): Finding {
  const isFiles = key === "minfds";
  const what = isFiles ? "file descriptors" : "available processes";
  return {
    severity: "error",
    subject: key,
    symptom: `The minimum number of ${what} required to run this ${isFiles ? "process" : "program"} is ${wanted}`,
    cause: `The configuration requires ${wanted}, but the hard limit is ${hard}.`,
    evidence: [`${key}=${wanted}`, `hard limit ${hard} (${isFiles ? "ulimit -Hn" : "ulimit -Hu"})`],
    place: optionPlace(situation.config, "supervisord", key),
    repair: isService ? raise(key, wanted, situation, probe) : lower(key, hard, situation, probe),
  };
}

function raise(key: Want["key"], wanted: number, { service }: Situation, probe: Probe): Repair {
  const setting = key === "minfds" ? "LimitNOFILE" : "LimitNPROC";
  const dropIn = {
    word: setting.toLowerCase(),
    because: `The configuration requires this in ${key}.`,
    section: "Service",
    lines: [`${setting}=${wanted}`],
  } as const;
  return settingRepair(service, `Set ${setting}=${wanted} for the service`, dropIn, probe);
}

function lower(key: Want["key"], hard: number, { config }: Situation, probe: Probe): Repair {
  const changes = [{ section: "supervisord", key, value: String(hard) }];
  return {
    class: "B",
    advice: `Lower ${key} to the available limit`,
    commands: describeChanges(config, changes),
    steps: changeOptions(config, changes, probe) ?? [],
  };
}

/** Each program takes three descriptors of the daemon and up to two logs. */
function nearlyFull(pid: number, situation: Situation, probe: Probe): readonly Finding[] {
  const limit = probe.limits(pid)?.openFiles;
  const open = probe.openFiles(pid)?.length;
  if (limit === undefined || open === undefined || open < 0.9 * limit.soft) return [];
  const most = limit.soft;
  const { init, file } = situation.service;
  const isService = init === "systemd" && file !== null && isOfService(situation, probe);
  return [
    {
      severity: "error",
      subject: "open files",
      symptom: "EMFILE: too many open files",
      cause: "The daemon has almost reached its limit of open files.",
      evidence: [`${open} open files of at most ${most}, pid ${pid}`],
      place: null,
      repair: isService
        ? widen(pid, limit, situation, probe)
        : byHand("Raise the limit of open files where the daemon is started", [
            "ulimit -Hn 65536   # then start the daemon again",
          ]),
    },
  ];
}

/** In the unit for the next start, and at once for the running daemon, so that it need not be restarted. */
function widen(
  pid: number,
  { soft, hard }: { readonly soft: number; readonly hard: number },
  { service }: Situation,
  probe: Probe,
): Repair {
  const wanted = Math.max(65_536, 4 * soft);
  const most = Math.max(hard, wanted);
  const written = (value: number, endless: string): string =>
    Number.isFinite(value) ? String(value) : endless;
  const dropIn = {
    word: "limitnofile",
    because: "The daemon had almost reached its limit of open files.",
    section: "Service",
    lines: [`LimitNOFILE=${wanted}:${written(most, "infinity")}`],
  } as const;
  const lasting = settingRepair(service, "Raise the daemon's limit of open files", dropIn, probe);
  const now = (...limits: readonly [number, number]): readonly string[] => {
    const value = limits.map((limit) => written(limit, "unlimited")).join(":");
    return ["prlimit", "--pid", String(pid), `--nofile=${value}`];
  };
  const argv = now(wanted, most);
  const what = "raise the open file limit of the running daemon";
  const step = { kind: "command", argv, undo: now(soft, hard), what } as const;
  return {
    ...lasting,
    commands: [...lasting.commands, shellLine(argv)],
    steps: [...lasting.steps, repairStep(step, `at most ${soft}`, `at most ${wanted}`)],
  };
}
