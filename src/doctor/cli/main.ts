// The face `tsv doctor`, from the command line to the exit status.

import { textColumns } from "../../core/base/printable.ts";
import { shellWord } from "../../core/base/shell-word.ts";
import { absoluteKey } from "../../core/config/server-address.ts";
import { createAssets } from "../../host/files/assets.ts";
import { findRun } from "../../host/sockets/private-socket.ts";
import { type Answer, answerText, emptyAnswer, silent } from "../../host/terminal/json-answer.ts";
import { canAsk, runOnTerminal } from "../../host/terminal/run-on-terminal.ts";
import type { Terminal } from "../../ports/terminal.ts";
import { CATALOGUE, selectChecks } from "../checks/catalogue.ts";
import type { ListedCheck } from "../checks/check.ts";
import type { Examined } from "../checks/examine.ts";
import { isDown, isOnlyNamed } from "../facts/daemons.ts";
import { configToName, shellLine } from "../repairs/commands.ts";
import { distrustOf } from "../repairs/withheld.ts";
import { reportData } from "../report/json.ts";
import { checkList, pageText } from "../report/pages.ts";
import { type Outcome, outcomeLine, reportText } from "../report/report.ts";
import { type Again, describeExamination, headText, verdict } from "../report/summary.ts";
import { examine, type Fixed, fixFindings, ownRecords, withRepairRun } from "./fix.ts";
import { type DoctorArguments, parseDoctor } from "./options.ts";
import { lookOf } from "./terminal.ts";
import { undoLast } from "./undo.ts";

/** Exit statuses of `tsv doctor`. */
const EXIT = { OK: 0, PROBLEMS: 1, UNABLE: 2 } as const;

/**
 * What a report says of a run. Checks are about daemons and services; a run has its programs, and nothing that is installed.
 * @param config with --config; null without
 */
function runText(config: string | null): string {
  const cwd = process.cwd();
  if (findRun(config === null ? null : absoluteKey(config, cwd), cwd) === null) return "";
  const named = config === null ? "" : ` -c ${shellWord(config)}`;
  const what =
    config === null
      ? "A tsv run is running here; it was not examined."
      : "A tsv run of this configuration is running.";
  return `\n${what}\n  See its programs: tsv status${named}, tsv why NAME${named}\n`;
}

/** Runs `tsv doctor`. @returns the exit status, see options.ts */
export async function runDoctor(words: readonly string[]): Promise<number> {
  const parsed = parseDoctor(words, process.cwd());
  if (typeof parsed === "number") return parsed;
  // If codes are named, their notes are shown, too.
  const isAboutCodes = parsed.words.length > 0 && parsed.words.every((word) => word.includes("-"));
  const args = { ...parsed, verbose: parsed.verbose || (isAboutCodes && !parsed.quiet) };
  const answer = args.json ? emptyAnswer() : null;
  return await runOnTerminal(async (terminal) => {
    if (answer === null) return await doctor(args, { terminal, answer });
    const status = await doctor(args, { terminal: silent(terminal, answer), answer });
    terminal.write(answerText(answer, "doctor", status));
    return status;
  });
}

interface Call {
  readonly terminal: Terminal;
  /** What --json prints in the end; null without it. */
  readonly answer: Answer | null;
}

async function doctor(args: DoctorArguments, call: Call): Promise<number> {
  const { terminal, answer } = call;
  const { mode, words, target } = args;
  const selected = selectChecks(mode === "explain" ? [target] : words);
  if ("unknown" in selected) {
    const message = `unknown area or code ${selected.unknown}`;
    const list = "tsv doctor --list";
    if (answer === null) terminal.writeError(`Error: ${message}\n  Show all: ${list}\n`);
    else answer.errors.push({ kind: "usage", message, steps: [["Show all", list]] });
    return EXIT.UNABLE;
  }
  const { checks } = selected;
  const pages = createAssets();
  const pageOf = (code: string): string => pages.read(`doctor/${code}.md`);
  switch (mode) {
    case "list":
      terminal.write(checkList(checks, pageOf));
      return EXIT.OK;
    case "explain": {
      const columns = textColumns(terminal.size()?.columns ?? null);
      terminal.write(checks.map(({ code }) => pageText(pageOf(code), columns)).join("\n"));
      return EXIT.OK;
    }
    case "undo":
      return await undoLast(ownRecords(), args.yes, terminal);
    case "bundle":
      return await bundle(args, terminal);
    case "examine":
      return finish(await examine(checks, args.config), args, call);
    case "fix":
      return await fix(checks, args, call);
  }
}

