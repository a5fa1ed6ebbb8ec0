// Predicts and explains the result of execve(2) for an existing file: a missing interpreter or loader, or a wrong processor.
// Only examines files.

import { printable } from "../../core/base/printable.ts";
import { joinPath } from "../../core/config/paths.ts";
import { type Account, describePathProblem, realPathProblem } from "../facts/access.ts";
import type { Probe } from "../facts/probe.ts";
import type { Finding } from "../model.ts";
import { shellWord } from "../repairs/commands.ts";
import { debianName, ELF_HEAD_BYTES, elfName, isElf, kernelRuns, readElf } from "./elf.ts";

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

/** Why execve(2) rejects a file, for a finding. */
export interface ExecError extends Pick<Finding, "symptom" | "cause" | "evidence"> {
  readonly advice: string;
  readonly commands?: readonly string[];
  /** The kernel does not recognize the format of the file itself (ENOEXEC). */
  readonly format?: FileFormat;
  /** A script that has the line endings of Windows. */
  readonly returns?: { readonly script: string; readonly interpreter: string };
}

/**
 * "mark" is a byte order mark before `#!`, "text" a script without `#!` or without a name after it, "cut" an executable that ends
 * in its headers.
 */
type FileFormat = "empty" | "mark" | "text" | "data" | "cut" | "archive";

/** The depth to which interpreters may be scripts (BINPRM_MAX_RECURSION). */
const DEEPEST = 4;

/** The first error; null if there is none, "unknown" if it is unknown to this user, "denied" without permission to execute it. */
export function execError(launch: Launch, probe: Probe): ExecError | "unknown" | "denied" | null {
  const isDenied = realPathProblem(launch.file, "execute", launch.account, probe) !== null;
  return isDenied ? "denied" : ofFile(launch.file, launch, probe, 0);
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
  return ofFormat(formatOf(head), file, launch);
}

function failed({ file }: Launch, errno: string): string {
  return `couldn't exec ${printable(file)}: ${errno}`;
}

function ofScript(
  script: string,
  shebang: Shebang,
  launch: Launch,
  probe: Probe,
  depth: number,
): ExecError | "unknown" | null {
  const { interpreter, hasCarriageReturn, argument, isCutOff } = shebang;
  if (interpreter === "") return ofFormat("text", script, launch);
  const name = printable(script);
  const line = printable(`#!${interpreter}${argument === null ? "" : ` ${argument}`}`);
  if (isCutOff) {
    return {
      symptom: failed(launch, "ENOEXEC"),
      cause: "The first line of the script is longer than the kernel allows.",
      evidence: [`${name} begins with ${line.slice(0, 60)}…, more than 255 bytes long`],
      advice: "Shorten the path of the interpreter, or name the interpreter in command=",
    };
  }
  const sought = soughtByEnv(shebang);
  const path = interpreter.startsWith("/") ? interpreter : joinPath(launch.directory, interpreter);
  const real = hasCarriageReturn && argument === null ? `${path}\r` : path;
  // If there is an argument, the carriage return is part of it: "Illegal option -\r".
  const isSpoilt = hasCarriageReturn && argument !== null && sought === null;
  const pathProblem = isSpoilt ? null : realPathProblem(real, "execute", launch.account, probe);
  const windowsLines = (symptom: string, reader: string, part: string): ExecError => ({
    symptom,
    cause: `The script has Windows line endings: ${reader} treats the carriage return as part of ${part}.`,
    evidence: [`the first line of ${name} is ${line}\\r`],
    advice: "Convert the script to Unix line endings",
    commands: [`sed -i 's/\\r$//' ${shellWord(script)}`],
    returns: { script, interpreter },
  });
  if (isSpoilt || (hasCarriageReturn && pathProblem !== null)) {
    const symptom =
      argument === null
        ? failed(launch, pathProblem?.errno ?? "ENOENT")
        : "the program exits at once: its interpreter rejects an option that ends in \\r";
    return windowsLines(symptom, "the kernel", "the interpreter's name or option");
  }
  const evidence = `the first line of ${name} is ${line}`;
  if (pathProblem !== null) {
    const { errno } = pathProblem;
    return {
      symptom: failed(launch, errno),
      cause:
        errno === "ENOENT"
          ? "The script exists, but the interpreter in its first line does not."
          : "The interpreter in the first line of the script is not executable.",
      evidence: [evidence, describePathProblem(pathProblem, launch.account.uid, probe)],
      advice: `Install ${printable(interpreter)}, or correct the first line of ${name}`,
    };
  }
  if (sought === null) return ofFile(real, launch, probe, depth + 1);
  if (!hasCarriageReturn && isInPath(sought, launch, probe)) return null;
  const wanted = `${printable(sought)}${hasCarriageReturn ? "\\r" : ""}`;
  const symptom = `env: '${wanted}': No such file or directory`;
  if (hasCarriageReturn) return windowsLines(symptom, "env", "the name");
  return {
    symptom,
    cause: `The first line of the script requires ${wanted} in PATH, but it is not in the PATH of the service.`,
    evidence: [evidence, `PATH of the program: ${printable(launch.path)}`],
    advice: `Install ${wanted}, or set environment=PATH="…" for the program with its directory`,
  };
}

