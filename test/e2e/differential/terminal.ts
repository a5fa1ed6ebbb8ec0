// A second terminal: one kind of ctl controlling one daemon, and the rows of its output.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { collect, plainEnvironment } from "../rig/command.ts";
import type { Daemon } from "../rig/daemon.ts";
import { DEBIAN, type Implementation, TSV_BY_NAME } from "../rig/implementation.ts";
import type { Rig } from "../rig/rig.ts";
import { normaliseText } from "./normalise.ts";
import { particulars } from "./session.ts";

/** Runs ctl and records what it says. */
export class Terminal {
  readonly rows = new Map<string, string>();
  readonly #rig: Rig;
  readonly #ctl: Implementation;
  readonly #daemon: Daemon;

  constructor(rig: Rig, ctl: Implementation, daemon: Daemon) {
    this.#rig = rig;
    this.#ctl = ctl;
    this.#daemon = daemon;
  }

  record(label: string, text: string): void {
    const both = [DEBIAN, TSV_BY_NAME].map((kind) =>
      particulars(this.#rig, kind, this.#daemon.pid),
    );
    const programs = both.flatMap((own) => own.programs);
    const own = { directory: this.#rig.directory, programs, daemonPid: this.#daemon.pid, port: 0 };
    let unique = label;
    for (let n = 2; this.rows.has(unique); n++) unique = `${label} (${n})`;
    this.rows.set(unique, normaliseText(text, own));
  }

  async run(...words: readonly string[]): Promise<void> {
    await this.type("", ...words);
  }

  /** Runs ctl with this input. */
  async type(input: string, ...words: readonly string[]): Promise<void> {
    const argv = [this.#ctl.path("supervisorctl"), "-c", this.#rig.path("d.conf"), ...words];
    const { stdout, stderr, status } = await this.#rig.command(argv, { input });
    const title = words.map((word) => (word.includes(" ") ? `"${word}"` : word)).join(" ");
    this.record(`${title}: stdout`, presentable(words, stdout));
    this.record(`${title}: stderr`, stderr);
    // The last failure decides, and which of two comes last is chance.
    const failed = words.includes("all") && (status === 1 || status === 7);
    this.record(`${title}: exit`, failed ? "1 or 7" : String(status));
  }

  /** Follows a log until `more` came through, then Ctrl-C. */
  async follow(
    words: readonly string[],
    provoke: () => Promise<void>,
    more: string,
  ): Promise<void> {
    const path = this.#ctl.path("supervisorctl");
    const child = spawn(path, ["-c", this.#rig.path("d.conf"), ...words], {
      env: plainEnvironment(this.#rig.mark),
      cwd: this.#rig.directory,
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const output = collect(child);
    await untilShown(child, output, "first");
    await provoke();
    await untilShown(child, output, more);
    const ended = once(child, "exit");
    child.kill("SIGINT");
    const [status, signal] = await ended;
    const title = words.join(" ");
    const shown = output.stdout();
    this.record(`${title}: first line`, shown.split("\n")[0] ?? "");
    this.record(`${title}: shows both`, String(shown.includes("first") && shown.includes(more)));
    this.record(`${title}: exit`, `${status} ${signal}`);
  }
}

/** Takes out what is chance or free: pids by themselves, the order of finished programs, the wording of help. */
function presentable(words: readonly string[], stdout: string): string {
  const [action = ""] = words;
  // The first line may be cut anywhere.
  if (action === "maintail" && words.length === 2) return stdout.split("\n").slice(1).join("\n");
  if (action === "" || action === "pid") {
    return stdout.replace(/^(supervisor> )?[1-9]\d*$/gm, "$1<pid>");
  }
  if (action === "help" && words.length === 1) return stdout.split(/\s+/).sort().join(" ").trim();
  if (action === "?") return stdout.split(/\s+/).sort().join(" ").trim();
  if (action === "help" && words[1] === "start") return stdout === "" ? "nothing" : "some text";
  const lines = stdout.split("\n");
  const error = lines.findIndex((line) => /^(?:Error: |ERROR: .* supplied)/.test(line));
  if (error >= 0) return lines.slice(0, error + 1).join("\n");
  const many =
    words.includes("all") || words.some((word) => /:\*?$/.test(word)) || action === "update";
  return many && action !== "status" ? lines.sort().join("\n") : stdout;
}

function untilShown(
  child: ChildProcess,
  output: { stdout(): string; stderr(): string },
  text: string,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const check = (): void => {
      if (!output.stdout().includes(text)) return;
      clearTimeout(deadline);
      child.stdout?.off("data", check);
      child.off("exit", ended);
      resolve();
    };
    const ended = (): void => {
      clearTimeout(deadline);
      reject(new Error(`ended before it showed ${text}: ${output.stdout()}${output.stderr()}`));
    };
    const deadline = setTimeout(() => {
      reject(new Error(`never showed ${text}: ${output.stdout()}${output.stderr()}`));
    }, 30_000);
    child.stdout?.on("data", check);
    child.on("exit", ended);
    check();
  });
}
