// Why a file of env_file= does not give a program its variables, in words.

import { inMegabytes, MOST_ENV_BYTES } from "../config/limits.ts";
import type { EnvFileError } from "./env-file.ts";

/** `env_file /etc/app.env:3:5: …`, as compilers and editors have places. */
export function envSyntaxText(path: string, { line, column, reason }: EnvFileError): string {
  return `env_file ${path}:${line}:${column}: ${reason}`;
}

/** @param errno of the system, or as `EnvironmentSources.readFile` has it */
export function envReadText(path: string, errno: string): string {
  return `env_file ${path}: ${reasonOf(errno)}`;
}

function reasonOf(errno: string): string {
  switch (errno) {
    case "ENOENT":
      return "it does not exist (? before its name would allow that)";
    case "ENOTDIR":
      return "a part of its path is not a directory";
    case "EACCES":
    case "EPERM":
      return "the daemon has no permission to read it";
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
    case "EBUSY":
      return "too much waits for its file system: EBUSY";
    default:
      return `it cannot be read: ${errno}`;
  }
}
