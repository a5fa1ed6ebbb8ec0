// The face of the doctor: `tsv doctor`, from the command line to an exit status.

import { canAsk } from "../../host/terminal/confirm.ts";
import { createTerminal } from "../../host/terminal/terminal.ts";
import { onEndSignals } from "../../install/host/end-signals.ts";
import type { Terminal } from "../../ports/terminal.ts";
import { CATALOGUE, selectChecks } from "../checks/catalogue.ts";
import type { Check } from "../checks/check.ts";
import { createRepairRecords } from "../host/repair-records.ts";
import type { CodedFinding, Diagnosis } from "../model.ts";
import { shellLine } from "../repairs/shell-quoting.ts";
import { doubtOf } from "../repairs/withheld.ts";
import { describeExamination } from "../report/examination.ts";
import { reportJson } from "../report/json.ts";
import { checkList, checkPage } from "../report/pages.ts";
import { type Again, headText, outcomeLine, reportText, verdict } from "../report/report.ts";
import { type Examined, examine, type Fixed, fixFindings } from "./fix.ts";
import { lookOf } from "./look.ts";
import { type DoctorArguments, parseDoctor } from "./options.ts";
import { undoLast } from "./undo.ts";

/** Exit statuses of `tsv doctor`. */
export const EXIT = { OK: 0, PROBLEMS: 1, UNABLE: 2 } as const;

/** Runs `tsv doctor`. @returns the exit status, see options.ts */
export async function runDoctor(words: readonly string[]): Promise<number> {
  const parsed = parseDoctor(words, process.cwd());
  if (typeof parsed === "number") return parsed;
  // Whoever names codes wants to know all of them, also what is only worth knowing.
  const isAboutCodes = parsed.words.length > 0 && parsed.words.every((word) => word.includes("-"));
  const args = { ...parsed, verbose: parsed.verbose || (isAboutCodes && !parsed.quiet) };
  const terminal = createTerminal(process.env);
  try {
    return await doctor(args, terminal);
  } finally {
    await terminal.flush();
    terminal.close();
  }
}

async function doctor(args: DoctorArguments, terminal: Terminal): Promise<number> {
  const { mode, words, target } = args;
  const selected = selectChecks(mode === "explain" ? [target] : words);
  if ("unknown" in selected) {
    terminal.writeError(
      `Error: there is no area and no code ${selected.unknown}\nSee: tsv doctor --list\n`,
    );
    return EXIT.UNABLE;
  }
  const { checks } = selected;
  switch (mode) {
    case "list":
      terminal.write(checkList(checks));
      return EXIT.OK;
    case "explain":
      terminal.write(checks.map(checkPage).join("\n"));
      return EXIT.OK;
    case "undo":
      return await undoLast(recordsOf(), args.yes, terminal);
    case "bundle":
      return await bundle(args, terminal);
    case "examine":
      return finish(await examine(checks, args.config), args, terminal);
    case "fix":
      return await fix(checks, args, terminal);
  }
}

/** Everything is looked at, and written down for somebody else. */
async function bundle({ target, config }: DoctorArguments, terminal: Terminal): Promise<number> {
  const { writeBundle } = await import("../host/bundle-file.ts");
  const written = writeBundle(target, await examine(CATALOGUE, config));
  if (!written.ok) {
    terminal.writeError(`Error: ${written.error}\n`);
    return EXIT.UNABLE;
  }
  const { path, bytes, names } = written.value;
  terminal.write(
    `${path}: ${names.length} files, ${Math.ceil(bytes / 1024)} KiB, readable by you alone.\n` +
      "Passwords, tokens and values of variables are taken out; look through it before you give it away.\n",
  );
  return EXIT.OK;
}

