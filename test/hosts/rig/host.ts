// One test host: a throw-away copy of a base that boots, runs commands, reboots, loses its power and is gone afterwards.

import {
  chmodSync,
  constants,
  copyFileSync,
  mkdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { type Base, baseOf } from "./bases.ts";
import { endCgroup, makeCgroups, removeCgroup } from "./cgroups.ts";
import { BOOT_MS, COMMAND_MS, EMULATED, HALT_MS, inTime, MARK_MS } from "./deadline.ts";
import {
  type Command,
  type InsideOptions,
  type Outcome,
  outsidePath,
  runInside,
} from "./inside.ts";
import { type HostName, KINDS, type Kind } from "./kinds.ts";
import { type End, Machine } from "./machine.ts";
import { makeWritable, mountOverlay, unmountOverlays } from "./mounts.ts";
import { atEnd, currentRun, removePropagation, removeTree } from "./runs.ts";
import { readTree, type Tree, type TreeOptions } from "./tree.ts";

/** PID 1 of a host that has no init, as in a container: it says that it is there, and sleeps. */
const NO_INIT = ["/bin/sh", "-c", "/usr/local/sbin/tsv-host-up; exec sleep infinity"];

let serial = 0;

/** Makes a host of a kind, not booted; builds the base first when there is none, with more packages if wanted. */
export async function makeHost(name: HostName, packages: readonly string[] = []): Promise<Host> {
  const kind = KINDS[name];
  const run = currentRun();
  const base = await baseOf(kind, packages);
  return new Host(kind, base, { ...run, name: `${run.name}-${++serial}` });
}

/** A host; see `makeHost`. */
export class Host {
  readonly kind: Kind;
  /** How long the base took when it was built for this host. */
  readonly builtInMs: number | null;
  /** The host's root directory as seen from outside. Write there through `put` and `write` only. */
  readonly root: string;
  readonly #name: string;
  readonly #directory: string;
  readonly #forget: () => void;
  readonly #patience: number;
  #cgroups: readonly string[] = [];
  #machine: Machine | null = null;
  #command: readonly string[] | null = null;

  constructor(kind: Kind, base: Base, place: { name: string; directory: string }) {
    this.kind = kind;
    this.builtInMs = base.builtInMs;
    this.#patience = kind.architecture === null ? 1 : EMULATED;
    this.#name = place.name;
    this.#directory = join(place.directory, place.name);
    mkdirSync(this.#directory, { recursive: true });
    this.#forget = atEnd(() => this.dispose());
    this.root = mountOverlay(this.#name, base.path, this.#directory);
  }

  /** Boots and waits until the init has started everything. @returns milliseconds */
  async boot(): Promise<number> {
    this.#command = null;
    return await this.#start();
  }

  /** Starts the same root with a sleeping PID 1 instead of its init, as in a container. Ends by `unplug` only. */
  async bootWithoutInit(): Promise<number> {
    this.#command = NO_INIT;
    return await this.#start();
  }

  async #start(): Promise<number> {
    if (this.#machine !== null) throw new Error(`${this.#name} is booted already`);
    const start = performance.now();
    makeWritable(this.root);
    this.#cgroups = makeCgroups(this.#name);
    const machine = new Machine({
      name: this.#name,
      root: this.root,
      cgroups: this.#cgroups,
      consoleFile: this.consoleFile,
      command: this.#command,
    });
    this.#machine = machine;
    const isSystemd = this.kind.init === "systemd" && this.#command === null;
    const limit = (isSystemd ? MARK_MS : BOOT_MS) * this.#patience;
    const late = (): string => `not up in time:\n${machine.tail()}`;
    await inTime(machine.marked, limit, late).catch(async (error: unknown) => {
      if (!isSystemd || machine.leader() === null) throw error;
      // A getty that opens the console at the same moment can swallow the mark: then systemd is asked.
      const timeoutMs = (BOOT_MS - MARK_MS) * this.#patience;
      await this.until("systemctl is-active --quiet tsv-host-up.service", { timeoutMs });
    });
    // Until the last job is done; "degraded" (status 1) is for the test to judge.
    if (isSystemd) await this.run(["systemctl", "is-system-running", "--wait"]);
    // The mark comes from the shell that is about to become the sleeping PID 1.
    if (this.#command !== null) await this.until("! grep -q tsv-host-up /proc/1/cmdline");
    return performance.now() - start;
  }

  /** Reboots from the inside and waits until it is up again. @returns milliseconds */
  async reboot(): Promise<number> {
    const start = performance.now();
    const end = await this.#shutDown(this.kind.reboot);
    if (end !== "reboot") throw new Error(`it went off instead of rebooting:\n${this.#lastWords}`);
    await this.#start();
    return performance.now() - start;
  }

  /** Shuts down as the administrator would. @returns milliseconds */
  async halt(): Promise<number> {
    const start = performance.now();
    const end = await this.#shutDown(this.kind.powerOff);
    if (end !== "off") throw new Error(`it rebooted instead of going off:\n${this.#lastWords}`);
    return performance.now() - start;
  }

  #lastWords = "";

  async #shutDown(command: Command): Promise<End> {
    const machine = this.#booted();
    // It is ended in the middle of its answer, or never gets to it.
    this.run(command).catch(() => {});
    const end = await inTime(machine.ended, HALT_MS, () => `does not go down:\n${machine.tail()}`);
    this.#afterEnd(machine);
    return end;
  }

  /** Pulls the plug: SIGKILL for PID 1, and with it everything. What was written stays. @returns milliseconds */
  async unplug(): Promise<number> {
    const machine = this.#booted();
    const start = performance.now();
    const leader = machine.leader();
    if (leader !== null) process.kill(leader, "SIGKILL");
    await inTime(machine.ended, HALT_MS, () => "does not end without power");
    this.#afterEnd(machine);
    return performance.now() - start;
  }

  #afterEnd(machine: Machine): void {
    this.#lastWords = machine.tail();
    this.#machine = null;
    this.#endProcesses();
    makeWritable(this.root);
  }

  /** Runs a command inside, as root or another user, and returns whatever it left. */
  async run(command: Command, options: InsideOptions = {}): Promise<Outcome> {
    const leader = this.#booted().leader();
    if (leader === null) throw new Error(`${this.#name} has no PID 1 any more`);
    const cgroups = this.#cgroups.map((path) => join(path, "payload/commands"));
    return await runInside({ leader, cgroups, scratch: this.#directory }, command, {
      timeoutMs: COMMAND_MS * this.#patience,
      ...options,
    });
  }

  /** As `run`, and returns what it printed. @throws unless it succeeded */
  async must(command: Command, options: InsideOptions = {}): Promise<string> {
    const outcome = await this.run(command, options);
    if (outcome.status === 0) return outcome.stdout;
    const line = typeof command === "string" ? command : command.join(" ");
    throw new Error(`status ${outcome.status}: ${line}\n${outcome.stdout}${outcome.stderr}`);
  }

  /**
   * Waits until a command succeeds inside, and returns what it printed.
   * @remarks An init does not notify processes outside when a service is up, so this polls; nothing else in the rig does.
   * @throws when the deadline passes
   */
  async until(command: Command, options: InsideOptions = {}): Promise<string> {
    const line = typeof command === "string" ? ["/bin/sh", "-c", command] : command;
    const again = `trap 'printf "not in time, at last: %s\\n" "$out" >&2; exit 124' TERM
      until out=$("$@" 2>&1); do sleep 0.05; done
      printf "%s\\n" "$out"`;
    return await this.must(["/bin/sh", "-c", again, "until", ...line], {
      timeoutMs: COMMAND_MS * this.#patience,
      ...options,
    });
  }

  /** What runs as PID 1: its name and executable. */
  async pidOne(): Promise<{ name: string; executable: string }> {
    const [name = "", executable = ""] = (
      await this.must("cat /proc/1/comm; readlink /proc/1/exe")
    ).split("\n");
    return { name, executable };
  }

  /** Copies a file of this machine into the host, booted or not, as one that was never half there. */
  put(source: string, path: string, mode = 0o755): void {
    const target = outsidePath(this.root, path, true);
    copyFileSync(source, `${target}.new`, constants.COPYFILE_FICLONE);
    chmodSync(`${target}.new`, mode);
    renameSync(`${target}.new`, target);
  }

  /** Writes a file of the host; its directory is made. */
  write(path: string, text: string, mode = 0o644): void {
    const target = outsidePath(this.root, path, true);
    writeFileSync(target, text);
    chmodSync(target, mode);
  }

  /** Reads a file of the host. */
  read(path: string): string {
    return readFileSync(outsidePath(this.root, path), "utf8");
  }

  /** A snapshot of all files, booted or not. */
  tree(options: TreeOptions = {}): Tree {
    return readTree(this.root, options);
  }

  get isBooted(): boolean {
    return this.#machine !== null;
  }

  /** The console of all boots. */
  get consoleFile(): string {
    return join(this.#directory, "console.log");
  }

  #booted(): Machine {
    if (this.#machine === null) throw new Error(`${this.#name} is not booted`);
    return this.#machine;
  }

  #endProcesses(): void {
    for (const path of this.#cgroups) endCgroup(path);
    for (const path of this.#cgroups) removeCgroup(path);
    removePropagation((machine) => machine === this.#name);
    this.#cgroups = [];
  }

  /** Ends and removes everything of this host. Twice does no harm. */
  dispose(): void {
    this.#machine?.abandon();
    this.#endProcesses();
    this.#machine = null;
    unmountOverlays(this.#name, this.#directory);
    removeTree(this.#directory);
    this.#forget();
  }
}