/** env(1) searches as execvp(3) does. */
export function isInPath(name: string, launch: Launch, probe: Probe): boolean {
  const candidates = name.includes("/")
    ? [joinPath(launch.directory, name)]
    : launch.path
        .split(":")
        .map((at) => joinPath(launch.directory, `${at === "" ? "." : at}/${name}`));
  return candidates.some(
    (path) => realPathProblem(path, "execute", launch.account, probe) === null,
  );
}

function ofElf(file: string, head: Uint8Array, launch: Launch, probe: Probe): ExecError | null {
  const elf = readElf(head);
  if (elf === null || elf.headBytes > head.length) {
    return elf === null || head.length < ELF_HEAD_BYTES ? ofFormat("cut", file, launch) : null;
  }
  if (kernelRuns(elf, launch.machine) === false) {
    return {
      symptom: failed(launch, "ENOEXEC"),
      cause: "The program was built for another processor.",
      evidence: [`${printable(file)} is ${elfName(elf)}; this host is ${launch.machine}`],
      advice: `Install the program for ${launch.machine}`,
    };
  }
  const { loader } = elf;
  if (loader === null || !loader.startsWith("/")) return null;
  const found = probe.look(loader);
  if (found.ok || (found.error !== "ENOENT" && found.error !== "ENOTDIR")) return null;
  const isMusl = loader.includes("/ld-musl");
  const name = isMusl ? null : debianName(elf);
  const apt = `dpkg --add-architecture ${name} && apt update && apt install libc6:${name}`;
  return {
    symptom: failed(launch, "ENOENT"),
    cause:
      "The program exists, but its loader does not: the libraries of its architecture are not installed.",
    evidence: [
      `${printable(file)} is ${elfName(elf)} and requires ${printable(loader)}, which does not exist`,
    ],
    advice: isMusl
      ? "Install the build for glibc, or the musl C library"
      : "Install the program for the architecture of this host, or the C library of its architecture",
    commands: name === null ? [] : [apt],
  };
}

function formatOf(head: Uint8Array): FileFormat {
  if (head.length === 0) return "empty";
  const isMark = head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf;
  if (isMark && head[3] === 0x23 && head[4] === 0x21) return "mark";
  if (
    /^(?:PK|\x1f\x8b|BZh|\xfd7zXZ|\x28\xb5\x2f\xfd)/.test(
      String.fromCharCode(...head.subarray(0, 6)),
    )
  ) {
    return "archive";
  }
  return head.subarray(0, SHEBANG_BYTES).includes(0) ? "data" : "text";
}

/**
 * Formats that the administrator registered with the kernel (binfmt_misc): files of other processors under qemu, Java
 * archives, Windows programs.
 */
const BINFMT = "/proc/sys/fs/binfmt_misc";

