// `tsv env`: the environment of a program, and where each variable comes from.

import { displayName } from "../../core/base/ids.ts";
import { displayWidth, padRight, printable, wrapWords } from "../../core/base/printable.ts";
import { shellWord } from "../../core/base/shell-word.ts";
import { REDACTED } from "../../core/redact/secret-names.ts";
import { fieldOf, numberOf, textOf, type XmlRpcValue } from "../../core/xmlrpc/value.ts";
import { faultOf } from "../client.ts";
import { type CommandContext, EXIT, expectValue } from "../context.ts";
import type { Item } from "../report.ts";
import { shortened } from "./own-status.ts";

type Environment = ReturnType<typeof readEnvironment>;

type Variable = ReturnType<typeof readVariable>;

const USAGE = { usage: [["env <name> [...]", "Show the variables of programs"]] } as const;

/** Shows the environments of these programs. @param next of the next start, also of a program that runs */
export async function runEnv(
  context: CommandContext,
  names: readonly string[],
  showSecrets: boolean,
  next: boolean,
): Promise<void> {
  if (names.length === 0) {
    context.misuse(USAGE, "Error: env requires a process name");
    return;
  }
  if (!(await context.isUp())) return;
  const method = `tsv.${showSecrets ? "reveal" : "get"}ProcessEnvironment`;
  const hiding: string[] = [];
  for (const name of names) {
    const answer = await context.client.call(method, [name, next]);
    const fault = faultOf(answer);
    if (fault === "BAD_NAME") context.failUnknown(name, `No such process ${name}`);
    else if (fault === "UNKNOWN_METHOD") {
      return context.fail("this daemon does not report the environments of its programs");
    } else {
      const environment = readEnvironment(expectValue(answer));
      context.report.item(environmentItem(environment, context.terminal.size()?.columns ?? null));
      if (environment.problem !== "") context.exitStatus = EXIT.GENERIC;
      if (environment.variables.some(({ value }) => value === null)) hiding.push(name);
    }
  }
  if (hiding.length === 0) return;
  await context.hint(async ({ daemon }) => ({
    text: "secrets are hidden: all that files and commands give, and what looks like one",
    steps: [["Show them", `tsv env --show-secrets ${hiding.map(shellWord).join(" ")}${daemon}`]],
  }));
}

function readEnvironment(answer: XmlRpcValue) {
  const variables = fieldOf(answer, "variables");
  return {
    group: textOf(fieldOf(answer, "group")),
    name: textOf(fieldOf(answer, "name")),
    /** 0 for that of the next start. */
    pid: numberOf(fieldOf(answer, "pid")),
    problem: textOf(fieldOf(answer, "problem")),
    command: textOf(fieldOf(answer, "command")),
    variables: Array.isArray(variables) ? variables.map(readVariable) : [],
  };
}

function readVariable(value: XmlRpcValue) {
  return {
    name: textOf(fieldOf(value, "name")),
    /** Null for a secret that is hidden. */
    value: fieldOf(value, "hidden") === true ? null : textOf(fieldOf(value, "value")),
    isSecret: fieldOf(value, "secret") === true,
    source: textOf(fieldOf(value, "source")),
    place: textOf(fieldOf(value, "place")) || null,
  };
}

/** The lines, and the data. @param columns of the terminal; null without one. Pure. */
export function environmentItem(environment: Environment, columns: number | null): Item {
  const { group, name, pid, problem, command, variables } = environment;
  const of = pid === 0 ? "its next start" : `pid ${pid}`;
  const lines = [`# ${displayName(group, name)}: ${of}`, ...variableLines(variables, columns)];
  const remark = (text: string): void => void lines.push(...remarkLines(text, columns));
  if (command !== "") remark(`at the start, env_command adds its output: ${printable(command)}`);
  if (pid === 0 && variables.some(({ source }) => source === "socket")) {
    remark("at the start, LISTEN_PID is added: the pid of the process");
  }
  if (problem !== "") remark(`the start will fail: ${printable(problem)}`);
  return {
    line: lines.join("\n"),
    data: {
      ...{ group, name, pid },
      problem: problem === "" ? null : problem,
      command: command === "" ? null : command,
      variables: variables.map(({ isSecret: secret, ...variable }) => ({ ...variable, secret })),
    },
  };
}

/** Comments, which a shell passes over. */
function remarkLines(text: string, columns: number | null): readonly string[] {
  const sign = "# ";
  if (columns === null) return [sign + text];
  return wrapWords(text, columns - sign.length, "  ").map((line) => sign + line);
}

/** Of a line on a terminal, for NAME=value. */
const LEAST_PAIR = 24;
const SIGN = "  # ";

/** A shell reads them as the variables that they are. On a terminal each has one line, and long values are cut. */
function variableLines(variables: readonly Variable[], columns: number | null): readonly string[] {
  if (columns === null) {
    return variables.map((each) => `${pairOf(each)}${SIGN}${originOf(each)}`);
  }
  const rows = variables.map((each) => [printable(pairOf(each)), originOf(each)] as const);
  const longest = (widths: readonly number[]): number =>
    widths.reduce((most, width) => Math.max(most, width), 0);
  const room = Math.max(columns, 2 * LEAST_PAIR) - SIGN.length;
  const ofWhere = Math.min(
    longest(rows.map(([, where]) => displayWidth(where))),
    room - LEAST_PAIR,
  );
  const width = Math.min(longest(rows.map(([pair]) => displayWidth(pair))), room - ofWhere);
  return rows.map(
    ([pair, where]) =>
      `${padRight(cut(pair, width), width, displayWidth)}${SIGN}${shortened(where, ofWhere)}`,
  );
}

function pairOf({ name, value }: Variable): string {
  return `${name}=${value === null ? REDACTED : value === "" ? "" : shellWord(value)}`;
}

/** The file and line, or the kind of the source. */
function originOf({ source, place }: Variable): string {
  return place ?? WORDS[source] ?? source;
}

const WORDS: Readonly<Record<string, string>> = {
  terminal: "tty",
  user: "user_env",
  notify: "ready_check",
};

function cut(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  const characters = [...text.slice(0, width)];
  while (characters.length > 0 && displayWidth(characters.join("")) > width - 3) characters.pop();
  return `${characters.join("")}...`;
}
