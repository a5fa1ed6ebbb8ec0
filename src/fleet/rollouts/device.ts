// The desired configuration of this device: reads its key at each connection and when it changes, and does what core/fleet/desired decides.
// The agent's program has one of these.

import { displayName } from "../../core/base/ids.ts";
import { err, ok, type Result } from "../../core/base/result.ts";
import { checkConfig, formatProblem } from "../../core/config/lint/check.ts";
import { loadConfig } from "../../core/config/load.ts";
import { absolutePath, dirname, joinPath, splitPath } from "../../core/config/paths.ts";
import { type ConfigPlace, includedFile, withFile } from "../../core/config/program-file.ts";
import { parseIni } from "../../core/config/raw.ts";
import {
  type Act,
  type ConfigurationReport,
  DESIRED_FILES,
  type Desired,
  type DesiredFile,
  type DesiredInput,
  type DesiredState,
  type FileChange,
  filesOf,
  fileText,
  isFileOfFleet,
  NOTHING_DESIRED,
  PAUSE_MS,
  readNote,
  step,
} from "../../core/fleet/desired.ts";
import { readDesired } from "../../core/fleet/desired-text.ts";
import { DESIRED_HEADERS, rolloutOf } from "../../core/fleet/rollout-text.ts";
import { keySubject } from "../../core/fleet/subjects.ts";
import type { XmlRpcValue } from "../../core/xmlrpc/value.ts";
import { readAppliedRows, readProcessRows } from "../../ctl/answers.ts";
import { type CallResult, faultOf } from "../../ctl/client.ts";
import { failureText } from "../../ctl/failure.ts";
import { createConfigWorld } from "../../host/files/config-world.ts";
import { changePath, type PathChange, readOwnFile } from "../../host/files/file-changes.ts";
import { directoryDistrust } from "../../host/files/new-file.ts";
import { findSilentMounts, silentMount } from "../../host/files/silent-mounts.ts";
import { createAccounts } from "../../host/system/accounts.ts";
import { createSecrets } from "../../host/system/secrets.ts";
import { startPause } from "../../host/time/pause.ts";
import { type Entry, lastEntry } from "../nats/buckets.ts";
import type { Session } from "../nats/connection.ts";

/** Member `configuration` of the reported state. */
export interface ReportedConfiguration extends ConfigurationReport {
  /** SHA-256 of the file, in hex; null without one. */
  readonly hash: string | null;
}

export interface DeviceDeps {
  /** Name of this device. */
  readonly device: string;
  /** Absolute path of the configuration of the daemon. */
  readonly config: string;
  /** @param limitMs milliseconds within which the answer must be complete */
  readonly call: (
    method: string,
    params: readonly XmlRpcValue[],
    limitMs: number,
  ) => Promise<CallResult>;
  /** Called at the start, with what was reported last, and at each result. */
  readonly report: (reported: ReportedConfiguration) => void;
  readonly log: (line: string) => void;
}

export interface DeviceConfiguration {
  /** Reads the key on a new connection, and follows it until that ends. */
  connected(session: Session): void;
}

const SECOND = 1000;
/** For a daemon to read its configuration. */
const ANSWER_MS = 60 * SECOND;
/** For programs to come up, or to fail. */
const APPLY_MS = 300 * SECOND;
/** Characters of the note: the names of programs are in it. */
const MOST_NOTE = 4 * 1024 * 1024;
const NO_DAEMON = "the daemon does not answer";
/** The stream has a message a moment after subscribers have it. */
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 60 * SECOND;

export function createDeviceConfiguration(deps: DeviceDeps): DeviceConfiguration {
  const runner = new Runner(deps);
  return { connected: (session) => followKey(session, deps, (desired) => runner.desire(desired)) };
}

/** Reads the key now and after each message to it, one question at a time. A message is only a hint: it lacks the revision. */
function followKey(
  session: Session,
  { device, log }: DeviceDeps,
  found: (desired: Desired) => void,
): void {
  let isOver = false;
  let wanted = 1;
  let isBusy = false;
  let last: number | null = null;
  void session.ended.then(() => {
    isOver = true;
  });
  const read = async (): Promise<void> => {
    isBusy = true;
    let pauseMs = FIRST_PAUSE_MS;
    while (wanted > 0 && !isOver) {
      const seen = wanted;
      const entry = await lastEntry(session, "desired", device);
      const revision = entry.ok ? (entry.value?.revision ?? 0) : null;
      if (revision !== null && revision !== last) {
        last = revision;
        wanted -= seen;
        pauseMs = FIRST_PAUSE_MS;
        if (entry.ok && entry.value !== null) found(desiredOf(entry.value));
      } else {
        if (!entry.ok && pauseMs === FIRST_PAUSE_MS)
          log(`the desired configuration cannot be read: ${entry.error}`);
        // The message was a duplicate, or one that the stream did not take.
        if (entry.ok && pauseMs > SECOND) wanted = 0;
        await startPause(pauseMs).over;
        pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
      }
    }
    isBusy = false;
  };
  session.subscribe(keySubject("desired", device), () => {
    wanted += 1;
    if (!isBusy) void read();
  });
  void read();
}

