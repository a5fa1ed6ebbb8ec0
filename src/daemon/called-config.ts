// The configuration of a daemon from its command line: that of supervisord, or of `tsv run`.

import { err, ok, type Result } from "../core/base/result.ts";
import { parseDaemonArguments } from "../core/command-line/arguments.ts";
import type { Config, ConfigError } from "../core/config/model.ts";
import type { DaemonArguments } from "../core/config/overrides.ts";
import { readDaemonConfig } from "../core/config/read.ts";
import type { ConfigWorld } from "../core/config/world.ts";
import { RUN_PROGRAM, readRunConfig } from "../core/run/config.ts";

/** Reads it again, for a daemon that was called by this name with these words. */
export function readCalledConfig(
  program: string,
  words: readonly string[],
  world: ConfigWorld,
): Result<Config, ConfigError> {
  if (program === RUN_PROGRAM) return readRunConfig(words, world);
  const args = argumentsOf(program, words, world);
  return args.ok ? readDaemonConfig(args.value, world) : args;
}

/** The command line may name what is there no more. */
function argumentsOf(
  program: string,
  words: readonly string[],
  world: ConfigWorld,
): Result<DaemonArguments, ConfigError> {
  const command = parseDaemonArguments([program, ...words], world);
  if (command.ok && command.value.kind === "run") return ok(command.value.args);
  const text = command.ok ? "the command line of the daemon asks for help" : command.error;
  return err({ rule: "value", text, file: null, line: null, section: null, key: null });
}
