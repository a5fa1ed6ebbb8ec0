// A container: what it prints, what runs in it beside PID 1, how it is stopped, and what it exits with.

import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import type { Outcome } from "../../e2e/rig/command.ts";
import { until } from "../../rig/wait.ts";
import { mustPodman, podman, podmanWords } from "./podman.ts";

/** How a container is run; each as podman and docker name it. */
export interface RunOptions {
  readonly user?: string;
  /** Nothing but these is writable, and /dev/shm. */
  readonly readOnly?: boolean;
  readonly tmpfs?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** In place of the image's CMD. */
  readonly command?: readonly string[];
  /** More words for podman, before the image. */
  readonly words?: readonly string[];
}

/** As low as CI machines have them; podman's own are above what root has there. */
const LIMITS = ["--ulimit", "nofile=1024:4096", "--ulimit", "nproc=16384:16384"];

/** A running container. */
export class Container {
  readonly name: string;
  #logs!: ChildProcess;
  readonly #text = { stdout: "", stderr: "" };
  #isComplete = false;

  private constructor(name: string) {
    this.name = name;
    this.#follow();
  }

  /** From the beginning of its log: what an earlier run printed is in it too. */
  #follow(): void {
    const [command = "", ...words] = podmanWords("logs", "--follow", this.name);
    const logs = spawn(command, words, { stdio: ["ignore", "pipe", "pipe"] });
    this.#logs = logs;
    this.#text.stdout = "";
    this.#text.stderr = "";
    this.#isComplete = false;
    for (const channel of ["stdout", "stderr"] as const) {
      logs[channel].setEncoding("utf8").on("data", (chunk: string) => {
        this.#text[channel] += chunk;
      });
    }
    logs.once("close", () => {
      this.#isComplete = true;
    });
  }

  static async start(image: string, options: RunOptions = {}): Promise<Container> {
    const name = `tsv-test-${process.pid}-${randomBytes(4).toString("hex")}`;
    const words = [
      ...["run", "--detach", "--name", name, "--network=none", "--pull=never", ...LIMITS],
      ...(options.user === undefined ? [] : ["--user", options.user]),
      ...(options.readOnly === true ? ["--read-only", "--read-only-tmpfs=false"] : []),
      ...(options.tmpfs ?? []).flatMap((each) => ["--tmpfs", each]),
      ...Object.entries(options.env ?? {}).flatMap(([key, value]) => ["--env", `${key}=${value}`]),
      ...(options.words ?? []),
    ];
    try {
      await mustPodman(...words, image, ...(options.command ?? []));
    } catch (error) {
      await podman("rm", "--force", name);
      throw error;
    }
    return new Container(name);
  }

  /** What it has printed so far. */
  get stdout(): string {
    return this.#text.stdout;
  }

  get stderr(): string {
    return this.#text.stderr;
  }

  /** Waits until stdout, or stderr, matches so many times. @throws with all that was printed when it never does */
  async printed(pattern: RegExp, times = 1, channel?: "stdout" | "stderr"): Promise<void> {
    const global = new RegExp(pattern.source, "gm");
    const count = (text: string): number => Array.from(text.matchAll(global)).length;
    const isThere = (): boolean =>
      channel === undefined
        ? count(this.stdout) + count(this.stderr) >= times
        : count(this.#text[channel]) >= times;
    await this.#until(isThere, String(pattern));
  }

  async #until(isTrue: () => boolean, what: string): Promise<void> {
    const left = (): string => `${this.stdout}${this.stderr}`;
    const look = (): boolean => {
      if (!isTrue() && this.#isComplete)
        throw new Error(`it has exited, without ${what}:\n${left()}`);
      return isTrue();
    };
    await until(look, { what, left, timeoutMs: 60_000 });
  }

  /** Runs a command in it, as the image's user. */
  exec(...command: readonly string[]): Promise<Outcome> {
    return podman("exec", this.name, ...command);
  }

  /** The same as root, whoever the image's user is. */
  execAsRoot(...command: readonly string[]): Promise<Outcome> {
    return podman("exec", "--user=0", this.name, ...command);
  }

  /** Waits until a command of the shell succeeds in it. @returns what it printed then */
  until(command: string): Promise<string> {
    const again = `until out=$(${command}); do sleep 0.05; done; printf '%s\\n' "$out"`;
    return mustPodman("exec", this.name, "sh", "-c", again);
  }

  /** Runs the image's HEALTHCHECK once. */
  health(): Promise<Outcome> {
    return podman("healthcheck", "run", this.name);
  }

  /** @param name as kill(1) takes it: TERM */
  async signal(name: string): Promise<void> {
    await mustPodman("kill", "--signal", name, this.name);
  }

  /** SIGTERM, and SIGKILL after the grace. @returns its exit status, 137 if it had to be killed */
  async stop(graceSeconds = 30): Promise<number> {
    await mustPodman("stop", "--time", String(graceSeconds), this.name);
    return this.exited();
  }

  /** Waits for its end, and for all that it has printed. @returns its exit status */
  async exited(): Promise<number> {
    const status = Number(await mustPodman("wait", this.name));
    await this.#until(() => this.#isComplete, "the end of its log");
    return status;
  }

  /** Starts it again after its end, with the files that it has left. */
  async restart(): Promise<void> {
    await mustPodman("start", this.name);
    this.#follow();
  }

  async remove(): Promise<void> {
    await podman("rm", "--force", "--time=0", this.name);
    this.#logs.kill();
  }
}
