// `tsv passwd`: a password or a token as a section [user:x] or a server has it, so that the file does not contain the secret itself.

import { complaintLines } from "../core/base/complaint.ts";
import { USUAL_COLUMNS } from "../core/base/printable.ts";
import { Command, readVerb, type VerbPage } from "../host/terminal/command-line.ts";
import { runOnTerminal } from "../host/terminal/run-on-terminal.ts";
import type { Terminal } from "../ports/terminal.ts";

const PAGE: VerbPage = {
  usage: [["tsv passwd [--token]", ""]],
  about: [
    "Print the line of a section [user:x], or of a server, with the hash of a password: asked for twice on a terminal, otherwise the first line of standard input.",
    "With --token, make a new token and print two lines: the header that a program sends, which is shown this once, and the line of the section.",
  ],
  examples: [
    ["tsv passwd", "hash a password"],
    ["tsv passwd --token", "make a token for a program"],
  ],
  statuses: [
    [0, "printed"],
    [1, "no password was given, or the two differ"],
    [2, "usage error"],
  ],
};

/** Reads the words after `tsv passwd`. A number is an exit status: nothing more to do. */
export function parsePasswd(words: readonly string[]): { readonly token: boolean } | number {
  const command = new Command("tsv passwd").option("--token", "make a token");
  const status = readVerb(command, PAGE, words);
  return status ?? { token: false, ...command.opts<{ readonly token?: true }>() };
}

/** Runs the verb. @returns the exit status */
export async function runPasswd(words: readonly string[]): Promise<number> {
  const parsed = parsePasswd(words);
  if (typeof parsed === "number") return parsed;
  return await runOnTerminal(parsed.token ? printToken : printPassword);
}

async function printToken(terminal: Pick<Terminal, "write">): Promise<number> {
  const { createSecrets, newToken } = await import("../host/system/secrets.ts");
  const { TOKEN_PREFIX } = await import("../core/access/passwords.ts");
  const token = newToken();
  const hash = createSecrets().sha256Hex(token);
  terminal.write(`Authorization: Bearer ${token}\ntoken=${TOKEN_PREFIX}${hash}\n`);
  return 0;
}

async function printPassword(terminal: Terminal): Promise<number> {
  const password = await ask(terminal, "Password: ");
  if (password === null || password === "") return refuse(terminal, "no password was given");
  if (terminal.stdinIsTty && (await ask(terminal, "Again: ")) !== password) {
    return refuse(terminal, "the passwords differ: nothing is printed");
  }
  const { hashPassword } = await import("../host/system/secrets.ts");
  terminal.write(`password=${await hashPassword(password)}\n`);
  return 0;
}

/** Prompts are no part of the output, which may go to a file. */
async function ask(terminal: Terminal, prompt: string): Promise<string | null> {
  if (!terminal.stdinIsTty) return await terminal.readSecret("");
  terminal.writeError(prompt);
  const line = await terminal.readSecret("");
  terminal.writeError("\n");
  return line;
}

function refuse(terminal: Pick<Terminal, "writeError">, message: string): number {
  const steps = [["For help", "tsv passwd -h"]] as const;
  const lines = complaintLines({ message, steps }, USUAL_COLUMNS);
  terminal.writeError(lines.map((line) => `${line}\n`).join(""));
  return 1;
}
