// Data passed over execve in the same process: an environment that names two open files, the state of the daemon and the
// executable to return to.
//
// sync-ok(execute, fstatSync): fstat of descriptors; execve of an executable that rehearsed a
// moment before

import { fstatSync } from "node:fs";
import { errnoName, posix } from "../posix.ts";
import { ownCommand } from "../system/identity.ts";
import { serviceManagerVariables } from "../system/service-manager.ts";
import { printError } from "../terminal/output.ts";
import { distrustDocument, readDocument } from "./document-file.ts";
import { adoptExecutable } from "./executable.ts";
import { openSignalHolder } from "./signal-holder.ts";

/** `<descriptor of the document>,<descriptor of the executable before>` */
const CARRIED = "TSV_HANDOVER";
/** Why the successor gave up, for the daemon that continues in its place. */
const FAILED = "TSV_HANDOVER_FAILED";
const NONE = -1;

/** What was found at the start of a program that takes over. */
export interface Carried {
  readonly document: string;
  readonly descriptors: readonly number[];
  /** This is the daemon before, because its successor failed: why. Null in a successor. */
  readonly failure: string | null;
  /** Becomes the program before again. @returns only when that failed: why */
  goBack(reason: string): string;
  /** Lets go of what was needed for that. */
  done(): void;
}

/** Call first of all: afterwards the environment is the one programs may inherit. */
export function takeCarried(): Carried | null {
  const text = process.env[CARRIED];
  const failure = process.env[FAILED] ?? null;
  delete process.env[CARRIED];
  delete process.env[FAILED];
  if (text === undefined) return null;
  const named = readCarried(text);
  const problem =
    named === null ? "it does not contain two descriptors" : distrustDocument(named.documentFd);
  if (named === null || problem !== null) {
    printError(`Warning: ${CARRIED} in the environment is ignored: ${problem}\n`);
    return null;
  }
  const { documentFd, executableFd } = named;
  posix().reserveSlots();
  const { document, descriptors, executed } = readDocument(documentFd);
  // In a program that was gone back to the number means nothing any more.
  if (executed !== null && failure === null) posix().close(executed);
  for (const fd of [documentFd, executableFd, ...descriptors]) {
    if (fd >= 0) posix().setCloexec(fd, 1);
  }
  if (failure !== null && executableFd >= 0) adoptExecutable(executableFd);
  // Node's start has ended that, unless they are held for us.
  const holdsSignals = posix().areSignalsHeld() === 1;
  return {
    ...{ document, descriptors, failure },
    goBack(reason) {
      if (failure !== null) return "this is already the previous version";
      if (executableFd < 0) return "the previous version is not available";
      const file = `/proc/self/fd/${executableFd}`;
      const carried = { documentFd, executableFd, failure: reason, holdsSignals };
      return execute(file, ownCommand().argv, carried, descriptors);
    },
    done() {
      posix().close(documentFd);
      if (failure === null && executableFd >= 0) posix().close(executableFd);
    },
  };
}

/** `<descriptor>,<descriptor or -1>`; null for anything else, which no tsv has written. */
export function readCarried(
  text: string,
): { readonly documentFd: number; readonly executableFd: number } | null {
  const match = /^(\d{1,9}),(-1|\d{1,9})$/.exec(text);
  if (match === null || Number(match[1]) <= 2) return null;
  return { documentFd: Number(match[1]), executableFd: Number(match[2]) };
}

/** What the next program is to find. */
interface ToCarry {
  readonly documentFd: number;
  /** Null for none: then a rollback is impossible. */
  readonly executableFd: number | null;
  readonly failure?: string;
  /** Signals that come while it starts can be held: see signal-holder.ts. */
  readonly holdsSignals: boolean;
}

/** Executes a program in this process. @returns only when that failed: why */
export function execute(
  file: string,
  argv: readonly string[],
  { documentFd, executableFd, failure, holdsSignals }: ToCarry,
  descriptors: readonly number[],
): string {
  const holder = holdsSignals ? openSignalHolder() : null;
  const environment = {
    ...process.env,
    ...serviceManagerVariables(),
    [CARRIED]: `${documentFd},${executableFd ?? NONE}`,
    ...(failure === undefined ? {} : { [FAILED]: failure }),
    ...holder?.variables(holder.fd),
  };
  const variables = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
  const carried = [0, 1, 2, documentFd, ...(executableFd === null ? [] : [executableFd])];
  if (holder !== null) carried.push(holder.fd);
  const keep = Int32Array.from(new Set([...carried, ...descriptors].filter(isOpen)));
  const result = posix().execute(
    ...([file, joined(argv), argv.length] as const),
    ...([joined(variables), variables.length, keep, holder === null ? 0 : 1] as const),
  );
  holder?.close();
  const errno = errnoName(result);
  return errno === "EINTR" ? "a signal arrived during the upgrade" : `${file}: exec: ${errno}`;
}

function joined(strings: readonly string[]): string {
  return strings.length === 0 ? "" : `${strings.join("\0")}\0`;
}

/** A daemon may have been started without standard input. */
export function isOpen(fd: number): boolean {
  try {
    fstatSync(fd);
    return true;
  } catch {
    return false;
  }
}
