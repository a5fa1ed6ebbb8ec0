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
import { within } from "../../rig/wait.ts";
import { baseOf } from "./bases.ts";
import { makeCgroups, removeCgroup } from "./cgroups.ts";
import {
  type Command,
  type InsideOptions,
  type Outcome,
  outsidePath,
  runInside,
} from "./inside.ts";
import { type HostName, type Kind, kindOf } from "./kinds.ts";
import { type End, Machine } from "./machine.ts";
import { makeWritable, mountOverlay, unmountOverlays } from "./mounts.ts";
import { atEnd, currentRun, removePropagation, removeTree } from "./runs.ts";
import { readTree, type Tree, type TreeOptions } from "./tree.ts";

// These limits are reached only when something is wrong, so each has room for a machine that is busy with other things.
const BOOT_MS = 300_000;
/** After this a systemd host without its mark is asked. */
const MARK_MS = 90_000;
const HALT_MS = 180_000;
const COMMAND_MS = 120_000;
/** So many times as long where every program runs through qemu. */
const EMULATED = 5;

/** PID 1 of a host that has no init, as in a container: it says that it is there, and sleeps. */
const NO_INIT = ["/bin/sh", "-c", "/usr/local/sbin/tsv-host-up; exec sleep infinity"];

let serial = 0;

/** Makes a host of a kind, not booted; builds the base first when there is none, with more packages if wanted. */
export async function makeHost(name: HostName, packages: readonly string[] = []): Promise<Host> {
  const kind = kindOf(name);
  const run = currentRun();
  const base = await baseOf(kind, packages);
  return new Host(kind, base, { ...run, name: `${run.name}-${++serial}` });
}

/** A host; see `makeHost`. */
export class Host {
  readonly kind: Kind;
  /** The host's root directory as seen from outside. Write there through `put` and `write` only. */
  readonly root: string;
  readonly #name: string;
  readonly #directory: string;
  readonly #forget: () => void;
  readonly #patience: number;
  #cgroups: readonly string[] = [];
  #machine: Machine | null = null;
  #command: readonly string[] | null = null;

  constructor(kind: Kind, base: string, place: { name: string; directory: string }) {
    this.kind = kind;
    this.#patience = kind.architecture === null ? 1 : EMULATED;
    this.#name = place.name;
    this.#directory = join(place.directory, place.name);
    mkdirSync(this.#directory, { recursive: true });
    this.#forget = atEnd(() => this.dispose());
    this.root = mountOverlay(base, this.#directory);
  }

  /** Boots and waits until the init has started everything. */
  async boot(): Promise<void> {
    this.#command = null;
    await this.#start();
  }

  /** Starts the same root with a sleeping PID 1 instead of its init, as in a container. Ends by `unplug` only. */
  async bootWithoutInit(): Promise<void> {
    this.#command = NO_INIT;
    await this.#start();
  }

  async #start(): Promise<void> {
    if (this.#machine !== null) throw new Error(`${this.#name} is booted already`);
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
    const timeoutMs = (isSystemd ? MARK_MS : BOOT_MS) * this.#patience;
    const left = (): string => machine.tail();
    await within(machine.marked, { what: "the boot", timeoutMs, left }).catch(
      async (error: unknown) => {
        if (!isSystemd || machine.leader() === null) throw error;
        // A getty that opens the console at the same moment can swallow the mark: then systemd is asked.
        const rest = { timeoutMs: (BOOT_MS - MARK_MS) * this.#patience };
        await this.until("systemctl is-active --quiet tsv-host-up.service", rest);
      },
    );
    // Until the last job is done; "degraded" (status 1) is for the test to judge.
    if (isSystemd) await this.run(["systemctl", "is-system-running", "--wait"]);
    // The mark comes from the shell that is about to become the sleeping PID 1.
    if (this.#command !== null) await this.until("! grep -q tsv-host-up /proc/1/cmdline");
  }

  /** Reboots from the inside and waits until it is up again. */
  async reboot(): Promise<void> {
    const end = await this.#shutDown(this.kind.reboot);
    if (end !== "reboot") throw new Error(`it went off instead of rebooting:\n${this.#lastWords}`);
    await this.#start();
  }

  /** Shuts down as the administrator would. */
  async halt(): Promise<void> {
    const end = await this.#shutDown(this.kind.powerOff);
    if (end !== "off") throw new Error(`it rebooted instead of going off:\n${this.#lastWords}`);
  }

  #lastWords = "";

  async #shutDown(command: Command): Promise<End> {
    const machine = this.#booted();
    // It is ended in the middle of its answer, or never gets to it.
    this.run(command).catch(() => {});
    const left = (): string => machine.tail();
    const end = await within(machine.ended, { what: "the shutdown", timeoutMs: HALT_MS, left });
    this.#afterEnd(machine);
    return end;
  }

  /** Pulls the plug: SIGKILL for PID 1, and with it everything. What was written stays. */
  async unplug(): Promise<void> {
    const machine = this.#booted();
    const leader = machine.leader();
    if (leader !== null) process.kill(leader, "SIGKILL");
    await within(machine.ended, { what: "the end without power", timeoutMs: HALT_MS });
    this.#afterEnd(machine);
  }

  #afterEnd(machine: Machine): void {
    this.#lastWords = machine.tail();
    this.#machine = null;
    this.#removeCgroups();
    makeWritable(this.root);
  }

  /** PID 1 of the host as this machine numbers it. @throws for a host that is off */
  get leader(): number {
    const leader = this.#booted().leader();
    if (leader === null) throw new Error(`${this.#name} has no PID 1 any more`);
    return leader;
  }

  /** Runs a command inside, as root or another user, and returns whatever it left. */
  async run(command: Command, options: InsideOptions = {}): Promise<Outcome> {
    const { leader } = this;
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

  /** The console of all boots. */
  get consoleFile(): string {
    return join(this.#directory, "console.log");
  }

  #booted(): Machine {
    if (this.#machine === null) throw new Error(`${this.#name} is not booted`);
    return this.#machine;
  }

  #removeCgroups(): void {
    for (const path of this.#cgroups) removeCgroup(path);
    removePropagation((machine) => machine === this.#name);
    this.#cgroups = [];
  }

  /** Ends and removes everything of this host. Twice does no harm. */
  dispose(): void {
    this.#machine?.end();
    this.#removeCgroups();
    this.#machine = null;
    unmountOverlays(this.#directory);
    removeTree(this.#directory);
    this.#forget();
  }
}
