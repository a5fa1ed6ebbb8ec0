// The one table of what hosts came to: lines with the name of the host in front.

import { USUAL_COLUMNS, wrapWords } from "../core/base/printable.ts";
import { GAP, hostLine, isDone, totalText } from "../core/fleet/outcome.ts";
import { createOwnReporter, type Item } from "../ctl/report.ts";
import type { Terminal } from "../ports/terminal.ts";
import type { HostReport } from "./on-host.ts";

/** Columns of the names of hosts. */
export function widthOf(names: readonly string[]): number {
  return Math.max(0, ...names.map((name) => name.length));
}

/** @param nothing the line of a host that did it and has none */
export function printTable(
  terminal: Terminal,
  reports: readonly HostReport[],
  nothing: string,
  isStatus = false,
): void {
  const width = widthOf(reports.map(({ name }) => name));
  const room = Math.max(MIN_ROOM, (terminal.size()?.columns ?? USUAL_COLUMNS) - width - GAP);
  const report = createOwnReporter(terminal, terminal.colours);
  const lines = reports.flatMap((one) => {
    const items = [...one.items, ...one.errors.map((error) => errorItem(error, room))];
    const shown = items.length === 0 ? [{ line: nothing, data: {} }] : items;
    return shown.map((item) => inRow(one.name, width, item));
  });
  report.items(lines);
  const isPlain = reports.length === 1 && reports.every((one) => isDone(one, isStatus));
  if (terminal.stdoutIsTty && !isPlain) report.notice(totalText(reports, isStatus));
}

/** For lines beside a long name. */
const MIN_ROOM = 30;

function errorItem({ message, steps }: HostReport["errors"][number], columns: number): Item {
  const lines = [
    ...wrapWords(`error: ${message}`, columns, "  "),
    ...steps.flatMap(([text]) => wrapWords(text, columns - 2).map((line) => `  ${line}`)),
  ];
  return { line: lines.join("\n"), data: {}, mark: { from: 0, to: "error:".length, tone: "bad" } };
}

function inRow(name: string, width: number, { line, data, mark }: Item): Item {
  const shift = width + GAP;
  const moved = mark && { ...mark, from: mark.from + shift, to: mark.to + shift };
  return { line: hostLine(name, width, line), data, ...(moved && { mark: moved }) };
}
