// Pseudo-terminals for programs, and the only user of node-pty. Only its native `open` is used: its `fork` would start a
// second reaper. It is loaded when the first program needs a terminal, from the executable itself or from the host; if it is
// missing, everything else works, and the error lists the places that were searched.
//
// sync-ok(existsSync): the native half of node-pty, beside our own executable

import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { thrownMessage } from "../../core/base/result.ts";
import type { LaunchSpec, PendingSpawn, SpawnResult } from "../../ports/spawner.ts";
import { dlopen, loadEmbedded } from "../addon.ts";
import { embedded } from "../embedded.ts";
import { errnoName, posix } from "../posix.ts";
import { entryOf, programOomScore, START, type StartRequest } from "./start-process.ts";
import type { Starts } from "./starts.ts";

/** Names a file or the directory of an installed node-pty; takes precedence. */
export const PTY_VARIABLE = "TSV_NODE_PTY";

/** Both sides of a pseudo-terminal. Descriptors: ours do not block, the program's does, all are close-on-exec. */
interface PtyPair {
  readonly master: number;
  /** A copy of it. */
  readonly stdin: number;
  readonly slave: number;
}

type PtyResult =
  | { readonly ok: true; readonly value: PtyPair }
  | { readonly ok: false; readonly error: string };

/** The part of node-pty's native interface that is used. */
interface NativePty {
  open(columns: number, rows: number): { readonly master: number; readonly slave: number };
}

/** What terminals have had since the VT100. */
const DEFAULT_SIZE = { rows: 24, columns: 80 };

let native: NativePty | null = null;

/**
 * Opens a pseudo-terminal for a program.
 * @param uid becomes the owner of the program's side; null leaves it to the daemon's user
 */
function openPty(uid: number | null): PtyResult {
  let pair: Omit<PtyPair, "stdin">;
  try {
    native ??= loadNodePty();
    pair = native.open(DEFAULT_SIZE.columns, DEFAULT_SIZE.rows);
  } catch (error) {
    return { ok: false, error: reasonOf(error) };
  }
  const { master, slave } = pair;
  const prepared = posix().preparePair(master, slave, uid ?? -1);
  const stdin = prepared < 0 ? prepared : posix().duplicate(master);
  if (stdin >= 0) return { ok: true, value: { master, stdin, slave } };
  posix().close(master);
  posix().close(slave);
  return { ok: false, error: `its terminal cannot be set up: ${errnoName(stdin)}` };
}

function reasonOf(error: unknown): string {
  const text = thrownMessage(error);
  if (!text.startsWith("openpty")) return text;
  // node-pty keeps the errno to itself.
  return "cannot open a pseudo-terminal: devpts is not mounted on /dev/pts, or all of kernel.pty.max are in use";
}

/** @throws Error that names every source, if none can be loaded */
function loadNodePty(): NativePty {
  const tried: string[] = [];
  for (const source of sources()) {
    try {
      const loaded = source.load();
      if (isNativePty(loaded)) return loaded;
      tried.push(`${source.name} (it has no open)`);
    } catch (error) {
      tried.push(`${source.name} (${thrownMessage(error)})`);
    }
  }
  throw new Error(
    "tty=true requires node-pty, and this tsv cannot load it: install it " +
      "(npm install -g node-pty, which needs a C++ compiler) " +
      `or name its directory in ${PTY_VARIABLE}. Looked for: ${tried.join(", ")}`,
  );
}

function isNativePty(loaded: unknown): loaded is NativePty {
  return typeof loaded === "object" && loaded !== null && "open" in loaded;
}

interface PtySource {
  readonly name: string;
  load(): unknown;
}

/** Where to look, in order. What the executable carries was tested with it; the machine's own may be of any age. */
function sources(): readonly PtySource[] {
  const named = process.env[PTY_VARIABLE];
  if (named !== undefined && named !== "") return filesAt(named).map(fromFile);
  const code = embedded("pty.node");
  if (code === undefined) {
    return [fromFile(fileURLToPath(new URL("../../../../pty.node", import.meta.url)))];
  }
  const installed = installedFiles(dirname(process.execPath)).map(fromFile);
  if (code === null) return installed;
  const embeddedPty = (): unknown => loadEmbedded("pty.node", code);
  return [{ name: "the executable", load: embeddedPty }, ...installed];
}

function fromFile(path: string): PtySource {
  return {
    name: path,
    load: () => {
      if (!existsSync(path)) throw new Error("not there");
      return dlopen(path);
    },
  };
}

/** The path of the addon, or a directory where node-pty was installed. */
function filesAt(path: string): readonly string[] {
  return path.endsWith(".node") ? [path] : [join(path, "build/Release/pty.node")];
}

/** Beside the executable, in tsv's own directory, and in the global directory of npm. */
function installedFiles(beside: string): readonly string[] {
  return [
    join(beside, "pty.node"),
    join(beside, "../lib/tsv/pty.node"),
    "/usr/lib/tsv/pty.node",
    "/usr/local/lib/node_modules/node-pty/build/Release/pty.node",
    "/usr/lib/node_modules/node-pty/build/Release/pty.node",
  ];
}

// Starts a program on a pseudo-terminal: node-pty opens the pair, our own spawn puts the program on its other side, so
// that the one reaper knows it like any other.

type Settled = (result: SpawnResult) => void;

/** Starts `spec` as the leader of a session whose controlling terminal is its stdin, stdout and stderr. */
export function spawnOnPty(
  starts: Starts,
  spec: LaunchSpec & Pick<StartRequest, "cgroup">,
  settled: Settled,
  leave = () => {},
): PendingSpawn {
  const uid = spec.user?.uid ?? null;
  let opened = openPty(uid);
  const room = opened.ok ? "had" : starts.freeDescriptors();
  if (room === "freed") opened = openPty(uid);
  if (!opened.ok) {
    leave();
    const terminal = { stage: "terminal", errno: "ENXIO", detail: opened.error } as const;
    const error = room === "short" ? ({ stage: "pipe", errno: "EMFILE" } as const) : terminal;
    settled({ ok: false, error });
    return { abandon: () => error.stage };
  }
  const { master, stdin, slave } = opened.value;
  const close = (...fds: readonly number[]): void => {
    for (const fd of fds) posix().close(fd);
  };
  const request = {
    ...{ ...spec, leave },
    ...programOomScore(),
    file: spec.candidates,
    ...entryOf(spec, [stdin, master]),
    flags: START.setsid | START.controllingTerminal,
    descriptors: [
      ...[0, 1, 2].map((target) => ({ target, source: slave })),
      ...(spec.passed ?? []),
    ],
  };
  const start = starts.begin(request, (result) => {
    // The daemon's copy would keep the terminal alive after the program and its children have exited.
    close(slave);
    if (!result.ok) {
      close(stdin, master);
      settled(result);
      return;
    }
    const { pid } = result.value;
    settled({ ok: true, value: { pid, stdin, stdout: master, stderr: null } });
  });
  return {
    abandon() {
      const stage = start.abandon();
      close(slave, stdin, master);
      return stage;
    },
  };
}