function desiredOf({ revision, text, header }: Entry): Desired {
  const settleMs = Number(header(DESIRED_HEADERS.settle) ?? 0);
  const rollout = rolloutOf(header) ?? "";
  return { revision, rollout, text, settleMs: Number.isSafeInteger(settleMs) ? settleMs : 0 };
}

class Runner {
  readonly #deps: DeviceDeps;
  readonly #world = createConfigWorld(createAccounts());
  #state: DesiredState = NOTHING_DESIRED;
  /** What waits for the start. */
  #isStarted = false;
  #wanted: Desired | null = null;
  /** Processes that the last apply started, and their pids. */
  #up: ReadonlyMap<string, number> = new Map();

  constructor(deps: DeviceDeps) {
    this.#deps = deps;
    void this.#start();
  }

  desire(desired: Desired): void {
    this.#wanted = desired;
    if (this.#isStarted) this.#take({ kind: "desired", desired });
  }

  async #start(): Promise<void> {
    await this.#answers();
    const path = this.#pathOf("note");
    const text = path.ok ? await readOwnFile(path.value, MOST_NOTE) : null;
    this.#isStarted = true;
    this.#take({ kind: "started", note: text === null ? null : readNote(text) });
    if (this.#wanted !== null) this.#take({ kind: "desired", desired: this.#wanted });
  }

  #take(input: DesiredInput): void {
    const before = this.#state;
    const after = step(before, input, new Date().toISOString());
    this.#state = after;
    if (after.report !== null && after.report !== before.report) this.#report(after.report);
    if (after.act !== null && after.act !== before.act) void this.#perform(after.act);
  }

