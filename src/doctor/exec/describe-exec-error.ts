// What keeps a file from being executed: what the user sees, why, and what to do.

import { printable } from "../../core/base/printable.ts";
import { describeObstacle } from "../facts/access.ts";
import type { Probe } from "../facts/probe.ts";
import { shellWord } from "../repairs/shell-quoting.ts";
import { debianName, elfName } from "./elf.ts";
import type { ExecError, Launch } from "./exec-error.ts";

interface ExecErrorText {
  /** As the daemon's log or the program's own says it. */
  readonly symptom: string;
  readonly cause: string;
  readonly evidence: readonly string[];
  readonly advice: string;
  readonly commands: readonly string[];
}

/** @param launch that failed, as the daemon names it */
export function describeExecError(error: ExecError, launch: Launch, probe: Probe): ExecErrorText {
  const file = printable(launch.file);
  const failed = (errno: string): string => `couldn't exec ${file}: ${errno}`;
  switch (error.kind) {
    case "denied":
      return {
        symptom: failed(error.obstacle.errno),
        cause: "The user that the program runs as may not execute it.",
        evidence: [describeObstacle(error.obstacle, launch.account.uid, probe)],
        advice: "Let that user execute it, or put it where that user may",
        commands: [],
      };
    case "interpreter":
      return describeInterpreter(error, launch, probe);
    case "env":
      return describeEnv(error, launch);
    case "format":
      return describeFormat(error, launch, failed("ENOEXEC"));
    case "machine":
      return {
        symptom: failed("ENOEXEC"),
        cause: "The program was made for another processor.",
        evidence: [
          `${printable(error.file)} is ${elfName(error.elf)}; this host is ${launch.machine}`,
        ],
        advice: `Install the program for ${launch.machine}`,
        commands: [],
      };
    case "loader": {
      const { elf, loader } = error;
      const name = debianName(elf);
      return {
        symptom: failed("ENOENT"),
        cause:
          "The program is there, but the loader that it asks for is not: the libraries of its architecture are not installed.",
        evidence: [
          `${printable(error.file)} is ${elfName(elf)} and wants ${printable(loader)}, which does not exist`,
        ],
        advice: isMusl(loader)
          ? "Install the build for glibc, or the musl C library"
          : "Install the program for this host's own architecture, or the C library of its architecture",
        commands:
          name === null || isMusl(loader)
            ? []
            : [`dpkg --add-architecture ${name} && apt update && apt install libc6:${name}`],
      };
    }
  }
}

function isMusl(loader: string): boolean {
  return /\/ld-musl/.test(loader);
}

function describeInterpreter(
  { script, shebang, obstacle }: Extract<ExecError, { kind: "interpreter" }>,
  launch: Launch,
  probe: Probe,
): ExecErrorText {
  const { interpreter, hasCarriageReturn, isCutOff, argument } = shebang;
  const name = printable(script);
  const line = printable(`#!${interpreter}${argument === null ? "" : ` ${argument}`}`);
  const errno = obstacle?.errno ?? "ENOENT";
  const symptom = `couldn't exec ${printable(launch.file)}: ${errno}`;
  if (isCutOff) {
    return {
      symptom: symptom.replace("ENOENT", "ENOEXEC"),
      cause: "The first line of the script is longer than the kernel reads.",
      evidence: [`${name} begins with ${line.slice(0, 60)}…, more than 255 bytes long`],
      advice: "Shorten the path of the interpreter, or name the interpreter in command=",
      commands: [],
    };
  }
  if (hasCarriageReturn) {
    return {
      symptom:
        argument === null
          ? symptom
          : "the program exits at once: its interpreter does not know an option that ends in \\r",
      cause:
        "The lines of the script end as on Windows: the kernel takes the carriage return for a part of the interpreter's name or of its option.",
      evidence: [`the first line of ${name} is ${line}\\r`],
      advice: "Give the script the line ends of Unix",
      commands: [`sed -i 's/\\r$//' ${shellWord(script)}`],
    };
  }
  const shown = obstacle === null ? [] : [describeObstacle(obstacle, launch.account.uid, probe)];
  return {
    symptom,
    cause:
      errno === "ENOENT"
        ? "The script is there, but the interpreter that its first line names is not."
        : "The interpreter that the script's first line names may not be executed.",
    evidence: [`the first line of ${name} is ${line}`, ...shown],
    advice: `Install ${printable(interpreter)}, or correct the first line of ${name}`,
    commands: [],
  };
}

function describeEnv(
  { script, shebang, name }: Extract<ExecError, { kind: "env" }>,
  { path }: Launch,
): ExecErrorText {
  const { hasCarriageReturn, interpreter, argument } = shebang;
  const line = printable(`#!${interpreter} ${argument ?? ""}`);
  const wanted = `${printable(name)}${hasCarriageReturn ? "\\r" : ""}`;
  const symptom = `env: '${wanted}': No such file or directory`;
  const evidence = [
    `the first line of ${printable(script)} is ${line}${hasCarriageReturn ? "\\r" : ""}`,
  ];
  if (hasCarriageReturn) {
    return {
      symptom,
      cause:
        "The lines of the script end as on Windows: env takes the carriage return for a part of the name.",
      evidence,
      advice: "Give the script the line ends of Unix",
      commands: [`sed -i 's/\\r$//' ${shellWord(script)}`],
    };
  }
  return {
    symptom,
    cause: `The script's first line looks for ${wanted} in PATH, and the PATH of the service does not have it.`,
    evidence: [...evidence, `PATH of the program: ${printable(path)}`],
    advice: `Install ${wanted}, or give the program a PATH that has it with environment=PATH="…"`,
    commands: [],
  };
}

function describeFormat(
  { what }: Extract<ExecError, { kind: "format" }>,
  { file }: Launch,
  symptom: string,
): ExecErrorText {
  const name = printable(file);
  const said = {
    empty: ["The file is empty.", `${name} has 0 bytes`],
    mark: [
      "The script begins with a byte order mark, so that the kernel does not see its #!.",
      `the first bytes of ${name} are EF BB BF`,
    ],
    text: [
      "The file is a script without a first line that names its interpreter. A shell runs such a file itself; the kernel does not.",
      `${name} does not begin with #!`,
    ],
    bare: [
      "The first line of the script names no interpreter.",
      `${name} begins with #! and nothing`,
    ],
    data: [
      "The file is neither a program of this system nor a script.",
      `${name} holds other data`,
    ],
  }[what];
  const [cause = "", evidence = ""] = said;
  const commands = what === "mark" ? [`sed -i '1s/^\\xEF\\xBB\\xBF//' ${shellWord(file)}`] : [];
  const advice =
    what === "text" || what === "bare"
      ? "Write #!/bin/sh, or what the script is for, in its first line"
      : what === "mark"
        ? "Remove the byte order mark"
        : "Copy the program again, or name another in command=";
  return { symptom, cause, evidence: [evidence], advice, commands };
}