/** Runs all checks and writes a support bundle. */
async function bundle({ target, config }: DoctorArguments, terminal: Terminal): Promise<number> {
  const { writeBundle } = await import("../host/bundle-file.ts");
  const written = writeBundle(target, await examine(CATALOGUE, config));
  if (!written.ok) {
    terminal.writeError(`Error: ${written.error}\n`);
    return EXIT.UNABLE;
  }
  const { path, bytes, names } = written.value;
  terminal.write(
    `${path}: ${names.length} files, ${Math.ceil(bytes / 1024)} KiB, readable only by you.\n` +
      "Passwords, tokens and values of variables were removed.\n" +
      "Review it before you share it.\n",
  );
  return EXIT.OK;
}

async function fix(
  checks: readonly ListedCheck[],
  args: DoctorArguments,
  call: Call,
): Promise<number> {
  const { terminal } = call;
  const first = await examine(checks, args.config);
  const distrust = distrustOf(first.facts);
  const isNeeded = first.diagnosis.findings.some(
    ({ severity, repair }) => severity !== "info" && repair.steps.length > 0,
  );
  const problem = distrust?.text ?? (isNeeded && !isOwn(first) ? "repairs require root." : null);
  if (problem !== null) terminal.writeError(`Nothing was changed: ${problem}\n`);
  if (problem !== null || !isNeeded)
    return finish({ ...first, outcomes: untouched(first) }, args, call);
  const { config, yes, quiet } = args;
  const print = (text: string): void => {
    if (!quiet) terminal.write(text);
  };
  const common = { checks, config, yes, terminal, look: lookOf(args, terminal), print };
  const fixed = await withRepairRun((run) => fixFindings({ ...common, ...run }, first));
  if (fixed.ok) return finish(fixed.value, args, call);
  terminal.writeError(`Error: ${fixed.error}\nNothing was changed.\n`);
  return EXIT.UNABLE;
}

/** Whether the caller may make repairs: root, or the owner of the daemon. */
function isOwn({ facts: { caller, service, config, probe } }: Examined): boolean {
  if (caller.uid === 0 || service.scope === "user") return true;
  const found = config.path === null ? null : probe.look(config.path);
  return found?.ok === true && found.uid === caller.uid;
}

/** The outcomes of findings if doctor makes no repairs. */
function untouched({ diagnosis }: Examined): readonly Outcome[] {
  const bad = diagnosis.findings.filter(({ severity }) => severity !== "info");
  return bad.map((finding) => ({ finding, outcome: "not fixed", reason: null }));
}

/** Prints findings and outcomes. @returns the exit status */
function finish(seen: Examined | Fixed, args: DoctorArguments, { terminal, answer }: Call): number {
  const { facts, diagnosis } = seen;
  const outcomes = "outcomes" in seen ? seen.outcomes : null;
  if (answer !== null) {
    const { results, more } = reportData(diagnosis, facts, outcomes);
    answer.results.push(...results);
    Object.assign(answer.more, more);
  } else {
    const examination = describeExamination(facts);
    const look = lookOf(args, terminal);
    const isAllFixed = outcomes?.every(({ outcome }) => outcome === "fixed");
    if (outcomes !== null && outcomes.length > 0 && !(args.quiet && isAllFixed)) {
      const lines = outcomes.map((one) => outcomeLine(one, look));
      terminal.write(`\n${lines.join("\n")}\n\n`);
    }
    if (!args.quiet) terminal.write(`${headText(examination, diagnosis, look)}\n`);
    terminal.write(reportText(diagnosis, look));
    terminal.write(verdict(diagnosis, againWith(args, terminal, seen), examination));
    if (!args.quiet) terminal.write(runText(args.config));
  }
  return statusOf(seen, args.strict);
}

/** The command line for the next call, with the options that make repairs. */
function againWith(args: DoctorArguments, terminal: Terminal, seen: Examined): Again {
  const { words, mode } = args;
  const config = args.config ?? configToName(seen.facts.config);
  const named = config === null ? [] : ["--config", config];
  const isAsked = args.yes || canAsk(terminal);
  const wasTried = mode === "fix" && isAsked && isOwn(seen);
  const flags = args.yes || (mode === "fix" && !isAsked) ? "--fix --yes" : "--fix";
  return {
    // Without sudo for the owner: root would treat the files as another user's.
    needsSudo: seen.facts.caller.uid !== 0 && !isOwn(seen),
    words: shellLine([...named, ...words]),
    config: shellLine(named),
    fix: wasTried ? null : flags,
  };
}

/** Nor is it 0 if no requested area could be checked, or while a daemon that should run does not. */
function statusOf({ facts, diagnosis }: Examined, isStrict: boolean): number {
  const { findings, checked, skipped } = diagnosis;
  const counts = findings.some(
    ({ severity }) => severity === "error" || (isStrict && severity === "warning"),
  );
  const isBlind = checked.every(({ area }) => skipped.some((one) => one.area === area));
  const isMissed = isDown(facts) && !isOnlyNamed(facts);
  return counts || isBlind || isMissed ? EXIT.PROBLEMS : EXIT.OK;
}
