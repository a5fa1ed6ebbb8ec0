// `tsv why NAME`: why one program is as it is, and what to do about it.

import { absolutePath } from "../../core/config/paths.ts";
import { createTerminal } from "../../host/terminal/terminal.ts";
import type { Terminal } from "../../ports/terminal.ts";
import { LOG_CHECKS } from "../checks/logs/logs.ts";
import { PROGRAM_CHECKS } from "../checks/programs/programs.ts";
import { isConfigHidden } from "../facts/hidden-config.ts";
import { createProbe } from "../host/probe.ts";
import { tsvCommand } from "../repairs/tsv-command.ts";
import { explain, knownProcesses } from "../why/explain.ts";
import { findNamed } from "../why/names.ts";
import { whyJson, whyText } from "../why/text.ts";
import { gather } from "./compose.ts";
import { lookOf } from "./look.ts";
import { shownMoment } from "./moment.ts";
import { parseWhy, WHY_HELP, type WhyArguments } from "./why-options.ts";

/** Exit statuses of `tsv why`. */
export const EXIT = { EXPLAINED: 0, NOBODY_TO_ASK: 1, USAGE: 2 } as const;

/** Runs `tsv why`. @returns the exit status */
export async function runWhy(words: readonly string[]): Promise<number> {
  const terminal = createTerminal(process.env);
  try {
    const parsed = parseWhy(words);
    if (parsed === "help") {
      terminal.write(WHY_HELP);
      return EXIT.EXPLAINED;
    }
    if ("problem" in parsed)
      return refuse(parsed.problem, "tsv why -h shows how it is used", terminal);
    return await why(parsed, terminal);
  } finally {
    await terminal.flush();
    terminal.close();
  }
}

async function why({ name, config, json }: WhyArguments, terminal: Terminal): Promise<number> {
  const probe = createProbe();
  const path = config === null ? null : absolutePath(config, process.cwd());
  const situation = await gather(path, probe, name);
  const known = knownProcesses(situation);
  if (known.length === 0 && situation.programs === null) {
    if (!isConfigHidden(situation, probe)) return cannotAsk(situation, terminal);
    const again = tsvCommand(["why", name], situation);
    terminal.writeError(
      `Error: ${situation.config.path} cannot be read (needs root)\n(sudo ${again})\n`,
    );
    return EXIT.NOBODY_TO_ASK;
  }
  const found = findNamed(name, known);
  if ("problem" in found) return refuse(found.problem, "tsv status lists the programs", terminal);
  const told = explain(found, situation, [...PROGRAM_CHECKS, ...LOG_CHECKS], probe);
  const look = lookOf({ verbose: false, quiet: false }, terminal);
  terminal.write(json ? whyJson(told) : whyText(told, look, shownMoment));
  return situation.programs === null ? EXIT.NOBODY_TO_ASK : EXIT.EXPLAINED;
}

function refuse(problem: string, help: string, terminal: Terminal): number {
  terminal.writeError(`Error: ${problem}\n(${help})\n`);
  return EXIT.USAGE;
}

/** Neither a daemon nor a configuration says which programs there are. */
function cannotAsk(
  { config, servers }: Awaited<ReturnType<typeof gather>>,
  terminal: Terminal,
): number {
  const [server] = servers;
  const asked =
    server === undefined ? "" : `, and ${server.url} does not answer (${server.detail})`;
  const reason =
    config.path === null
      ? "there is no configuration"
      : config.daemon?.ok === false
        ? `${config.path} cannot be read: ${config.daemon.error.text}`
        : `${config.path} has no programs`;
  terminal.writeError(`Error: ${reason}${asked}\n(tsv doctor says what is wrong)\n`);
  return EXIT.NOBODY_TO_ASK;
}
