// Predicts the result of execve(2) for an existing file: a missing interpreter or loader, or a wrong processor. Only
// examines files.

import { joinPath } from "../../core/config/paths.ts";
import { type Account, firstPathProblem, type PathProblem } from "../facts/access.ts";
import type { Probe } from "../facts/probe.ts";
import { ELF_HEAD_BYTES, type ElfHead, isElf, kernelRuns, readElf } from "./elf.ts";
import { readShebang, SHEBANG_BYTES, type Shebang, soughtByEnv } from "./shebang.ts";

/** How a program would be started. */
export interface Launch {
  /** Absolute. */
  readonly file: string;
  /** The account that it runs as. */
  readonly account: Account;
  /** Its PATH. */
  readonly path: string;
  /** Its working directory, to which relative interpreters refer. */
  readonly directory: string;
  /** As `uname -m` says. */
  readonly machine: string;
}

export type ExecError =
  /** The account has no permission to execute the file. */
  | { readonly kind: "denied"; readonly pathProblem: PathProblem }
  /** The interpreter in `#!` does not exist or is not executable. */
  | {
      readonly kind: "interpreter";
      readonly script: string;
      readonly shebang: Shebang;
      readonly pathProblem: PathProblem | null;
    }
  /** `#!/usr/bin/env NAME`, but NAME is not in PATH. */
  | {
      readonly kind: "env";
      readonly script: string;
      readonly shebang: Shebang;
      readonly name: string;
    }
  /** Neither an executable nor a script: the kernel does not recognize its format (ENOEXEC). */
  | { readonly kind: "format"; readonly what: "empty" | "mark" | "text" | "data" | "bare" }
  | { readonly kind: "machine"; readonly file: string; readonly elf: ElfHead }
  /** Its dynamic loader is not installed. */
  | {
      readonly kind: "loader";
      readonly file: string;
      readonly loader: string;
      readonly elf: ElfHead;
    };

/** The depth to which interpreters may be scripts (BINPRM_MAX_RECURSION). */
const DEEPEST = 4;

/** The first error; null if there is none, "unknown" if it is unknown to this user. */
export function execError(launch: Launch, probe: Probe): ExecError | "unknown" | null {
  const pathProblem = executePathProblem(launch.file, launch.account, probe);
  if (pathProblem !== null) return { kind: "denied", pathProblem };
  return ofFile(launch.file, launch, probe, 0);
}

/** Checks the path as written, and with symlinks resolved. */
export function executePathProblem(
  path: string,
  account: Account,
  probe: Probe,
): PathProblem | null {
  const pathProblem = firstPathProblem(path, "execute", account, probe);
  const real = pathProblem === null ? probe.realPath(path) : null;
  if (real === null || real === path) return pathProblem;
  return firstPathProblem(real, "execute", account, probe);
}

function ofFile(
  file: string,
  launch: Launch,
  probe: Probe,
  depth: number,
): ExecError | "unknown" | null {
  const head = probe.readHead(file, ELF_HEAD_BYTES);
  if (head === null) return "unknown";
  const shebang = readShebang(head);
  if (shebang !== null && depth < DEEPEST) return ofScript(file, shebang, launch, probe, depth);
  if (shebang !== null || isRegistered(file, head, probe)) return null;
  if (isElf(head)) return ofElf(file, head, launch, probe);
  return { kind: "format", what: whatIs(head) };
}

function ofScript(
  script: string,
  shebang: Shebang,
  launch: Launch,
  probe: Probe,
  depth: number,
): ExecError | "unknown" | null {
  const { interpreter, hasCarriageReturn, argument, isCutOff } = shebang;
  if (interpreter === "") return { kind: "format", what: "bare" };
  // If there is an argument, the carriage return is part of it: "Illegal option -\r".
  const isSpoilt = hasCarriageReturn && argument !== null && soughtByEnv(shebang) === null;
  if (isCutOff || isSpoilt) return { kind: "interpreter", script, shebang, pathProblem: null };
  const path = interpreter.startsWith("/") ? interpreter : joinPath(launch.directory, interpreter);
  const real = hasCarriageReturn && argument === null ? `${path}\r` : path;
  const pathProblem = executePathProblem(real, launch.account, probe);
  if (pathProblem !== null) return { kind: "interpreter", script, shebang, pathProblem };
  const name = soughtByEnv(shebang);
  if (name !== null) {
    const isThere = !hasCarriageReturn && isInPath(name, launch, probe);
    return isThere ? null : { kind: "env", script, shebang, name };
  }
  return ofFile(real, launch, probe, depth + 1);
}

/** env(1) searches as execvp(3) does. */
export function isInPath(name: string, launch: Launch, probe: Probe): boolean {
  const places = name.includes("/")
    ? [joinPath(launch.directory, name)]
    : launch.path
        .split(":")
        .map((at) => joinPath(launch.directory, `${at === "" ? "." : at}/${name}`));
  return places.some((path) => executePathProblem(path, launch.account, probe) === null);
}

function ofElf(file: string, head: Uint8Array, launch: Launch, probe: Probe): ExecError | null {
  const elf = readElf(head);
  if (elf === null) return null;
  if (kernelRuns(elf, launch.machine) === false) return { kind: "machine", file, elf };
  const { loader } = elf;
  if (loader === null || !loader.startsWith("/")) return null;
  const found = probe.look(loader);
  const isMissing = !found.ok && (found.error === "ENOENT" || found.error === "ENOTDIR");
  return isMissing ? { kind: "loader", file, loader, elf } : null;
}

function whatIs(head: Uint8Array): "empty" | "mark" | "text" | "data" {
  if (head.length === 0) return "empty";
  const isMark = head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf;
  if (isMark && head[3] === 0x23 && head[4] === 0x21) return "mark";
  return head.subarray(0, SHEBANG_BYTES).includes(0) ? "data" : "text";
}

/**
 * Formats that the administrator registered with the kernel (binfmt_misc): files of other processors under qemu, Java
 * archives, Windows programs.
 */
const FORMATS = "/proc/sys/fs/binfmt_misc";

/** Whether a registered format matches this file. @param head at least its first 128 bytes */
function isRegistered(path: string, head: Uint8Array, probe: Probe): boolean {
  if (probe.readText(`${FORMATS}/status`)?.startsWith("enabled") !== true) return false;
  const names = probe.list(FORMATS) ?? [];
  return names.some((name) => {
    if (name === "status" || name === "register") return false;
    const entry = probe.readText(`${FORMATS}/${name}`);
    return entry !== null && matches(entry, path, head);
  });
}

function matches(entry: string, path: string, head: Uint8Array): boolean {
  if (!entry.startsWith("enabled")) return false;
  const extension = /^extension \.(.+)$/m.exec(entry)?.[1];
  if (extension !== undefined) return path.endsWith(`.${extension}`);
  const offset = Number(/^offset (\d+)$/m.exec(entry)?.[1] ?? "0");
  const magic = fromHex(/^magic ([0-9a-f]+)$/m.exec(entry)?.[1] ?? "");
  const mask = fromHex(/^mask ([0-9a-f]+)$/m.exec(entry)?.[1] ?? "");
  if (magic.length === 0 || head.length < offset + magic.length) return false;
  return magic.every((byte, index) => {
    const bits = mask[index] ?? 0xff;
    return ((head[offset + index] ?? 0) & bits) === (byte & bits);
  });
}

function fromHex(text: string): readonly number[] {
  const pairs = text.match(/../g) ?? [];
  return pairs.map((pair) => Number.parseInt(pair, 16));
}
