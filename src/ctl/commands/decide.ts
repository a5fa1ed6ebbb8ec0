// scale, enable, disable and stop --disable: decisions of an operator, which the daemon keeps above its files.

import { displayName } from "../../core/base/ids.ts";
import type { Step } from "../../core/base/permission-words.ts";
import { type DecidedRow, readDecided } from "../answers.ts";
import { faultOf } from "../client.ts";
import { type CommandContext, EXIT, expectValue, runCommand } from "../context.ts";
import { showProgress } from "../progress.ts";
import { reportRefusedConfig } from "./config.ts";
import { stop } from "./control.ts";

/** `NAME=N` for each program; with `reset`, names. */
export async function runScale(
  context: CommandContext,
  words: readonly string[],
  reset: boolean,
): Promise<void> {
  const usage = reset ? "scale --reset NAME..." : "scale NAME=NUMBER...";
  const wanted = words.map((word) =>
    reset ? [word, word, ""] : /^([^=]+)=0*([1-9]\d*)$/.exec(word),
  );
  const bad = words.find((_, index) => wanted[index] === null);
  if (words.length === 0 || bad !== undefined) {
    const message = bad === undefined ? "scale requires a name" : `scale does not take '${bad}'`;
    const steps: readonly Step[] = [
      ["Usage", `tsv ${usage}`],
      ["For help", "tsv scale -h"],
    ];
    return await context.complain(
      async () => ({ kind: "usage", message, steps }),
      EXIT.INVALID_ARGS,
    );
  }
  for (const [, name = "", value = ""] of wanted.map((each) => each ?? [])) {
    const answer = await decide(context, name, "numprocs", value);
    if (answer === null) continue;
    for (const program of answer.programs) reportScaled(context, program);
    reportFailed(context, answer);
  }
}

function reportScaled(context: CommandContext, row: DecidedRow): void {
  const { before, after, filed } = row;
  const count = `${after} ${after === "1" ? "process" : "processes"}`;
  const ofFile = after === filed ? "as in the file" : `${filed} in the file`;
  const line =
    before === after
      ? `has ${count} already, ${ofFile}`
      : `${count} instead of ${before}, ${ofFile}`;
  report(context, row, line);
}

/** Names are programs or groups. */
export async function runEnable(
  context: CommandContext,
  names: readonly string[],
  enabled: boolean,
): Promise<void> {
  await decideAll(context, names, enabled);
}

/** Disables programs and then stops them. */
export async function runStopDisable(
  context: CommandContext,
  names: readonly string[],
): Promise<void> {
  const running = await decideAll(context, names, false);
  if (running.length > 0) await runCommand(stop, context, running.join(" "));
}

/** @returns the processes of these programs that run, or will start */
async function decideAll(
  context: CommandContext,
  names: readonly string[],
  enabled: boolean,
): Promise<readonly string[]> {
  const verb = enabled ? "enable" : "disable";
  if (names.length === 0) {
    const message = `${verb} requires the name of a program or a group`;
    const steps: readonly Step[] = [
      ["Usage", `tsv ${verb} NAME...`],
      ["For help", `tsv ${verb} -h`],
    ];
    await context.complain(async () => ({ kind: "usage", message, steps }), EXIT.INVALID_ARGS);
    return [];
  }
  const running: string[] = [];
  for (const name of names) {
    const answer = await decide(context, name, "enabled", String(enabled));
    if (answer === null) continue;
    for (const program of answer.programs) {
      const isChanged = program.before !== program.after;
      report(context, program, isChanged ? `${verb}d` : `is ${verb}d already: nothing to do`);
      running.push(...program.running);
    }
    reportFailed(context, answer);
  }
  return running;
}

function report(context: CommandContext, { section, ...data }: DecidedRow, text: string): void {
  const name = section.replace(/^[^:]*:/, "");
  context.report.item({ line: `${name}: ${text}`, data: { name, section, ...data } });
}

function reportFailed(context: CommandContext, { applied }: ReturnType<typeof readDecided>): void {
  for (const { group, name, outcome, error } of applied) {
    if (outcome !== "failed") continue;
    context.fail(`${displayName(group, name)}: failed: ${error}`, EXIT.NOT_RUNNING);
  }
}

/** @returns null after a failure, which is reported */
async function decide(
  context: CommandContext,
  name: string,
  key: "numprocs" | "enabled",
  value: string,
): Promise<ReturnType<typeof readDecided> | null> {
  const progress = showProgress(context);
  const result = await context.client.call("tsv.decide", [name, key, value]);
  progress.end();
  if (result.ok || result.error.kind !== "fault") return readDecided(expectValue(result));
  const { text } = result.error;
  const fault = faultOf(result);
  const detail = text.replace(/^[A-Z_]+: /, "");
  if (fault === "CANT_REREAD") await reportRefusedConfig(context, text);
  else if (fault === "BAD_NAME") {
    context.failUnknown(name, `ERROR: no such program or group: ${name}`);
  } else if (fault === "SHUTDOWN_STATE") context.fail("ERROR: supervisor shutting down");
  else if (fault === "INCORRECT_PARAMETERS" || fault === "FAILED") {
    const [, message = detail, command] = /^(.*): use (tsv .*)$/.exec(detail) ?? [];
    const steps: readonly Step[] = command === undefined ? [] : [["Use", command]];
    await context.complain(async () => ({ kind: "failed", message: `${name}: ${message}`, steps }));
  } else return readDecided(expectValue(result));
  return null;
}