  #report(report: ConfigurationReport): void {
    const { revision, result, why } = report;
    this.#deps.log(`configuration ${revision}: ${result}${why === "" ? "" : `: ${why}`}`);
    const text = this.#textOfFile();
    this.#deps.report({ ...report, hash: text === null ? null : createSecrets().sha256Hex(text) });
  }

  /**
   * Waits until the file system of the configuration answers. Files are read on the only thread, which calls need, too: those on other
   * file systems that do not answer count as missing.
   */
  async #answers(): Promise<void> {
    const { config, log } = this.#deps;
    for (let isSaid = false; ; isSaid = true) {
      await findSilentMounts();
      const mount = silentMount(config);
      if (mount === null) return;
      if (!isSaid) log(`${config} cannot be read: the file system ${mount} does not answer`);
      await startPause(PAUSE_MS).over;
    }
  }

  async #perform(act: Act): Promise<void> {
    await this.#answers();
    for (const change of filesOf(act)) {
      const problem = await this.#change(change);
      if (problem === null || "mayFail" in change) continue;
      this.#take({ kind: "did", outcome: "failed", why: problem });
      return;
    }
    const outcome = await this.#outcome(act);
    // A newer configuration came meanwhile.
    if (this.#state.act === act) this.#take(outcome);
  }

  async #change(change: FileChange): Promise<string | null> {
    const names = "to" in change ? [change.to] : [];
    const from = "from" in change ? [change.from] : [];
    const paths = new Map<DesiredFile, string>();
    for (const name of [...names, ...from]) {
      const path = this.#pathOf(name);
      if (!path.ok) return path.error;
      paths.set(name, path.value);
    }
    const at = (name: DesiredFile): string => paths.get(name) ?? "";
    const paths_: PathChange =
      change.op === "write"
        ? { op: "write", to: at(change.to), text: change.text }
        : change.op === "remove"
          ? { op: "remove", from: at(change.from) }
          : { op: change.op, from: at(change.from), to: at(change.to) };
    return await changePath(paths_);
  }

  async #outcome(act: Act): Promise<DesiredInput> {
    switch (act.kind) {
      case "check":
        return this.#check(act.desired);
      case "apply":
        return await this.#apply(act.names);
      case "reapply":
        return await this.#apply(act.names);
      case "settle":
        await startPause(act.ms).over;
        return await this.#settled();
      case "pause":
        await startPause(act.ms).over;
        return { kind: "did", outcome: "ok" };
      default:
        return { kind: "did", outcome: "ok" };
    }
  }

  #place(): Result<ConfigPlace, string> {
    const { config: file } = this.#deps;
    const world = this.#world;
    const loaded = loadConfig(file, world, absolutePath(dirname(file), world.cwd));
    if (!loaded.ok) return err(loaded.error.text);
    return ok({ file, raw: loaded.value.raw, world, option: "" });
  }

  #pathOf(name: DesiredFile): Result<string, string> {
    const place = this.#place();
    if (!place.ok) return place;
    const path = includedFile(DESIRED_FILES.file.replace(/\.conf$/, ""), place.value);
    if (!path.ok) return err(path.error.message);
    if (name === "file") return path;
    return ok(joinPath(splitPath(path.value).head, DESIRED_FILES[name]));
  }

  #textOfFile(): string | null {
    const path = this.#pathOf("file");
    const text = path.ok ? this.#world.readText(path.value) : path;
    return text.ok ? text.value : null;
  }

  /** Whether the daemon could start with a text: as `tsv service add` checks a file that it has not written yet. */
  #check({ text }: Desired): DesiredInput {
    const refused = (problem: string): DesiredInput => ({ kind: "checked", problem });
    const place = this.#place();
    const path = this.#pathOf("file");
    if (!place.ok) return refused(place.error);
    if (!path.ok) return refused(path.error);
    const { file, world } = place.value;
    const distrust = directoryDistrust(dirname(path.value));
    if (distrust !== null) return refused(distrust);
    const before = this.#textOfFile();
    if (before === null ? world.exists(path.value) : !isFileOfFleet(before))
      return refused(`${path.value} is not a file of the fleet: move it away`);
    const without = withFile(world, path.value, null);
    const others = loadConfig(file, without, absolutePath(dirname(file), world.cwd));
    if (!others.ok) return refused(others.error.text);
    const read = readDesired(text ?? "", others.value.raw);
    if (!read.ok) return refused(read.error);
    const wanted = text === null ? null : fileText(text);
    const problems = checkConfig(file, withFile(world, path.value, wanted));
    const error = problems.find(({ severity }) => severity === "error");
    if (error !== undefined) return refused(formatProblem(error));
    const old = before === null ? ok([]) : readDesired(before, others.value.raw);
    const names = [...new Set([...read.value, ...(old.ok ? old.value : namesIn(before))])];
    return { kind: "checked", problem: null, names, hadFile: before !== null };
  }

  /** Lets the daemon apply programs and groups, without those that neither it nor the configuration has. */
  async #apply(names: readonly string[]): Promise<DesiredInput> {
    const left = new Set(names);
    this.#up = new Map();
    // No names would be all of them.
    while (left.size > 0) {
      const answer = await this.#deps.call("tsv.apply", [[...left]], APPLY_MS);
      if (answer.ok) return await this.#applied(readAppliedRows(answer.value));
      const fault = faultOf(answer);
      const text = failureText(answer.error).replace(/^[A-Z_]+: /, "");
      if (fault === "BAD_NAME" && left.delete(text)) continue;
      if (fault === "CANT_REREAD") return { kind: "did", outcome: "refused", why: text };
      const isLost = fault === null || fault === "SHUTDOWN_STATE";
      const isLate = answer.error.kind === "connection" && answer.error.failure.code === "SILENT";
      if (isLate)
        return { kind: "did", outcome: "failed", why: "programs did not come up in time" };
      const why = isLost ? NO_DAEMON : text;
      return { kind: "did", outcome: isLost ? "lost" : "failed", why };
    }
    return { kind: "did", outcome: "ok" };
  }

  async #applied(rows: ReturnType<typeof readAppliedRows>): Promise<DesiredInput> {
    const failed = rows.find(({ outcome }) => outcome === "failed");
    if (failed !== undefined) {
      const name = displayName(failed.group, failed.name);
      const why = `${name}: ${failed.error || "it did not come up"}`;
      return { kind: "did", outcome: "failed", why };
    }
    if (rows.some(({ outcome }) => outcome === "unknown"))
      return { kind: "did", outcome: "lost", why: NO_DAEMON };
    const changed = new Set(rows.map(({ group, name }) => displayName(group, name)));
    const now = await this.#processes();
    if (now === null) return { kind: "did", outcome: "lost", why: NO_DAEMON };
    this.#up = new Map(
      now.flatMap(({ group, name, pid, stateName }) => {
        const shown = displayName(group, name);
        return stateName === "RUNNING" && changed.has(shown) ? [[shown, pid] as const] : [];
      }),
    );
    return { kind: "did", outcome: "ok" };
  }

  /** Whether what came up has neither failed nor started again. One that has ended as it should, or was stopped, is no failure. */
  async #settled(): Promise<DesiredInput> {
    const now = await this.#processes();
    if (now === null) return { kind: "did", outcome: "lost", why: NO_DAEMON };
    const broken = now.find(({ group, name, pid, stateName }) => {
      const before = this.#up.get(displayName(group, name));
      if (before === undefined) return false;
      return stateName === "RUNNING"
        ? pid !== before
        : !["STOPPED", "STOPPING", "EXITED"].includes(stateName);
    });
    if (broken === undefined) return { kind: "did", outcome: "ok" };
    const name = displayName(broken.group, broken.name);
    const why = `${name}: it came up, and broke later (${broken.stateName})`;
    return { kind: "did", outcome: "failed", why };
  }

  async #processes() {
    const answer = await this.#deps.call("supervisor.getAllProcessInfo", [], ANSWER_MS);
    return answer.ok ? readProcessRows(answer.value) : null;
  }
}

/** Of a file that a host's own configuration contradicts by now. */
function namesIn(text: string | null): readonly string[] {
  const parsed = parseIni(text ?? "", "");
  return parsed.ok
    ? [...parsed.value.sections.keys()].map((name) => name.replace(/^[^:]*:/, ""))
    : [];
}
