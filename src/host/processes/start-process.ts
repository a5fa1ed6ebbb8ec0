// Starts one process by the addon: packs the request into one array and two strings, so that a start is a single native
// call, and unpacks the answer. PLAN and SPAWN_STAGES have the order of the enums in posix/spawn.h.

import type { SpawnFailure } from "../../ports/spawner.ts";
import { errnoName, posix } from "../posix.ts";

const SPAWN_STAGES = [
  "pipe",
  "fork",
  "session",
  "stdio",
  "rlimit",
  "groups",
  "gid",
  "uid",
  "chdir",
  "exec",
  "late",
] as const satisfies readonly SpawnFailure["stage"][];

const PLAN = {
  argc: 0,
  envc: 1,
  flags: 2,
  umask: 3,
  uid: 4,
  gid: 5,
  files: 6,
  nice: 7,
  oomScore: 8,
  pipeSize: 9,
  maps: 10,
  groups: 11,
  limits: 12,
  rest: 13,
} as const;

/** Flags of the plan; the first three ask for a pipe. */
export const START = {
  stdinPipe: 1,
  stdoutPipe: 2,
  stderrPipe: 4,
  /** stderr shares stdout's pipe. */
  redirectStderr: 8,
  /** A session of its own instead of a process group of its own. */
  setsid: 16,
  /** Descriptor 0 becomes the controlling terminal; needs setsid. */
  controllingTerminal: 32,
} as const;

const UNCHANGED = 1_000_000;
const MAX_MAPS = 28;

/** What to start and how. Whatever is left out stays as it is in the daemon. */
export interface StartRequest {
  readonly file: string;
  readonly argv: readonly string[];
  readonly env: readonly string[];
  readonly cwd?: string | null;
  /** Sum of START flags. */
  readonly flags: number;
  readonly umask?: number | null;
  readonly user?: {
    readonly uid: number;
    readonly gid: number;
    readonly groups: readonly number[];
  } | null;
  /** Soft RLIMIT_NOFILE; the hard limit stays. */
  readonly softFileLimit?: number;
  readonly nice?: number;
  readonly oomScoreAdj?: number;
  /** Bytes to ask for with F_SETPIPE_SZ, for stdout and stderr; 0 leaves the kernel's default. */
  readonly pipeSize?: number;
  /** The program's descriptor number, and ours that becomes it. At most 28. */
  readonly descriptors?: readonly { readonly target: number; readonly source: number }[];
  /** Resource number, soft, hard; -1 is unlimited. */
  readonly limits?: readonly (readonly [number, number, number])[];
}

/** The pid and our ends of the pipes that were asked for (-1 for the others). */
export interface Started {
  readonly pid: number;
  readonly stdin: number;
  readonly stdout: number;
  readonly stderr: number;
}

export type StartResult =
  | { readonly ok: true; readonly value: Started }
  | { readonly ok: false; readonly error: SpawnFailure };

let plan = new Float64Array(512);

/** Starts a process; returns when it executes, or with the step that failed. Never throws for what the host refuses. */
export function startProcess(request: StartRequest): StartResult {
  fillPlan(request);
  posix().spawn(request.file, joined(request.argv), joined(request.env), request.cwd ?? "", plan);
  const [pid = -1, first = 0, second = 0, third = 0] = plan;
  if (pid > 0) return { ok: true, value: { pid, stdin: first, stdout: second, stderr: third } };
  const stage = SPAWN_STAGES[first] ?? "exec";
  return { ok: false, error: { stage, errno: errnoName(second) } };
}

function joined(strings: readonly string[]): string {
  return strings.length === 0 ? "" : `${strings.join("\0")}\0`;
}

function fillPlan(request: StartRequest): void {
  const { user = null, descriptors = [], limits = [] } = request;
  if (descriptors.length > MAX_MAPS)
    throw new Error("internal error: too many descriptors to pass");
  const groups = user?.groups ?? [];
  const size = PLAN.rest + descriptors.length * 2 + groups.length + limits.length * 3;
  if (size > plan.length) plan = new Float64Array(size * 2);
  plan[PLAN.argc] = request.argv.length;
  plan[PLAN.envc] = request.env.length;
  plan[PLAN.flags] = request.flags;
  plan[PLAN.umask] = request.umask ?? -1;
  plan[PLAN.uid] = user?.uid ?? -1;
  plan[PLAN.gid] = user?.gid ?? -1;
  plan[PLAN.files] = request.softFileLimit ?? -1;
  plan[PLAN.nice] = request.nice ?? UNCHANGED;
  plan[PLAN.oomScore] = request.oomScoreAdj ?? UNCHANGED;
  plan[PLAN.pipeSize] = request.pipeSize ?? 0;
  plan[PLAN.maps] = descriptors.length;
  plan[PLAN.groups] = user === null ? -1 : groups.length;
  plan[PLAN.limits] = limits.length;
  let at: number = PLAN.rest;
  for (const { target, source } of descriptors) {
    plan[at++] = target;
    plan[at++] = source;
  }
  for (const gid of groups) plan[at++] = gid;
  for (const limit of limits) for (const value of limit) plan[at++] = value;
}
