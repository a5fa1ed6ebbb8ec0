// `tsv status --long`: a block for each program with all that is known of it.

import { displayName } from "../../core/base/ids.ts";
import { printable, termLines, textColumns } from "../../core/base/printable.ts";
import { redactPatterns } from "../../core/redact/patterns.ts";
import { formatBytes, formatPercent } from "../../core/usage/program-usage.ts";
import { agoText, exitText } from "../../core/why/restarts.ts";
import { isStruct, textOf, type XmlRpcValue } from "../../core/xmlrpc/value.ts";
import type { ProcessRow } from "../answers.ts";
import type { CommandContext } from "../context.ts";
import type { Item } from "../report.ts";
import { askOwnStatus, type Known, type Runs, restartsIn, statusItems } from "./own-status.ts";
import type { StatusQuestion } from "./status.ts";

const CONFIG: StatusQuestion = ["supervisor.getAllConfigInfo", null];

/** Shows the programs of these names, or all. @param isFailed only those that need attention */
export async function runLongStatus(
  context: CommandContext,
  names: readonly string[],
  isFailed: boolean,
): Promise<void> {
  const asked = await askOwnStatus(context, names, isFailed, CONFIG);
  if (asked === null) return;
  const commands = readCommands(asked.extras[0] ?? []);
  const columns = textColumns(context.terminal.size()?.columns ?? null);
  context.report.items([
    ...asked.errors,
    ...longItems(asked.shown, asked.known, commands, columns),
  ]);
}

/** Commands by `group:name`, without secrets. */
function readCommands(value: XmlRpcValue): ReadonlyMap<string, string> {
  const rows = Array.isArray(value) ? (value as readonly XmlRpcValue[]) : [];
  return new Map(
    rows.filter(isStruct).map((row) => {
      const key = `${textOf(row["group"])}:${textOf(row["name"])}`;
      return [key, redactPatterns(textOf(row["command"]))];
    }),
  );
}

/** A block and its data for each program. Pure. */
export function longItems(
  rows: readonly ProcessRow[],
  known: Known,
  commands: ReadonlyMap<string, string>,
  columns: number,
): readonly Item[] {
  return statusItems(rows, known, null).map(({ data, mark }, index) => {
    const row = rows[index] as ProcessRow;
    const key = `${row.group}:${row.name}`;
    const runs = known.runs.get(key) ?? null;
    const command = commands.get(key) ?? null;
    const terms: readonly (readonly [term: string, meaning: string])[] = [
      ["command", command ?? ""],
      ["state", row.description],
      ["usage", usageText(known.usages.get(key))],
      ...(runs === null ? [] : termsOfRuns(row, runs)),
      ["stdout", row.stdoutLog],
      ["stderr", row.stderrLog],
    ];
    const shown = terms
      .filter(([, meaning]) => meaning !== "")
      .map(([term, meaning]) => [term.padEnd(TERM_WIDTH), printable(meaning)] as const);
    const name = displayName(row.group, row.name);
    const from = name.length + 1;
    return {
      line: [`${name} ${row.stateName}`, ...termLines(shown, columns)].join("\n"),
      data: { ...data, command, stdoutLog: row.stdoutLog, stderrLog: row.stderrLog },
      ...(mark === undefined ? {} : { mark: { ...mark, from, to: from + row.stateName.length } }),
    };
  });
}

/** Of "last exit". */
const TERM_WIDTH = 9;

function usageText(usage: { cpuPercent: number; memoryBytes: number } | undefined): string {
  if (usage === undefined || usage.memoryBytes < 0) return "";
  const cpu = usage.cpuPercent < 0 ? "" : `${formatPercent(usage.cpuPercent)} CPU, `;
  return `${cpu}${formatBytes(usage.memoryBytes)}`;
}

function termsOfRuns(row: ProcessRow, runs: Runs): readonly (readonly [string, string])[] {
  const { last, health, schedule, scaled, logError, awaits } = runs;
  const reason = last === null || last.reason === "" ? "" : `: ${last.reason}`;
  const scale = scaled === null ? "" : `scaled from ${scaled.filed} to ${scaled.to}`;
  const disabled = runs.isDisabled ? "disabled" : "";
  return [
    ["restarts", schedule === null ? String(restartsIn(row, runs)) : ""],
    [
      "last exit",
      last === null ? "" : `${exitText(last)}, ${agoText(row.now - last.end)}${reason}`,
    ],
    ["limits", last?.reached.join("; ") ?? ""],
    ["health", health === null ? "" : healthText(health)],
    ["schedule", schedule?.text ?? ""],
    ["waits for", awaits ?? ""],
    ["decided", [disabled, scale].filter((text) => text !== "").join(", ")],
    [
      "lost",
      logError === null
        ? ""
        : `${logError.lost} bytes of output: ${logError.errno} on ${logError.path}`,
    ],
  ];
}

function healthText({ state, said, failures }: NonNullable<Runs["health"]>): string {
  const count =
    failures === 0 ? "" : `, ${failures} ${failures === 1 ? "failure" : "failures"} in a row`;
  return `${state}${count}${said === "" ? "" : `: ${said}`}`;
}
