// Begins to start one process by the addon: packs the request into one array and three strings, so that a start is a
// single native call, and unpacks the answer. PLAN and SPAWN_STAGES have the order of the enums in posix/spawn.h.
//
// sync-ok(spawn): makes the child and does not wait for it, but for the helper that a daemon with a
// lowered oom_score_adj needs

import type { IoPriority } from "../../core/config/value-types.ts";
import { capabilityMask } from "../../core/process/capabilities.ts";
import { type ProgramLimits, resourceLimits } from "../../core/process/program-limits.ts";
import type { SpawnStage } from "../../core/process/spawn-errors.ts";
import type { LaunchSpec, SpawnFailure } from "../../ports/spawner.ts";
import { kept } from "../keeper/keeper.ts";
import { programTable } from "../keeper/program-table.ts";
import { errnoName, posix } from "../posix.ts";
import { readProc } from "../procfs.ts";

export const SPAWN_STAGES = [
  "pipe",
  "fork",
  "session",
  "stdio",
  "find",
  "cgroup",
  "rlimit",
  "nice",
  "oom_score_adj",
  "ionice",
  "cpu_affinity",
  "capabilities",
  "groups",
  "gid",
  "uid",
  "chdir",
  "no_new_privs",
  "exec",
] as const satisfies readonly SpawnFailure["stage"][];

export const PLAN = {
  argc: 0,
  envc: 1,
  flags: 2,
  umask: 3,
  uid: 4,
  gid: 5,
  files: 6,
  nice: 7,
  oomScore: 8,
  ioPriority: 9,
  capabilities: 10,
  pipeSize: 11,
  maps: 12,
  groups: 13,
  limits: 14,
  cpus: 15,
  paths: 16,
  entry: 17,
  cgroup: 18,
  rest: 19,
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
  /** Only looks for the file, and exits. */
  lookOnly: 64,
  noNewPrivs: 128,
  /** The kernel kills it when the daemon dies, but not its own children. */
  diesWithParent: 256,
  /** LISTEN_PID in the environment becomes the pid of the process. */
  listenPid: 512,
} as const;

const UNCHANGED = 1_000_000;
const MAX_MAPS = 28;

/** What to start and how. Whatever is left out stays as it is in the daemon. */
export interface StartRequest {
  /** A file to execute as it is, or files to look for first. */
  readonly file: string | LaunchSpec["candidates"];
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
  readonly limits?: Partial<ProgramLimits>;
  readonly listens?: boolean;
  /** The directory of a cgroup, then pairs: a file in it, and what to write there. The last one enters it. */
  readonly cgroup?: readonly string[];
  /** Without one in `limits`. */
  readonly oomScoreAdj?: number;
  /** Bytes to ask for with F_SETPIPE_SZ, for stdout and stderr; 0 leaves the kernel's default. */
  readonly pipeSize?: number;
  /** The program's descriptor number, and ours that becomes it. At most 28. */
  readonly descriptors?: readonly { readonly target: number; readonly source: number }[];
  /** Gives its place back; called when it executes, or when a child that never does is reaped. */
  readonly leave?: () => void;
  /** Its process group is killed when it exits. */
  readonly endsGroup?: boolean;
  /** In the table of programs: if there is a keeper, the process becomes its child. */
  readonly entry?: number;
}

/** The pid, and the daemon's ends of the requested pipes (-1 for the others). */
export interface Started {
  readonly pid: number;
  readonly stdin: number;
  readonly stdout: number;
  readonly stderr: number;
}

/** A child that has not executed as far as we know: `report` is ready to be read when there is a verdict. */
export interface BegunStart extends Started {
  readonly report: number;
  /** The slot of shared memory that it uses. */
  readonly slot: number;
}

/** The entry of a program in the table, if there is one. @param fds ours of its terminal */
export function entryOf(
  { owner }: Pick<LaunchSpec, "owner">,
  fds: readonly number[] = [],
): Pick<StartRequest, "entry"> {
  const entry = owner === undefined ? null : (programTable()?.entry(owner, fds) ?? null);
  return entry === null ? {} : { entry };
}

/** Its program does not execute: the pipes are closed, and their numbers may be other files'. */
export function withdrawEntry(entry: number): void {
  for (const fd of programTable()?.failed(entry) ?? []) kept()?.drop(fd);
}

type Outcome<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: SpawnFailure };

type BeginResult = Outcome<BegunStart>;
export type StartResult = Outcome<Started>;

let plan = new Float64Array(512);

/** Begins to start a process, without waiting for the child. Never throws for what the host refuses. */
export function beginStart(request: StartRequest): BeginResult {
  const { file } = request;
  const candidates = typeof file === "string" ? [{ path: "", file }] : file;
  fillPlan(request, candidates.length);
  const paths = joined(candidates.flatMap((each) => [each.path, each.file]));
  const cgroup = joined(request.cgroup ?? []);
  posix().spawn(paths, joined(request.argv), joined(request.env), request.cwd ?? "", plan, cgroup);
  const [pid = -1, stdin = 0, stdout = 0, stderr = 0, report = -1, slot = -1] = plan;
  if (pid > 0) return { ok: true, value: { pid, stdin, stdout, stderr, report, slot } };
  return { ok: false, error: readFailure(stdin, stdout, stderr) };
}

