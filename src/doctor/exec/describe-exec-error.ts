// Describes why a file cannot be executed: symptom, cause and advice.

import { printable } from "../../core/base/printable.ts";
import { describePathProblem } from "../facts/access.ts";
import type { Probe } from "../facts/probe.ts";
import { shellWord } from "../repairs/shell-quoting.ts";
import { debianName, elfName } from "./elf.ts";
import type { ExecError, Launch } from "./exec-error.ts";

interface ExecErrorText {
  /** As in the log of the daemon or the program. */
  readonly symptom: string;
  readonly cause: string;
  readonly evidence: readonly string[];
  readonly advice: string;
  readonly commands: readonly string[];
}

/** @param launch the start that failed */
export function describeExecError(error: ExecError, launch: Launch, probe: Probe): ExecErrorText {
  const file = printable(launch.file);
  const failed = (errno: string): string => `couldn't exec ${file}: ${errno}`;
  switch (error.kind) {
    case "denied":
      return {
        symptom: failed(error.pathProblem.errno),
        cause: "The user of the program has no permission to execute it.",
        evidence: [describePathProblem(error.pathProblem, launch.account.uid, probe)],
        advice:
          "Give that user permission to execute it, or move it to a directory that the user can enter",
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
        cause: "The program was built for another processor.",
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
          "The program exists, but its loader does not: the libraries of its architecture are not installed.",
        evidence: [
          `${printable(error.file)} is ${elfName(elf)} and requires ${printable(loader)}, which does not exist`,
        ],
        advice: isMusl(loader)
          ? "Install the build for glibc, or the musl C library"
          : "Install the program for the architecture of this host, or the C library of its architecture",
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
  { script, shebang, pathProblem }: Extract<ExecError, { kind: "interpreter" }>,
  launch: Launch,
  probe: Probe,
): ExecErrorText {
  const { interpreter, hasCarriageReturn, isCutOff, argument } = shebang;
  const name = printable(script);
  const line = printable(`#!${interpreter}${argument === null ? "" : ` ${argument}`}`);
  const errno = pathProblem?.errno ?? "ENOENT";
  const symptom = `couldn't exec ${printable(launch.file)}: ${errno}`;
  if (isCutOff) {
    return {
      symptom: symptom.replace("ENOENT", "ENOEXEC"),
      cause: "The first line of the script is longer than the kernel allows.",
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
          : "the program exits at once: its interpreter rejects an option that ends in \\r",
      cause:
        "The script has Windows line endings: the kernel treats the carriage return as part of the interpreter's name or option.",
      evidence: [`the first line of ${name} is ${line}\\r`],
      advice: "Convert the script to Unix line endings",
      commands: [`sed -i 's/\\r$//' ${shellWord(script)}`],
    };
  }
  const shown =
    pathProblem === null ? [] : [describePathProblem(pathProblem, launch.account.uid, probe)];
  return {
    symptom,
    cause:
      errno === "ENOENT"
        ? "The script exists, but the interpreter in its first line does not."
        : "The interpreter in the first line of the script is not executable.",
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
        "The script has Windows line endings: env treats the carriage return as part of the name.",
      evidence,
      advice: "Convert the script to Unix line endings",
      commands: [`sed -i 's/\\r$//' ${shellWord(script)}`],
    };
  }
  return {
    symptom,
    cause: `The first line of the script requires ${wanted} in PATH, but it is not in the PATH of the service.`,
    evidence: [...evidence, `PATH of the program: ${printable(path)}`],
    advice: `Install ${wanted}, or set environment=PATH="…" for the program with its directory`,
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
      "The script begins with a byte order mark, so the kernel does not recognize its #!.",
      `the first bytes of ${name} are EF BB BF`,
    ],
    text: [
      "The file is a script whose first line does not name an interpreter. A shell interprets such a file itself; the kernel does not.",
      `${name} does not begin with #!`,
    ],
    bare: [
      "The first line of the script names no interpreter.",
      `${name} begins with #! and no name`,
    ],
    data: [
      "The file is neither an executable for this system nor a script.",
      `${name} contains other data`,
    ],
  }[what];
  const [cause = "", evidence = ""] = said;
  const commands = what === "mark" ? [`sed -i '1s/^\\xEF\\xBB\\xBF//' ${shellWord(file)}`] : [];
  const advice =
    what === "text" || what === "bare"
      ? "Add #!/bin/sh (or another interpreter) as its first line"
      : what === "mark"
        ? "Remove the byte order mark"
        : "Copy the program again, or use another one in command=";
  return { symptom, cause, evidence: [evidence], advice, commands };
}