/** Whether a registered format matches this file. @param head at least its first 128 bytes */
function isRegistered(path: string, head: Uint8Array, probe: Probe): boolean {
  if (probe.readText(`${BINFMT}/status`)?.startsWith("enabled") !== true) return false;
  const names = probe.list(BINFMT) ?? [];
  return names.some((name) => {
    if (name === "status" || name === "register") return false;
    const entry = probe.readText(`${BINFMT}/${name}`);
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

// The first line of a script as the kernel reads it (execve(2), "Interpreter scripts"; fs/binfmt_script.c).

/** The kernel reads this many bytes; a longer interpreter name cannot be executed. */
const SHEBANG_BYTES = 256;

type Shebang = NonNullable<ReturnType<typeof readShebang>>;

/** Reads the first line; null if the file does not begin with `#!`. @param head the first SHEBANG_BYTES or more */
export function readShebang(head: Uint8Array) {
  if (head[0] !== 0x23 || head[1] !== 0x21) return null;
  const bytes = head.subarray(2, SHEBANG_BYTES);
  const end = bytes.indexOf(0x0a);
  const line = new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
  const text = line.replace(/^[ \t]+|[ \t]+$/g, "");
  const hasCarriageReturn = text.endsWith("\r");
  const clean = hasCarriageReturn ? text.slice(0, -1) : text;
  const split = /^([^ \t\0]*)[ \t]*([^\0]*)/.exec(clean);
  const [, interpreter = "", rest = ""] = split ?? [];
  const isCutOff = end < 0 && head.length >= SHEBANG_BYTES && rest === "";
  return {
    /** As written, without a carriage return at its end. */
    interpreter,
    /** The rest of the line as one argument, as Linux passes it; null if there is none. */
    argument: rest === "" ? null : rest,
    /** The line ends in a carriage return, which the kernel treats as part of the last word. */
    hasCarriageReturn,
    /** The name of the interpreter is longer than the bytes that the kernel reads. */
    isCutOff,
  };
}

/** The program that `env` executes: in `env NAME`, `env -S NAME …`, `env A=b NAME`; null if it is not env. */
export function soughtByEnv({ interpreter, argument }: Shebang): string | null {
  if (!/(?:^|\/)env$/.test(interpreter) || argument === null) return null;
  const isSplit = /^(?:-S|--split-string[ =]|-vS|-S )/.test(argument);
  const words = isSplit
    ? argument.replace(/^(?:-v?S|--split-string[ =])\s*/, "").split(/[ \t]+/)
    : [argument];
  const name = words.find((word) => !word.startsWith("-") && !/^\w+=/.test(word));
  return name === undefined || name.includes("$") ? null : name;
}

function ofFormat(format: FileFormat, file: string, launch: Launch): ExecError {
  const [cause, evidence, advice] = FORMATS[format];
  return {
    symptom: failed(launch, "ENOEXEC"),
    cause,
    evidence: [evidence.replace("$1", () => printable(file))],
    advice,
    commands: format === "mark" ? [`sed -i '1s/^\\xEF\\xBB\\xBF//' ${shellWord(file)}`] : [],
    format,
  };
}

const REPLACE = "Copy the program again, or use another one in command=";

/** `$1` is the file. */
const FORMATS: Readonly<
  Record<FileFormat, readonly [cause: string, evidence: string, advice: string]>
> = {
  empty: ["The file is empty.", "$1 has 0 bytes", REPLACE],
  mark: [
    "The script begins with a byte order mark, so the kernel does not recognize its #!.",
    "the first bytes of $1 are EF BB BF",
    "Remove the byte order mark",
  ],
  text: [
    "The file is a script whose first line does not name an interpreter. A shell interprets such a file itself; the kernel does not.",
    "the first line of $1 has no #! with a name",
    "Add #!/bin/sh (or another interpreter) as its first line",
  ],
  cut: [
    "The file is an executable that was cut off: it ends in its headers.",
    "$1 has fewer bytes than its headers need",
    REPLACE,
  ],
  archive: [
    "The file is an archive, not a program.",
    "$1 begins as an archive does",
    "Unpack it, and name the program or its interpreter in command=",
  ],
  data: [
    "The file is neither an executable for this system nor a script.",
    "$1 contains other data",
    REPLACE,
  ],
};
