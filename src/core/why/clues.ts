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

/** The last line with a known message; null if there is none. */
export function clueIn(lines: readonly string[]): Clue | null {
  for (const line of [...lines].reverse()) {
    for (const [pattern, meaning, advice] of MESSAGES) {
      const match = pattern.exec(line);
      if (match === null) continue;
      const named = match.slice(1).find((group) => group !== undefined) ?? "";
      const filled = (text: string): string => text.replaceAll("$1", () => named);
      const isTaken = pattern === TAKEN;
      const port = isTaken ? portIn(line) : null;
      return { line, meaning: filled(meaning), advice: filled(advice), isTaken, port };
    }
  }
  return null;
}

const TAKEN = /address already in use|EADDRINUSE|only one usage of each socket address/i;

/** `$1` is the group of the pattern that matched. */
const MESSAGES: readonly (readonly [pattern: RegExp, meaning: string, advice: string])[] = [
  [
    TAKEN,
    "the address that it wants to listen on is already in use",
    "Stop the process that listens there, or change the port of the program",
  ],
  [
    /error while loading shared libraries: ([^:\s]+)/,
    "the shared library $1 is not installed",
    "Install the package that contains $1",
  ],
  [
    /version `?(GLIBC(?:XX)?_[\d.]+)'? not found/,
    "it was built for a newer system: $1 is missing",
    "Install the build for this distribution, or build it on this host",
  ],
  [
    /(?:ModuleNotFoundError|ImportError): No module named '?([\w.]+)/,
    "Python cannot find the module $1",
    "Start it with the Python of its virtual environment (/path/to/venv/bin/python), or install the module",
  ],
  [
    /Cannot find module '?([^'\s]+)/,
    "Node.js cannot find $1",
    "Run npm install in the directory of the program, and set directory= to it",
  ],
  [
    /can't open file '?([^':]+)|cannot open '?([^':]+)'?: No such file/i,
    "the script $1 does not exist",
    "Correct the path in command=, or set directory=",
  ],
  [
    /JavaScript heap out of memory|java\.lang\.OutOfMemoryError|MemoryError\b|Cannot allocate memory|std::bad_alloc/,
    "it ran out of memory",
    "Give it more memory, or lower the memory limit in its own settings",
  ],
  [
    /Too many open files|EMFILE/,
    "it reached its limit of open files",
    "Raise minfds= in [supervisord], or LimitNOFILE= of the service",
  ],
  [
    /No space left on device|ENOSPC/,
    "a disk is full",
    "Free disk space; df -h and df -i show which disk is full",
  ],
  [
    /Read-only file system|EROFS/,
    "it writes to a file system that is mounted read-only",
    "Change its output directory, or find out why the file system became read-only (dmesg)",
  ],
  [
    /Exec format error|ENOEXEC/,
    "a file that it executes was built for another processor, or lacks its #! line",
    "Install the build for the processor of this host",
  ],
  [
    /Permission denied|EACCES|PermissionError/,
    "its user lacks a permission",
    "Give the program's user access to the file named in that line",
  ],
  [
    /Connection refused|ECONNREFUSED/,
    "nothing listens at the address that it connects to (yet)",
    "Start that service first, or make the program wait for it",
  ],
  [
    /Temporary failure in name resolution|Name or service not known|EAI_AGAIN|ENOTFOUND/,
    "a host name could not be resolved: the network is not ready, or the name is wrong",
    "Check the name and the network; at boot, order the service after network-online.target",
  ],
];

/** "0.0.0.0:8080", "[::]:8080", ":::8080", " :8080", "port 8080", "port: 8080"; not the "45" of "12:30:45". */
function portIn(line: string): number | null {
  const text = line.replace(/\b\d{1,2}:\d\d:\d\d\b/g, "");
  const found =
    /\bport\W{0,3}(\d{1,5})\b/i.exec(text) ?? /(?:^|[\s\d\]*a-z:]):(\d{1,5})\b/i.exec(text);
  const port = Number(found?.[1] ?? "0");
  return port > 0 && port < 65_536 ? port : null;
}
