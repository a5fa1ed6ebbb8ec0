// The command of env_command=. It runs like its program, with the variables that the program has so far.

import type { ProcessKey } from "../base/ids.ts";
import { printable } from "../base/printable.ts";
import { err, ok, type Result } from "../base/result.ts";
import { inMegabytes, MOST_ENV_BYTES } from "../config/limits.ts";
import { durationText } from "../config/quantities.ts";
import { stripAnsi, strippedCapacity } from "../logs/ansi.ts";
import type { CommandSpec, LaunchUser } from "../process/launch.ts";
import {
  type CommandExit,
  commandStartError,
  exitText,
  isHostFailure,
  type SpawnStage,
} from "../process/spawn-errors.ts";
import { redactPatterns } from "../redact/patterns.ts";
import { REDACTED } from "../redact/secret-names.ts";
import { type EnvVariable, parseEnvBytes } from "./env-file.ts";

/** A command to run before a start. */
export interface EnvCommand extends CommandSpec {
  /** The process to start. */
  readonly key: ProcessKey;
  /** The user to run as; null for the daemon's user. */
  readonly user: LaunchUser | null;
  readonly timeoutMs: number;
}

/** How a command ended. */
export type EnvCommandOutcome =
  | (CommandExit & {
      readonly kind: "exited";
      readonly stdout: Uint8Array;
      /** The last part of standard error. */
      readonly stderr: Uint8Array;
    })
  /** Killed at its time limit, or because it printed more than MOST_ENV_BYTES; with its output until then. */
  | {
      readonly kind: "late" | "too-much";
      readonly stdout: Uint8Array;
      readonly stderr: Uint8Array;
    }
  | {
      readonly kind: "not-started";
      readonly stage: SpawnStage;
      readonly errno: string;
      readonly index?: number;
    }
  /** The previous command was killed but has not exited: it waits in the kernel for an operation that does not end. */
  | { readonly kind: "stuck" };

/** Why a program was not started. */
export interface StartFailure {
  readonly text: string;
  /** The cause is the host, not the program or its configuration. */
  readonly byHost: boolean;
}

/** Parses the output of a command. @param given the secrets in its environment, which no message may contain */
export function readEnvCommand(
  command: EnvCommand,
  outcome: EnvCommandOutcome,
  given: readonly string[],
): Result<readonly EnvVariable[], StartFailure> {
  const failed = (text: string, byHost = false): Result<never, StartFailure> =>
    err({ text: `env_command: ${text}`, byHost });
  const errors = (stderr: Uint8Array): string => lastLines(stderr, given, outcome);
  switch (outcome.kind) {
    case "stuck":
      return failed("no exit of the last command, which was killed", true);
    case "not-started":
      return failed(
        commandStartError(command, command.user?.uid ?? null, outcome),
        isHostFailure(outcome.errno),
      );
    case "late": {
      const limit = durationText(command.timeoutMs / 1000);
      // Most such commands ask a server: the host or the network failed, not the program.
      return failed(`no exit within ${limit}: it was killed${errors(outcome.stderr)}`, true);
    }
    case "too-much": {
      const most = inMegabytes(MOST_ENV_BYTES);
      return failed(`it printed more than ${most}, and was killed${errors(outcome.stderr)}`);
    }
    case "exited": {
      const { exitCode, signal, stdout, stderr } = outcome;
      if (exitCode !== 0 || signal !== null) return failed(`${exitText(outcome)}${errors(stderr)}`);
      const parsed = parseEnvBytes(stdout);
      if (parsed.ok) return ok(parsed.value);
      const { line, column, reason } = parsed.error;
      return failed(`line ${line}, column ${column} of its output: ${reason}`);
    }
  }
}

/** Lines of standard error in a message, and characters of each line. */
const MOST_LINES = 3;
const MOST_CHARACTERS = 200;

/** Characters. A shorter secret would match parts of ordinary words. */
const SHORTEST_SECRET = 4;

/** Secrets in standard error, as `sh -x` prints them; longest first. Each line of a secret is matched by itself. */
function secretsIn(
  text: string,
  given: readonly string[],
  outcome: EnvCommandOutcome,
): readonly string[] {
  const printed = "stdout" in outcome ? printedSecrets(outcome.stdout) : [];
  const parts = [...given, ...printed].flatMap((value) => value.split("\n"));
  return [...new Set(parts.map((part) => part.trim()))]
    .filter((part) => part.length >= SHORTEST_SECRET && text.includes(part))
    .sort((left, right) => right.length - left.length);
}

/**
 * All printed values are secrets. If the output cannot be parsed, because it was cut off or has another format such as JSON,
 * these are whole lines, the text after a name, and the text in quotes. A quotation that was cut off has no closing quote.
 */
function printedSecrets(stdout: Uint8Array): readonly string[] {
  const parsed = parseEnvBytes(stdout);
  if (parsed.ok) return parsed.value.map(({ value }) => value);
  const text = new TextDecoder().decode(stdout);
  const quoted = Array.from(text.matchAll(/"([^"\n]*)"|'([^'\n]*)'/g), ([, a, b]) => a ?? b ?? "");
  const lines = text.split("\n").flatMap((line) => {
    const afterName = /[=:](.*)$/.exec(line)?.[1] ?? "";
    return [line, afterName, withoutQuotes(line), withoutQuotes(afterName)];
  });
  return [...quoted, ...lines];
}

function withoutQuotes(text: string): string {
  return text
    .trim()
    .replace(/^["']/, "")
    .replace(/["'],?$/, "");
}

/** The last lines of standard error, without secrets. */
function lastLines(
  stderr: Uint8Array,
  given: readonly string[],
  outcome: EnvCommandOutcome,
): string {
  const plain = new Uint8Array(strippedCapacity(stderr.length));
  const { written } = stripAnsi("ground", stderr, plain);
  const lines = new TextDecoder()
    .decode(plain.subarray(0, written))
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .slice(-MOST_LINES);
  if (lines.length === 0) return "";
  const secrets = secretsIn(lines.join("\n"), given, outcome);
  const hidden = (line: string): string =>
    secrets.reduce((text, secret) => text.replaceAll(secret, REDACTED), line);
  const shown = lines.map((line) => {
    const safe = printable(redactPatterns(hidden(line)));
    return safe.length > MOST_CHARACTERS ? `${safe.slice(0, MOST_CHARACTERS)}...` : safe;
  });
  return `: ${shown.join(" / ")}`;
}
