// Known error messages in a program's output, with their meaning.

/** A known error message in a log, and its meaning. */
export interface Clue {
  readonly line: string;
  readonly meaning: string;
  readonly advice: string;
  /** It reports an address in use. */
  readonly isTaken: boolean;
  /** The port in use; null if the line does not name it. */
  readonly port: number | null;
}

interface Pattern {
  readonly pattern: RegExp;
  clue(match: RegExpExecArray): { readonly meaning: string; readonly advice: string };
}

/** The last line with a known message; null if there is none. */
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
      meaning: "the address that it wants to listen on is already in use",
      advice: "Stop the process that listens there, or change the port of the program",
    }),
  },
  {
    pattern: /error while loading shared libraries: ([^:\s]+)/,
    clue: ([, name = ""]) => ({
      meaning: `the shared library ${name} is not installed`,
      advice: `Install the package that contains ${name}`,
    }),
  },
  {
    pattern: /version `?(GLIBC(?:XX)?_[\d.]+)'? not found/,
    clue: ([, version = ""]) => ({
      meaning: `it was built for a newer system: ${version} is missing`,
      advice: "Install the build for this distribution, or build it on this host",
    }),
  },
  {
    pattern: /(?:ModuleNotFoundError|ImportError): No module named '?([\w.]+)/,
    clue: ([, name = ""]) => ({
      meaning: `Python cannot find the module ${name}`,
      advice:
        "Start it with the Python of its virtual environment (/path/to/venv/bin/python), or install the module",
    }),
  },
  {
    pattern: /Cannot find module '?([^'\s]+)/,
    clue: ([, name = ""]) => ({
      meaning: `Node.js cannot find ${name}`,
      advice: "Run npm install in the directory of the program, and set directory= to it",
    }),
  },
  {
    pattern: /can't open file '?([^':]+)|cannot open '?([^':]+)'?: No such file/i,
    clue: ([, one, other]) => ({
      meaning: `the script ${one ?? other ?? ""} does not exist`,
      advice: "Correct the path in command=, or set directory=",
    }),
  },
  {
    pattern:
      /(?:JavaScript heap out of memory|java\.lang\.OutOfMemoryError|MemoryError\b|Cannot allocate memory|std::bad_alloc)/,
    clue: () => ({
      meaning: "it ran out of memory",
      advice: "Give it more memory, or lower the memory limit in its own settings",
    }),
  },
  {
    pattern: /Too many open files|EMFILE/,
    clue: () => ({
      meaning: "it reached its limit of open files",
      advice: "Raise minfds= in [supervisord], or LimitNOFILE= of the service",
    }),
  },
  {
    pattern: /No space left on device|ENOSPC/,
    clue: () => ({
      meaning: "a disk is full",
      advice: "Free disk space; df -h and df -i show which disk is full",
    }),
  },
  {
    pattern: /Read-only file system|EROFS/,
    clue: () => ({
      meaning: "it writes to a file system that is mounted read-only",
      advice:
        "Change its output directory, or find out why the file system became read-only (dmesg)",
    }),
  },
  {
    pattern: /Exec format error|ENOEXEC/,
    clue: () => ({
      meaning: "a file that it executes was built for another processor, or lacks its #! line",
      advice: "Install the build for the processor of this host",
    }),
  },
  {
    pattern: /Permission denied|EACCES|PermissionError/,
    clue: () => ({
      meaning: "its user lacks a permission",
      advice: "Give the program's user access to the file named in that line",
    }),
  },
  {
    pattern: /Connection refused|ECONNREFUSED/,
    clue: () => ({
      meaning: "nothing listens at the address that it connects to (yet)",
      advice: "Start that service first, or make the program wait for it",
    }),
  },
  {
    pattern: /Temporary failure in name resolution|Name or service not known|EAI_AGAIN|ENOTFOUND/,
    clue: () => ({
      meaning: "a host name could not be resolved: the network is not ready, or the name is wrong",
      advice:
        "Check the name and the network; at boot, order the service after network-online.target",
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