/**
 * The child's verdict; there is at most one.
 * @param patienceMs waits so long for it
 * @returns null when it executes, or was killed before
 */
export function verdictOf(begun: BegunStart, patienceMs = 0): "pending" | SpawnFailure | null {
  const kind = posix().verdict(begun.report, begun.slot, plan, patienceMs);
  if (kind === 0) return "pending";
  if (kind === 1) return null;
  const [stage = 0, errno = 0, index = -1] = plan;
  return readFailure(stage, errno, index);
}

/** Abandons a start. @param lives whether to kill the child @returns its stage */
export function abandonStart({ slot }: BegunStart, lives = true): SpawnStage {
  return SPAWN_STAGES[posix().abandon(slot, lives ? 1 : 0)] ?? "fork";
}

/** Closes our ends of its pipes. */
export function closePipes({ stdin, stdout, stderr }: Started): void {
  for (const fd of [stdin, stdout, stderr]) if (fd >= 0) posix().close(fd);
}

const PATIENCE_MS = 5000;

/** Starts a process synchronously: returns when it executes, or with the failed stage. */
export function startProcess(request: StartRequest): StartResult {
  const begun = beginStart(request);
  if (!begun.ok) return begun;
  const verdict = verdictOf(begun.value, PATIENCE_MS);
  const stage = verdict === "pending" ? abandonStart(begun.value) : "exec";
  posix().close(begun.value.report);
  if (verdict === null) return begun;
  closePipes(begun.value);
  return { ok: false, error: verdict === "pending" ? { stage, errno: "ETIMEDOUT" } : verdict };
}

function readFailure(stage: number, errno: number, index: number): SpawnFailure {
  const failure = { stage: SPAWN_STAGES[stage] ?? "exec", errno: errnoName(errno) };
  return index < 0 ? failure : { ...failure, index };
}

/** Each with a NUL behind it, as the addon takes lists. */
export function joined(strings: readonly string[]): string {
  return strings.length === 0 ? "" : `${strings.join("\0")}\0`;
}

function fillPlan(request: StartRequest, paths: number): void {
  const { user = null, descriptors = [], limits = {} } = request;
  const { cpus, capabilities } = limits;
  if (descriptors.length > MAX_MAPS)
    throw new Error("internal error: too many descriptors to pass");
  const groups = user?.groups ?? [];
  const resources = resourceLimits(limits);
  const rest = descriptors.length * 2 + groups.length + resources.length * 3 + (cpus?.length ?? 0);
  const size = PLAN.rest + rest;
  if (size > plan.length) plan = new Float64Array(size * 2);
  plan[PLAN.argc] = request.argv.length;
  plan[PLAN.envc] = request.env.length;
  plan[PLAN.flags] =
    request.flags +
    (limits.noNewPrivs === true ? START.noNewPrivs : 0) +
    (request.listens === true ? START.listenPid : 0);
  plan[PLAN.umask] = request.umask ?? -1;
  plan[PLAN.uid] = user?.uid ?? -1;
  plan[PLAN.gid] = user?.gid ?? -1;
  plan[PLAN.files] = request.softFileLimit ?? -1;
  plan[PLAN.nice] = limits.nice ?? UNCHANGED;
  plan[PLAN.oomScore] = limits.oomScoreAdj ?? request.oomScoreAdj ?? UNCHANGED;
  plan[PLAN.ioPriority] = limits.ioPriority == null ? UNCHANGED : ioNumber(limits.ioPriority);
  plan[PLAN.capabilities] = capabilities == null ? -1 : capabilityMask(capabilities);
  plan[PLAN.pipeSize] = request.pipeSize ?? 0;
  plan[PLAN.maps] = descriptors.length;
  plan[PLAN.groups] = user === null ? -1 : groups.length;
  plan[PLAN.limits] = resources.length;
  plan[PLAN.cpus] = cpus?.length ?? 0;
  plan[PLAN.paths] = paths;
  plan[PLAN.entry] = request.entry ?? -1;
  plan[PLAN.cgroup] = request.cgroup?.length ?? 0;
  let at: number = PLAN.rest;
  for (const { target, source } of descriptors) {
    plan[at++] = target;
    plan[at++] = source;
  }
  for (const gid of groups) plan[at++] = gid;
  for (const { resource, soft, hard } of resources) {
    plan[at++] = posix().limits[resource];
    plan[at++] = soft;
    plan[at++] = hard;
  }
  for (const cpu of cpus ?? []) plan[at++] = cpu;
}

/** As ioprio_set(2) has it: the class, and the level in the low bits. */
function ioNumber({ kind, level }: IoPriority): number {
  return { realtime: 1, "best-effort": 2, idle: 3 }[kind] * 2 ** 13 + level;
}

// Which process the kernel kills when memory runs out (proc(5), /proc/pid/oom_score_adj). A daemon that is protected must
// not pass that on: a program with a leak would be protected too.

type OomScore = Pick<StartRequest, "oomScoreAdj">;

let known: OomScore | null = null;

/**
 * The score for programs: the ordinary one where the daemon's is lower, otherwise to keep the daemon's. That does not change, so
 * it is read once.
 */
export function programOomScore(): OomScore {
  known ??= Number(readProc("self/oom_score_adj")) < 0 ? { oomScoreAdj: 0 } : {};
  return known;
}
