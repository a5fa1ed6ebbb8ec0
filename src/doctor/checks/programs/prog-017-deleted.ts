// PROG-017: a program runs from deleted files.

import { displayName } from "../../../core/base/ids.ts";
import { printable } from "../../../core/base/printable.ts";
import type { Probe, SeenProcess } from "../../facts/probe.ts";
import type { Situation } from "../../facts/situation.ts";
import {
  type Supervised,
  statusesOf,
  statusTable,
  supervisedPrograms,
} from "../../facts/supervised.ts";
import type { Finding, Repair } from "../../model.ts";
import { byHand, repairStep } from "../../repairs/repairs.ts";
import { tsvCommand } from "../../repairs/tsv-command.ts";
import { defineCheck } from "../check.ts";
import { placeIn, programFinding } from "./program-finding.ts";

export const DELETED = defineCheck({
  code: "PROG-017",
  area: "programs",
  title: "program runs from deleted files",
  repairs: ["B", "C"],
  page: {
    symptom:
      "After a deployment or an upgrade, the program behaves as before, or fails with `No such file or directory` for relative paths (`getcwd: cannot access parent directories`).",
    cause:
      "A running program keeps the directory and the executable that it started from, even if they are deleted or replaced: a release directory was removed after a symlink was changed to the next one, or a package was upgraded. Doctor reads `/proc/PID/cwd` and `/proc/PID/exe`.",
    repair:
      "Restart the program. If its directory was deleted, doctor offers that. An executable that was replaced by a newer one is only a note.",
  },
  look(situation, probe) {
    const statuses = statusTable(situation);
    return supervisedPrograms(situation, probe).flatMap((program): readonly Finding[] =>
      statusesOf(program, statuses).flatMap(({ pid, name, group }): readonly Finding[] => {
        const process = pid === 0 ? null : probe.process(pid);
        if (process === null || (!process.cwdDeleted && !process.exeDeleted)) return [];
        const where = displayName(group, name);
        const only = { ...program, label: where, members: [`${group}:${name}`] };
        return [findingOf(only, process, { situation, probe })];
      }),
    );
  },
});

function findingOf(
  program: Supervised,
  { pid, cwd, cwdDeleted, exe }: SeenProcess,
  { situation, probe }: { readonly situation: Situation; readonly probe: Probe },
): Finding {
  const isReplaced = exe !== null && probe.look(exe).ok;
  const isSerious = cwdDeleted || !isReplaced;
  const path = printable((cwdDeleted ? cwd : exe) ?? "");
  return programFinding(program, {
    severity: isSerious ? "warning" : "info",
    symptom: cwdDeleted
      ? `${program.label} runs in a directory that was deleted`
      : isReplaced
        ? `${program.label} runs from an executable that was replaced since it started`
        : `${program.label} runs from an executable that was deleted`,
    cause: "A program keeps the files that it started from until it is restarted.",
    evidence: [`pid ${pid}: ${path} (deleted)`],
    place: placeIn(situation, program, cwdDeleted ? "directory" : "command"),
    repair: restart(program.label, cwdDeleted, situation),
  });
}

function restart(label: string, isOffered: boolean, situation: Situation): Repair {
  const { executable, config } = situation;
  const advice = `Restart ${label}`;
  const commands = [tsvCommand(["restart", label], situation)];
  if (!isOffered || config.path === null) return byHand(advice, commands);
  const argv = [executable.path, "restart", "-c", config.path, label];
  const step = repairStep(
    { kind: "command", argv, undo: null, what: `restart ${label}` },
    "runs in a deleted directory",
    "restarted",
  );
  return { class: "B", advice, commands, steps: [step] };
}
