// Formats plans, differences and remarks for users.

import { textColumns, wrapWords } from "../../core/base/printable.ts";
import { shellWord } from "../../core/base/shell-word.ts";
import { ownUser } from "../../host/system/identity.ts";
import type { Answer } from "../../host/terminal/json-answer.ts";
import type { Terminal } from "../../ports/terminal.ts";
import { isLingering } from "../host/installed-service.ts";
import { serviceThere } from "../plan/package.ts";
import { type PlanInput, whichOne } from "../plan/plan-input.ts";
import { describeSubject, isShown, type Plan, type PlannedStep } from "../plan/steps.ts";
import { textDiff, wrapDiffLine } from "../plan/text-diff.ts";
import { INIT_SYSTEMS } from "../services/registry.ts";

export interface Invocation {
  readonly terminal: Terminal;
  /** Absolute path of the running executable. */
  readonly running: string;
  /** The words of the command line, verb first. */
  readonly words: readonly string[];
  /** What --json prints in the end; null without it. */
  readonly answer: Answer | null;
}

/** A table of the present and the future state; a list if the table is too wide. */
export function planTable({ steps }: Plan, columns: number): string {
  const rows = rowsOf(steps.filter(isShown));
  const head = ["", "now", "will be"] as const;
  const widths = [0, 1].map((column) =>
    Math.max(...[head, ...rows].map((row) => row[column]?.length ?? 0)),
  );
  const lines = [head, ...rows].map((row) => {
    const cells = row.map((cell, column) => cell.padEnd(widths[column] ?? 0));
    return `  ${cells.join("  ")}`.trimEnd();
  });
  return lines.every((line) => line.length <= columns)
    ? lines.join("\n")
    : rows.flatMap((row) => listed(row, columns)).join("\n");
}

type Row = readonly [subject: string, now: string, will: string];

/** Manual pages and completions are many, and of no interest one by one. */
const DOCUMENT = /^(.*\/share)\/(?:man|bash-completion|zsh|fish)(?:\/|$)/;

function rowsOf(steps: readonly PlannedStep[]): readonly Row[] {
  const isDocument = ({ step, edited }: PlannedStep): boolean =>
    edited === null && "path" in step && DOCUMENT.test(step.path);
  const first = steps.find(isDocument);
  return steps.flatMap((planned): readonly Row[] => {
    const { step, now, will } = planned;
    if (!isDocument(planned)) return [[describeSubject(step), now, will]];
    if (planned !== first || !("path" in step)) return [];
    const share = DOCUMENT.exec(step.path)?.[1] ?? step.path;
    const isRemoved = step.kind.startsWith("remove");
    return [[share, "", `manual pages and completions${isRemoved ? ", removed" : ""}`]];
  });
}

/** The subject, and below it how it changes. A long command continues as in a shell. */
function listed([subject, now, will]: Row, columns: number): readonly string[] {
  const change = now === "" ? will : `${now} -> ${will}`;
  const short = subject.length + 2 <= columns;
  const words = short ? [subject] : wrapWords(subject, columns - 4, "    ");
  const lines = words.map((line, index) => `  ${line}${index + 1 < words.length ? " \\" : ""}`);
  return [...lines, ...wrapWords(change, columns - 6).map((line) => `      ${line}`)];
}

/** Columns of text, on a terminal or not. */
export function columnsOf(terminal: Terminal): number {
  return textColumns(terminal.size()?.columns ?? null);
}

/** Wraps sentences; indented tables and commands are not wrapped. */
export function wrapping(terminal: Terminal): Terminal {
  const width = columnsOf(terminal);
  const wrap = (text: string): string =>
    text
      .split("\n")
      .flatMap((line) => (line.startsWith("  ") ? [line] : wrapWords(line, width, "  ")))
      .join("\n");
  return {
    ...terminal,
    write: (data) => terminal.write(typeof data === "string" ? wrap(data) : data),
    writeError: (text) => terminal.writeError(wrap(text)),
  };
}

/** The changes of a step to a file of others, line by line. */
export function editTable({ edited, step }: PlannedStep, columns: number): string {
  if (edited === null) return "";
  const { path, text } = edited;
  const head = `${path} differs from what tsv would write: it was written or edited by someone else.`;
  if (text === null || step.kind !== "file") return `${head} It would be replaced.`;
  const lines = textDiff(text, step.text)
    .flatMap((line) => wrapDiffLine(line, columns - 4))
    .map((line) => `    ${line}`);
  return `${head} What would change:\n${lines.join("\n")}`;
}

/** A step for JSON, with the texts of files, so that they can be checked before. */
export function stepData({ step, now, will, edited, mayFail }: PlannedStep): object {
  return { ...step, now, will, mayFail, replacesEdited: edited !== null };
}

/** `  note: ...` for each remark. */
export function remarkLines(remarks: readonly string[]): string {
  return remarks.map((remark) => `note: ${remark}\n`).join("");
}

/** The last lines of a successful run. */
export function nextSteps(input: PlanInput): string {
  const { request, config, service, facts } = input;
  const isThere = service !== null || serviceThere(input) !== null;
  if (request.root !== "/") {
    const boots = isThere ? "tsv starts when it boots" : "to start tsv at boot, use --boot";
    return `\n${request.root} is set up. ${boots}.\n`;
  }
  // The verbs find the configuration that an installation with the usual name has recorded.
  const named = request.name === "tsv" ? "" : ` -c ${shellWord(config.path)}`;
  const place =
    config.path === facts.layout.config
      ? `write ${facts.layout.includeDirectory}/NAME.conf`
      : `write it into ${config.path} or an included file`;
  if (service === null && isThere) {
    return `\ntsv is set up; its service is unchanged: tsv install --status${optionsOf(input)}\n`;
  }
  if (service === null) {
    const sudo = request.scope === "user" ? "" : "sudo ";
    const again = `${sudo}${input.executable.path} install --boot${optionsOf(input)}`;
    return `
tsv is set up, and not started.
  start it at boot:   ${again}
  or by hand:         ${input.executable.path} daemon -n -c ${config.path}
`;
  }
  const answers = config.server === null ? "tsv runs." : `tsv answers on ${config.server}.`;
  const member =
    request.scope === "user" || config.path !== facts.layout.config
      ? ""
      : `  use it without sudo:  sudo usermod -aG ${request.group} ${process.env["SUDO_USER"] ?? "NAME"}\n`;
  const login =
    INIT_SYSTEMS[service.init].needsLingering &&
    request.scope === "user" &&
    !isLingering(ownUser().name)
      ? `  start at boot instead of login: sudo loginctl enable-linger ${ownUser().name}\n`
      : "";
  return `
${answers}
  see what runs:        tsv status${named}
  add a program:        ${place}, then: tsv update${named}
${member}${login}`;
}

/** The options with which `tsv install` finds this installation again. */
function optionsOf({ request }: PlanInput): string {
  const { group } = request;
  const words = [...whichOne(request), ...(group === "tsv" ? [] : ["--group", group])];
  return words.map((word) => ` ${word}`).join("");
}
