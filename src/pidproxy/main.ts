// pidproxy: runs a command that puts itself into the background, and passes signals on to the process whose id it
// wrote to a file, so that a supervisor can hold such a program.

import { spawn } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { constants } from "node:os";
import { resolve } from "node:path";
import { HELP_OPTION, type HelpPage, helpText } from "../core/base/help-page.ts";
import { codeOf } from "../host/error-code.ts";
import { outputColumns, print } from "../host/terminal/output.ts";

const PASSED_ON = ["SIGTERM", "SIGHUP", "SIGINT", "SIGUSR1", "SIGUSR2", "SIGQUIT"] as const;
type PassedOn = (typeof PASSED_ON)[number];

/** After passing these on there is nothing left to do. */
const LAST: readonly PassedOn[] = ["SIGTERM", "SIGINT", "SIGQUIT"];

const EXIT_USAGE = 1;
const EXIT_NOT_FOUND = 127;
const EXIT_NOT_EXECUTABLE = 126;
const SIGNALLED = 128;

const PAGE: HelpPage = {
  usage: [["tsv pidproxy <pidfile> <command> [argument...]", ""]],
  about: [
    "Run a command, and pass signals on to the process named in its pid file: TERM, HUP, INT, USR1, USR2 and QUIT. After TERM, INT or QUIT, pidproxy exits at once.",
  ],
  options: [HELP_OPTION],
  examples: [
    ["command=tsv pidproxy /run/x.pid /usr/sbin/x", "in a [program:x] section"],
    ["tsv pidproxy /run/x.pid /usr/sbin/x", "by hand"],
  ],
  statuses: [
    [0, "TERM, INT or QUIT was passed on"],
    [1, "usage error; otherwise the exit status of the command"],
    [126, "the command is not executable"],
    [127, "the command was not found"],
  ],
};

function usage(programName: string): string {
  if (programName === "tsv pidproxy") return helpText(PAGE, outputColumns());
  return `pidproxy -- run a command, and pass signals on to the process named in its pid
file

Usage: ${programName} <pidfile> <command> [<argument> ...]

Passes on TERM, HUP, INT, USR1, USR2 and QUIT. Ends with the command, with its
exit status; after passing on TERM, INT or QUIT it ends at once.
`;
}

/**
 * Runs pidproxy.
 * @param argv the pid file, the command, its arguments
 * @returns the exit status of the command, as a shell would report it; 0 after passing on an ending signal
 */
export async function runPidproxy(argv: readonly string[], programName: string): Promise<number> {
  const [pidfile, command, ...words] = argv;
  if (pidfile === undefined || command === undefined) {
    print(usage(programName));
    return pidfile === "--help" || pidfile === "-h" ? 0 : EXIT_USAGE;
  }
  return await new Promise((end) => {
    // Listening before the start, so that no signal finds the default action of ending pidproxy alone.
    for (const signal of PASSED_ON) {
      process.on(signal, () => {
        if (passOn(pidfile, signal) && LAST.includes(signal)) end(0);
      });
    }
    const child = spawn(findFile(command), words, { argv0: command, stdio: "inherit" });
    child.on("error", (error: NodeJS.ErrnoException) => {
      process.stderr.write(`pidproxy: cannot run ${command}: ${error.message}\n`);
      end(error.code === "ENOENT" ? EXIT_NOT_FOUND : EXIT_NOT_EXECUTABLE);
    });
    child.on("exit", (code, signal) => {
      end(code ?? SIGNALLED + (signal === null ? 0 : constants.signals[signal]));
    });
  });
}

/** A file of that name in the working directory comes first, as in Supervisor; then PATH is searched. */
function findFile(command: string): string {
  const here = resolve(command);
  return statSync(here, { throwIfNoEntry: false })?.isFile() === true ? here : command;
}

/** Sends the signal to the process in the pid file. @returns false when it could not be sent */
function passOn(pidfile: string, signal: PassedOn): boolean {
  const pid = readPid(pidfile);
  if (pid === null) {
    process.stdout.write(`Can't read child pidfile ${pidfile}!\n`);
    return false;
  }
  try {
    process.kill(pid, signal);
  } catch (error) {
    const code = codeOf(error);
    process.stderr.write(`pidproxy: cannot send ${signal} to process ${pid}: ${code}\n`);
    // An exited process gets no signal; after TERM pidproxy exits too.
    return code === "ESRCH";
  }
  return true;
}

/** Ids of 0 and below would mean whole process groups. */
function readPid(pidfile: string): number | null {
  try {
    const text = readFileSync(pidfile, "utf8").trim();
    const pid = /^\+?\d+$/.test(text) ? Number(text) : 0;
    return Number.isSafeInteger(pid) && pid > 0 ? pid : null;
  } catch {
    return null; // not there, or not ours to read: the caller says which file
  }
}
