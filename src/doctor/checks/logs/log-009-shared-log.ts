// LOG-009: several processes, or a program and the daemon, write to one log with rotation.

import { dirname, joinPath } from "../../../core/config/paths.ts";
import { readConfig } from "../../facts/daemon-account.ts";
import { isSupervisor } from "../../facts/daemons.ts";
import { type LogUse, listSome, logOwner, logUses, usesByPath } from "../../facts/log-uses.ts";
import type { Probe } from "../../facts/probe.ts";
import type { Situation } from "../../facts/situation.ts";
import type { Finding, Repair } from "../../model.ts";
import {
  changeOptions,
  describeChanges,
  type OptionChange,
  optionPlace,
  writtenValue,
} from "../../repairs/option-edits.ts";
import { defineCheck } from "../check.ts";

export const SHARED_LOG = defineCheck({
  code: "LOG-009",
  area: "logs",
  title: "one log for several programs",
  repairs: ["B", "C"],
  page: {
    symptom:
      "Lines are missing from a log, or appear in a rotated copy while the log is empty; lines of several programs are mixed.",
    cause:
      "Two programs, both channels of one program, or the processes of a section with `numprocs=` have the same `stdout_logfile=`. With Supervisor, each of them rotates the file independently, and the others lose it. tsv has one writer for each path, so nothing is lost and lines are only mixed: a note. It is a warning if the command itself writes to the same file, for example with `>>` or `--logfile`, because after a rotation the program continues to write to the renamed file. One `/dev/stdout` for all, or one file with `maxbytes=0`, is not reported.",
    repair:
      "Give each process its own file: `%(program_name)s`, and with numprocs also `%(process_num)s`, make the names unique. For Supervisor, doctor writes this after you confirm. If the program writes its log itself, use another path for one of the two, or set `stdout_logfile_maxbytes=0`.",
  },
  look(situation, probe) {
    const uses = logUses(situation, probe).filter(
      ({ path, isAuto }) => !isAuto && !/^\/(?:dev|proc)\//.test(path),
    );
    const shared = Array.from(usesByPath(withRealDirectories(uses, probe))).flatMap(
      ([path, users]) => sharedFinding(path, users, situation, probe),
    );
    return [...shared, ...selfWritten(uses, situation, probe)];
  },
});

/** Resolves symlinks, so that two names of one directory are equal. */
function withRealDirectories(uses: readonly LogUse[], probe: Probe): readonly LogUse[] {
  const known = new Map<string, string>();
  return uses.map((use) => {
    const directory = dirname(use.path);
    const real = known.get(directory) ?? probe.realPath(directory) ?? directory;
    known.set(directory, real);
    return { ...use, path: joinPath(real, use.path.slice(use.path.lastIndexOf("/") + 1)) };
  });
}

function sharedFinding(
  path: string,
  users: readonly LogUse[],
  situation: Situation,
  probe: Probe,
): readonly Finding[] {
  const [use] = users;
  if (use === undefined || users.length < 2 || users.every(({ maxBytes }) => maxBytes === 0))
    return [];
  const found = probe.look(path);
  if (found.ok && found.kind !== "file") return [];
  const isTheirs = isSupervisor(situation);
  const limits = new Set(
    users.map(({ maxBytes, backups }) => `${maxBytes} bytes and ${backups} backups`),
  );
  return [
    {
      severity: isTheirs ? "warning" : "info",
      subject: path,
      symptom: isTheirs
        ? `lines are missing from ${path}`
        : `lines of several programs are mixed in ${path}`,
      cause: isTheirs
        ? "Each of these rotates the file independently, so the others lose it."
        : "They log to one file. tsv rotates it correctly, but Supervisor would lose lines.",
      evidence: [
        `${path} is the log of ${listSome(users.map(logOwner), 6)}`,
        ...(limits.size > 1 ? [`with different limits: ${Array.from(limits).join("; ")}`] : []),
      ],
      place: optionPlace(situation.config, use.section, use.key),
      repair: separate(users, isTheirs, situation, probe),
    },
  ];
}

/** A unique name for each section and channel except the first. */
function separate(
  users: readonly LogUse[],
  isTheirs: boolean,
  { config }: Situation,
  probe: Probe,
): Repair {
  const counts = new Map<string, number>();
  for (const { section, key } of users) {
    const id = `${section}\n${key}`;
    counts.set(id, (counts.get(id) ?? 0) + 1);
  }
  const changes: OptionChange[] = [];
  const keeper = Array.from(counts).find(([, count]) => count === 1)?.[0];
  for (const [id, count] of counts) {
    const [section = "", key = ""] = id.split("\n");
    const written = writtenValue(config, section, key);
    if (id === keeper || written === null || /[;#\n]/.test(written)) continue;
    const number = count > 1 ? "_%(process_num)02d" : "";
    const name = `%(program_name)s${number}-${key.slice(0, 6)}.log`;
    changes.push({ section, key, value: joinPath(dirname(written), name) });
  }
  const steps = isTheirs && changes.length > 0 ? changeOptions(config, changes, probe) : null;
  return {
    class: steps === null ? "C" : "B",
    advice: "Give each of them its own log",
    commands: describeChanges(config, changes),
    steps: steps ?? [],
  };
}

/** Programs whose command names the log that the daemon rotates. */
function selfWritten(
  uses: readonly LogUse[],
  situation: Situation,
  probe: Probe,
): readonly Finding[] {
  const commands = new Map<string, string>();
  for (const { processes } of readConfig(situation)?.groups ?? []) {
    for (const { name, command } of processes) commands.set(name, command);
  }
  const seen = new Set<string>();
  return uses.flatMap(({ path, process, maxBytes, section, key, channel }) => {
    const command = process === null ? undefined : commands.get(process);
    if (command === undefined || maxBytes === 0 || !command.includes(path)) return [];
    const found = probe.look(path);
    if (found.ok && found.kind !== "file") return [];
    if (!writesTo(command, path) || seen.has(`${section}\n${path}`)) return [];
    seen.add(`${section}\n${path}`);
    const change = { section, key: `${channel}_logfile_maxbytes`, value: "0" };
    return [
      {
        severity: "warning",
        subject: `${section} ${path}`,
        symptom: `${path} stays empty after a rotation, and its first copy grows`,
        cause:
          "The command writes to the same file as the daemon, and does not notice when the daemon rotates it.",
        evidence: [`the command names ${path}`, `${key}=${path}, rotated at ${maxBytes} bytes`],
        place: optionPlace(situation.config, section, key),
        repair: {
          class: "C",
          advice: "Use another path for one of the two, or disable rotation of this file",
          commands: describeChanges(situation.config, [change]),
          steps: [],
        },
      } satisfies Finding,
    ];
  });
}

/** `--logfile PATH`, `--error-log=PATH`; `>> PATH` and `tee PATH` if the command runs in a shell. */
function writesTo(command: string, path: string): boolean {
  const literal = path.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const isShell = /(?:^|\/)(?:ba|da|z|k)?sh\s+-[a-z]*c\s/.test(command);
  const option = "-[\\w-]*log[\\w-]*[=\\s]\\s*";
  const before = isShell ? `(?:>>?\\s*|\\btee\\s+(?:-a\\s+)?|${option})` : option;
  return new RegExp(`${before}["']?${literal}(?=["'\\s;]|$)`).test(command);
}
