// The last lines of a program's log, made fit for a terminal, and what they give away.

import { printable } from "../../core/base/printable.ts";
import { redactPatterns } from "../redact/patterns.ts";
import type { Probe } from "./probe.ts";

const MOST_BYTES = 16_384;
const LONGEST = 500;

/** At most `most` lines, oldest first; null where the log is missing or may not be read. */
export function lastLines(path: string, most: number, probe: Probe): readonly string[] | null {
  const bytes = path === "" ? null : probe.readTail(path, MOST_BYTES);
  if (bytes === null) return null;
  const text = new TextDecoder().decode(bytes);
  const lines = text.split("\n").map((line) => line.replace(/\r$/, ""));
  // The first may have lost its beginning.
  if (bytes.length >= MOST_BYTES) lines.shift();
  return lines
    .filter((line) => line.trim() !== "")
    .slice(-most)
    .map(shown);
}

/** Colours and cursor movements are dropped, other control characters are spelt out, secrets are hidden. */
function shown(line: string): string {
  const plain = line.replace(
    /\x1b(?:\[[0-9;:?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])/g,
    "",
  );
  const spelt = redactPatterns(printable(plain.replaceAll("\t", "    ")));
  return spelt.length > LONGEST ? `${spelt.slice(0, LONGEST - 1)}…` : spelt;
}

/** Something in a log that says what is wrong, and what it means. */
export interface Clue {
  readonly line: string;
  readonly meaning: string;
  readonly advice: string;
  /** It says that an address was taken already. */
  readonly isTaken: boolean;
  /** The port that was taken; null where the line does not name it. */
  readonly port: number | null;
}

interface Pattern {
  readonly pattern: RegExp;
  clue(match: RegExpExecArray): { readonly meaning: string; readonly advice: string };
}

/** The last telling line; null for none. */
export function clueIn(lines: readonly string[]): Clue | null {
  for (const line of [...lines].reverse()) {
    for (const { pattern, clue } of PATTERNS) {
      const match = pattern.exec(line);
      if (match === null) continue;
      const isTaken = pattern === TAKEN;
      return { line, ...clue(match), isTaken, port: isTaken ? portIn(line) : null };
    }
  }
  return null;
}

const TAKEN = /address already in use|EADDRINUSE|only one usage of each socket address/i;

const PATTERNS: readonly Pattern[] = [
  {
    pattern: TAKEN,
    clue: () => ({
      meaning: "the address that it wants to listen on is taken already",
      advice: "Stop whoever listens there, or give the program another port",
    }),
  },
  {
    pattern: /error while loading shared libraries: ([^:\s]+)/,
    clue: ([, name = ""]) => ({
      meaning: `the shared library ${name} is not installed`,
      advice: `Install the package that holds ${name}`,
    }),
  },
  {
    pattern: /version `?(GLIBC(?:XX)?_[\d.]+)'? not found/,
    clue: ([, version = ""]) => ({
      meaning: `it was built for a newer system: ${version} is not here`,
      advice: "Install the build for this distribution, or build it here",
    }),
  },
  {
    pattern: /(?:ModuleNotFoundError|ImportError): No module named '?([\w.]+)/,
    clue: ([, name = ""]) => ({
      meaning: `Python does not find the module ${name}`,
      advice:
        "Start it with the Python of its virtual environment (/path/to/venv/bin/python), or install the module",
    }),
  },
  {
    pattern: /Cannot find module '?([^'\s]+)/,
    clue: ([, name = ""]) => ({
      meaning: `Node.js does not find ${name}`,
      advice: "Run npm install where the program is, and set directory= to that",
    }),
  },
  {
    pattern: /can't open file '?([^':]+)|cannot open '?([^':]+)'?: No such file/i,
    clue: ([, one, other]) => ({
      meaning: `the script ${one ?? other ?? ""} is not there`,
      advice: "Correct the path in command=, or set directory=",
    }),
  },
  {
    pattern:
      /(?:JavaScript heap out of memory|java\.lang\.OutOfMemoryError|MemoryError\b|Cannot allocate memory|std::bad_alloc)/,
    clue: () => ({
      meaning: "it ran out of memory",
      advice: "Give it more memory, or a lower limit of its own",
    }),
  },
  {
    pattern: /Too many open files|EMFILE/,
    clue: () => ({
      meaning: "it ran into its limit of open files",
      advice: "Raise minfds= in [supervisord], or LimitNOFILE= of the service",
    }),
  },
  {
    pattern: /No space left on device|ENOSPC/,
    clue: () => ({
      meaning: "a disk is full",
      advice: "Make room; df -h and df -i show which disk",
    }),
  },
  {
    pattern: /Read-only file system|EROFS/,
    clue: () => ({
      meaning: "it wants to write on a file system that is mounted read-only",
      advice: "Let it write elsewhere, or see why the file system became read-only (dmesg)",
    }),
  },
  {
    pattern: /Exec format error|ENOEXEC/,
    clue: () => ({
      meaning: "something it starts was made for another processor, or lacks its #! line",
      advice: "Install the build for this host's processor",
    }),
  },
  {
    pattern: /Permission denied|EACCES|PermissionError/,
    clue: () => ({
      meaning: "its user lacks a permission",
      advice: "See which file the line names, and let the program's user at it",
    }),
  },
  {
    pattern: /Connection refused|ECONNREFUSED/,
    clue: () => ({
      meaning: "what it connects to does not listen (yet)",
      advice: "Start that first, or let the program wait for it",
    }),
  },
  {
    pattern: /Temporary failure in name resolution|Name or service not known|EAI_AGAIN|ENOTFOUND/,
    clue: () => ({
      meaning: "a name could not be resolved: there is no network yet, or no such host",
      advice:
        "Check the name and the network; at boot, let the service wait for network-online.target",
    }),
  },
];

/** "0.0.0.0:8080", "[::]:8080", ":::8080", " :8080", "port 8080", "port: 8080"; not the "45" of "12:30:45". */
function portIn(line: string): number | null {
  const text = line.replace(/\b\d{1,2}:\d\d:\d\d\b/g, "");
  const found =
    /\bport\W{0,3}(\d{1,5})\b/i.exec(text) ?? /(?:^|[\s\d\]*a-z:]):(\d{1,5})\b/i.exec(text);
  const port = Number(found?.[1] ?? "0");
  return port > 0 && port < 65_536 ? port : null;
}