async function fix(
  checks: readonly Check[],
  args: DoctorArguments,
  terminal: Terminal,
): Promise<number> {
  const first = await examine(checks, args.config);
  const doubt = doubtOf(first.situation, first.probe);
  if (doubt !== null) {
    terminal.writeError(`Nothing was changed: ${doubt.text}\n`);
    return finish({ ...first, ...untouched(first) }, args, terminal);
  }
  const isNeeded = first.diagnosis.findings.some(
    ({ severity, repair }) => severity !== "info" && repair.steps.length > 0,
  );
  if (!isNeeded) return finish({ ...first, ...untouched(first) }, args, terminal);
  if (!isOwn(first)) {
    terminal.writeError("Nothing was changed: this is root's to repair. Use sudo.\n");
    return finish({ ...first, ...untouched(first) }, args, terminal);
  }
  const records = recordsOf();
  const run = records.begin();
  if (!run.ok) {
    terminal.writeError(`Error: ${run.error}\nNothing was changed.\n`);
    return EXIT.UNABLE;
  }
  const controller = new AbortController();
  const forget = onEndSignals(() => controller.abort());
  try {
    const { config, yes, json, quiet } = args;
    const tell = (text: string): void => {
      if (json) terminal.writeError(text);
      else if (!quiet) terminal.write(text);
    };
    const look = lookOf(args, terminal);
    const common = { checks, config, yes, terminal, look, tell, records };
    const fixed = await fixFindings(
      { ...common, run: run.value, interruption: controller.signal },
      first,
    );
    return finish(fixed, args, terminal);
  } finally {
    forget();
    records.end();
  }
}

/** Whether the caller may repair this host: root, or somebody whose own daemon it is about. */
function isOwn({ situation, probe }: Examined): boolean {
  const { caller, service, config } = situation;
  if (caller.uid === 0 || service.scope === "user") return true;
  const found = config.path === null ? null : probe.look(config.path);
  return found?.ok === true && found.uid === caller.uid;
}

/** What becomes of findings when there is nothing that doctor could do. */
function untouched({ diagnosis }: Examined): Pick<Fixed, "outcomes" | "reasons"> {
  const bad = diagnosis.findings.filter(({ severity }) => severity !== "info");
  return { outcomes: new Map(bad.map((finding) => [finding, "needs you"])), reasons: new Map() };
}

/** Says what was found, and what became of it. @returns the exit status */
function finish(seen: Examined | Fixed, args: DoctorArguments, terminal: Terminal): number {
  const { situation, diagnosis, probe } = seen;
  const outcomes = "outcomes" in seen ? seen.outcomes : null;
  const reasons = "reasons" in seen ? seen.reasons : new Map<CodedFinding, string>();
  if (args.json) terminal.write(reportJson(diagnosis, situation, outcomes, reasons));
  else {
    const examination = describeExamination(situation, probe);
    const look = lookOf(args, terminal);
    if (outcomes !== null && outcomes.size > 0 && !(args.quiet && allFixed(outcomes))) {
      const lines = Array.from(outcomes, ([finding, outcome]) =>
        outcomeLine(finding, outcome, reasons.get(finding) ?? null, look),
      );
      terminal.write(`\n${lines.join("\n")}\n\n`);
    }
    if (!args.quiet) terminal.write(`${headText(examination, diagnosis, look)}\n`);
    terminal.write(reportText(diagnosis, look));
    terminal.write(verdict(diagnosis, againWith(args, terminal, seen), examination));
  }
  return statusOf(diagnosis, args.strict);
}

/** The same call once more, with what may mend things. */
function againWith(args: DoctorArguments, terminal: Terminal, seen: Examined): Again {
  const { config, words, mode } = args;
  const isAsked = args.yes || canAsk(terminal);
  const wasTried = mode === "fix" && isAsked && isOwn(seen);
  const flags = args.yes || (mode === "fix" && !isAsked) ? "--fix --yes" : "--fix";
  return {
    // What is somebody's own, root would look at as a stranger's.
    needsSudo: seen.situation.caller.uid !== 0 && !isOwn(seen),
    words: shellLine([...(config === null ? [] : ["--config", config]), ...words]),
    fix: wasTried ? null : flags,
  };
}

function allFixed(outcomes: Fixed["outcomes"]): boolean {
  return Array.from(outcomes.values()).every((outcome) => outcome === "fixed");
}

/** Where a configuration that has errors kept all that was asked for from being checked, nothing is known to be well. */
function statusOf({ findings, checked, skipped }: Diagnosis, isStrict: boolean): number {
  const counts = findings.some(
    ({ severity }) => severity === "error" || (isStrict && severity === "warning"),
  );
  const isBlind = checked.every(({ area }) => skipped.some((one) => one.area === area));
  return counts || isBlind ? EXIT.PROBLEMS : EXIT.OK;
}

/** Below the state directory; a user's own where doctor does not run as root. */
function recordsOf(): ReturnType<typeof createRepairRecords> {
  const home = process.env["HOME"] ?? "/";
  const isRoot = process.geteuid?.() === 0;
  return createRepairRecords(isRoot ? "/var/lib/tsv/doctor" : `${home}/.local/state/tsv/doctor`);
}
