// The first lines of a report, what was examined, and the last ones, the number of findings and the next step.

import { printable } from "../../core/base/printable.ts";
import { userName } from "../facts/access.ts";
import { describeDaemon, hasAnswer, isDown } from "../facts/daemons.ts";
import type { ConfigFacts, DoctorFacts } from "../facts/doctor-facts.ts";
import type { Probe } from "../facts/probe.ts";
import { ownAnswers } from "../facts/servers.ts";
import type { CodedFinding, Diagnosis } from "../model.ts";
import { shellLine } from "../repairs/commands.ts";
import { type Look, labelledLines } from "./lines.ts";

/** What was examined, as text. */
type Examination = ReturnType<typeof describeExamination>;

const CHOSEN: Readonly<Record<NonNullable<ConfigFacts["chosenBy"]>, string>> = {
  option: "named with --config",
  service: "of the service",
  daemon: "of the running daemon",
  search: "the first existing default path",
};

/** Describes what was examined. */
export function describeExamination(facts: DoctorFacts) {
  const { config, daemon, daemons, service, probe } = facts;
  const { path, chosenBy } = config;
  const name = chosenBy === "service" ? ` ${service.name}` : "";
  const why = chosenBy === null ? "" : ` (${CHOSEN[chosenBy]}${name})`;
  const hidden = ownAnswers(facts).find(({ kind }) => kind === "answers")?.daemon ?? null;
  const none = hasAnswer(facts)
    ? "unknown, because its server refuses this user"
    : `none runs${path === null ? "" : " with this configuration"}`;
  return {
    configuration: path !== null ? `${path}${why}` : hidden === null ? "none found" : "none",
    daemon:
      daemon === null
        ? hidden === null
          ? none
          : answeringText(hidden.pid, probe)
        : `pid ${daemon.pid} of ${userName(daemon.uid, probe)}${daemon.kind === "supervisor" ? ", Supervisor" : ""}`,
    /** Other daemons of this host, each with the command that examines it. */
    others: [
      ...daemons
        .filter(({ pid }) => pid !== daemon?.pid)
        .map((one) => `another daemon runs: ${describeDaemon(one, probe)}${examining(one.config)}`),
      ...(service.others ?? []).map(({ name, config: other }) => {
        return printable(`another service: ${name}, with ${other}${examining(other)}`);
      }),
    ],
    /** There is a configuration, but no daemon runs with it. */
    isDown: isDown(facts),
  };
}

/** What answers is not known as a daemon by its command line: a `tsv run`, or a process that is hidden. */
function answeringText(pid: number, probe: Probe): string {
  const process = probe.process(pid);
  return process === null
    ? `pid ${pid} answers, but this user cannot see its process`
    : `pid ${pid} of ${userName(process.uid, probe)} answers`;
}

function examining(config: string | null): string {
  return config === null ? "" : ` (${shellLine(["tsv", "doctor", "--config", config])})`;
}

/** The first lines: what was examined, and unknown facts. */
export function headText(
  { configuration, daemon, others }: Examination,
  { unknown }: Diagnosis,
  look: Look,
): string {
  const hidden = Array.from(new Set(unknown.map(({ what }) => what)));
  const rows = [
    ["config", [configuration]],
    ["daemon", [daemon, ...others]],
    ["unknown", hidden],
  ] as const;
  const shown = rows.map(([label, texts]) => [label, texts.map(printable)] as const);
  return labelledLines(shown, { at: 0, width: 10 }, look)
    .map((line) => `${line}\n`)
    .join("");
}

/** The command line for the next call of doctor. */
export interface Again {
  /** Whether sudo is needed, because root can see and do more. */
  readonly needsSudo: boolean;
  /** The arguments of this call: `--config /etc/x.conf socket`; may be empty. */
  readonly words: string;
  /** Those of them that name the configuration: `--config /etc/x.conf`; may be empty. */
  readonly config: string;
  /** The option that makes repairs: `--fix`; null if it was just used. */
  readonly fix: string | null;
}

/** The last lines: the number of findings and the next step. */
export function verdict(
  diagnosis: Diagnosis,
  again: Again,
  examination: Pick<Examination, "isDown">,
): string {
  const { findings, unknown } = diagnosis;
  const bad = findings.filter(({ severity }) => severity !== "info");
  const more = unknown.length === 0 ? "" : "; some things could not be checked";
  if (bad.length === 0) return nothingFound(diagnosis, again, examination);
  const isFixable = bad.some(({ repair }) => repair.steps.length > 0);
  // Root causes come first.
  const worst = bad.find(({ severity }) => severity === "error") ?? bad[0];
  const next =
    isFixable && again.fix !== null
      ? commandLine(again, again.fix)
      : `tsv doctor --explain ${worst?.code ?? ""}, or see "fix" above`;
  return `${countText(bad)}${more}.\nNext: ${next}\n`;
}

/** The verdict without findings; it claims no more than what was examined. */
function nothingFound(
  { unknown, skipped, checked }: Diagnosis,
  again: Again,
  { isDown }: Pick<Examination, "isDown">,
): string {
  const sudo = again.needsSudo ? `\nNext: ${commandLine(again, "")}` : "";
  if (skipped.length > 0) {
    const names = skipped.map(({ area }) => area).join(", ");
    const isAll = checked.every(({ area }) => skipped.some((one) => one.area === area));
    const what = isAll ? "Nothing could be checked" : "No problems found in the other areas";
    return `${what}: ${names} skipped, because ${skipped[0]?.why ?? ""}.${sudo || `\nNext: ${inOtherAreas(again)}`}\n`;
  }
  const more = unknown.length === 0 ? "" : "; some things could not be checked";
  const next = more === "" ? "" : sudo;
  return isDown
    ? `No problems found${more}, but no daemon runs with this configuration.${next || `\nNext: ${inOtherAreas(again, "socket")}`}\n`
    : `No problems found${more}.${next}\n`;
}

/** All areas, or the one that explains more. */
function inOtherAreas({ config }: Again, area = ""): string {
  return ["tsv doctor", config, area].filter((one) => one !== "").join(" ");
}

function commandLine({ needsSudo, words }: Again, fix: string): string {
  return [needsSudo ? "sudo" : "", "tsv doctor", words, fix].filter((one) => one !== "").join(" ");
}

/** "1 error, 2 warnings". */
export function countText(findings: readonly CodedFinding[]): string {
  const counts = (["error", "warning", "info"] as const).flatMap((severity) => {
    const n = findings.filter((finding) => finding.severity === severity).length;
    const word = severity === "info" ? "note" : severity;
    return n === 0 ? [] : [`${n} ${word}${n === 1 ? "" : "s"}`];
  });
  return counts.join(", ");
}
