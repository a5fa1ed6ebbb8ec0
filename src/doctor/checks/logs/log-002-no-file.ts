// LOG-002: the path of a log is a directory or a socket, or a pipe with rotation.

import { readConfig } from "../../facts/daemon-account.ts";
import type { LogUse } from "../../facts/log-uses.ts";
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
import { ownership } from "../../repairs/ownership.ts";
import { byHand } from "../../repairs/repairs.ts";
import { defineCheck } from "../check.ts";
import { affectedLogs, openSymptom } from "./log-open-error.ts";
import { type LogTrouble, logTroubles } from "./log-trouble.ts";
import { streamFindings } from "./streams.ts";

export const LOG_IS_NO_FILE = defineCheck({
  code: "LOG-002",
  area: "logs",
  title: "log is not a file",
  repairs: ["B", "C"],
  page: {
    symptom:
      "With Supervisor, a program does not start: `spawnerr: unknown error making dispatchers for 'web': EISDIR`, or `ESPIPE` for a pipe. With tsv, it runs, and the activity log says `cannot open log '/var/log/app' of web (stdout): EISDIR`.",
    cause:
      "`stdout_logfile=` or `stderr_logfile=` names a directory or a socket instead of a file. In case of `ESPIPE`, it is `/dev/stdout` or another pipe or terminal, which Supervisor tries to rotate, because `stdout_logfile_maxbytes=` is 50MB by default. tsv rotates only files, so for tsv this is a note. Supervisor also reopens `/dev/stdout`, which fails with `EACCES` if it is a pipe that belongs to root and the daemon has a `user=`; tsv writes to the descriptor that it inherited.",
    repair:
      "After you confirm, doctor adds a file name to a directory, or `stdout_logfile_maxbytes=0` to a pipe, in the configuration. A socket needs another path, which you have to choose.",
  },
  look(situation, probe) {
    const wrong = logTroubles(situation, probe).flatMap((trouble) =>
      trouble.kind === "no-file" ? [noFile(trouble, situation, probe)] : [],
    );
    return [...wrong, ...streamFindings(situation, probe)];
  },
});

function noFile(
  { path, uses, seen }: LogTrouble & { readonly kind: "no-file" },
  situation: Situation,
  probe: Probe,
): Finding {
  const isDirectory = seen.kind === "directory";
  const errno = isDirectory ? "EISDIR" : "ENXIO";
  const [use] = uses;
  return {
    severity: "error",
    subject: path,
    symptom: openSymptom(situation, path, uses, errno),
    cause: `${path} is a ${seen.kind}, but a log has to be a file.`,
    evidence: [
      `${errno}: ${path} is a ${seen.kind}, ${ownership(seen, probe)}`,
      affectedLogs(uses),
    ],
    place: use === undefined ? null : optionPlace(situation.config, use.section, use.key),
    repair: isDirectory ? nameFiles(uses, situation, probe) : anotherPath(path),
  };
}

function anotherPath(path: string): Repair {
  return byHand(`Name a file instead of ${path} in the configuration`);
}

/** Adds a file name that is unique for each process of a section. */
function nameFiles(uses: readonly LogUse[], situation: Situation, probe: Probe): Repair {
  const { config } = situation;
  const count = processCounts(situation);
  const changes = new Map<string, OptionChange>();
  for (const { section, key, channel } of uses) {
    const written = writtenValue(config, section, key)?.replace(/\/+$/, "");
    if (written === undefined || changes.has(`${section}\n${key}`)) continue;
    const number = (count.get(section) ?? 1) > 1 ? "-%(process_num)02d" : "";
    const name = channel === "main" ? "tsv" : `%(program_name)s${number}-${channel}`;
    changes.set(`${section}\n${key}`, { section, key, value: `${written}/${name}.log` });
  }
  const wanted = Array.from(changes.values());
  const steps = wanted.length === 0 ? null : changeOptions(config, wanted, probe);
  return {
    class: steps === null ? "C" : "B",
    advice: "Add a file name to the directory",
    commands: describeChanges(config, wanted),
    steps: steps ?? [],
  };
}

function processCounts(situation: Situation): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { processes } of readConfig(situation)?.groups ?? []) {
    for (const { origin } of processes) {
      counts.set(origin.section, (counts.get(origin.section) ?? 0) + 1);
    }
  }
  return counts;
}
