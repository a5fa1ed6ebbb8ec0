// Messages about a file of variables that cannot be used.

import { err, ok, type Result } from "../base/result.ts";
import { inMegabytes, MOST_ENV_BYTES } from "../config/limits.ts";
import type { ConfigWorld } from "../config/world.ts";
import { type EnvFileError, type EnvVariable, parseEnvBytes } from "./env-file.ts";

/** A problem with a file that the configuration or the command line names. The text begins with the path. */
interface EnvFileProblem {
  /** Why the file could not be read, as `EnvironmentSources.readFile` returns it; null for a mistake in the file. */
  readonly errno: string | null;
  /** Of the mistake, 1-based; null for none. */
  readonly line: number | null;
  readonly text: string;
}

/** Reads the variables of a file. Blocks. */
export function readVariables(
  path: string,
  world: Pick<ConfigWorld, "readEnvFile">,
): Result<readonly EnvVariable[], EnvFileProblem> {
  const bytes = world.readEnvFile(path);
  if (!bytes.ok) {
    const errno = bytes.error;
    return err({ errno, line: null, text: `${path}: ${envReadReason(errno)}` });
  }
  const variables = parseEnvBytes(bytes.value);
  if (variables.ok) return ok(variables.value);
  const text = mistakeText(path, variables.error);
  return err({ errno: null, line: variables.error.line, text });
}

/** `env_file /etc/app.env:3:5: …`. */
export function envSyntaxText(path: string, mistake: EnvFileError): string {
  return `env_file ${mistakeText(path, mistake)}`;
}

/** @param errno an error that `EnvironmentSources.readFile` returns */
export function envReadText(path: string, errno: string): string {
  return `env_file ${path}: ${reasonForDaemon(errno)}`;
}

function reasonForDaemon(errno: string): string {
  if (errno === "ENOENT") return "it does not exist (? before its name would allow that)";
  if (errno === "EACCES" || errno === "EPERM") return "the daemon has no permission to read it";
  return envReadReason(errno);
}

/** PATH:LINE:COLUMN and the reason, as compilers print them. */
function mistakeText(path: string, { line, column, reason }: EnvFileError): string {
  return `${path}:${line}:${column}: ${reason}`;
}

/** The reason, as a clause about "it". @param errno as for `envReadText` */
function envReadReason(errno: string): string {
  switch (errno) {
    case "ENOENT":
      return "it does not exist";
    case "ENOTDIR":
      return "a part of its path is not a directory";
    case "EACCES":
    case "EPERM":
      return "no permission to read it";
    case "EISDIR":
      return "it is a directory";
    case "ESPIPE":
    case "EFTYPE":
    case "ENXIO":
      return "it is not a plain file";
    case "EFBIG":
      return `it is larger than ${inMegabytes(MOST_ENV_BYTES)}`;
    case "ELOOP":
      return "root does not follow a symlink of another user to it";
    case "EMLINK":
      return "its symlinks lead in a circle";
    case "EBUSY":
      return "too much waits for its file system: EBUSY";
    default:
      return `it cannot be read: ${errno}`;
  }
}
