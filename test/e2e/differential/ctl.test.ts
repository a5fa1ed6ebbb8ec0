// A second terminal: each ctl drives each daemon through every action. What it prints and its exit status must be those
// of Debian's supervisorctl driving Debian's supervisord.

import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync } from "node:fs";
import { type TestContext, test } from "node:test";
import { collect, plainEnvironment } from "../rig/command.ts";
import type { Daemon } from "../rig/daemon.ts";
import { DEBIAN, type Implementation, TSV_BY_NAME } from "../rig/implementation.ts";
import { CHILD } from "../rig/places.ts";
import { BASE, Rig } from "../rig/rig.ts";
import { waitForText } from "../rig/watch.ts";
import { compare, newTally, summary } from "./compare.ts";
import { KNOWN } from "./known.ts";
import { normaliseText } from "./normalise.ts";
import { withoutBoth } from "./run.ts";
import { particulars } from "./session.ts";

const CONFIG = `${BASE}
[program:web]
command=${CHILD}
startsecs=0
stdout_logfile=%(here)s/web.out
stderr_logfile=%(here)s/web.err

[program:off]
command=sleep 1000
autostart=false

[program:missing]
command=/no/such/program
autostart=false

[program:dies]
command=sh -c 'exit 4'
autostart=false
startsecs=5
startretries=0

[program:nolog]
command=sleep 1000
startsecs=0
stdout_logfile=NONE

[program:a]
command=sleep 1000
startsecs=1
[program:b]
command=sleep 1000
startsecs=1
[group:pair]
programs=b,a
`;

/** One-shot command lines in order; each word list is one run of ctl. */
const BEFORE: readonly (readonly string[])[] = [
  ["status"],
  ["status", "web", "off"],
  ["status web"],
  ["status", "pair:*"],
  ["status", "pair:a", "nope", "nope:*", "nope:x"],
  ["status", "all"],
  ["avail"],
  ["avail", "x"],
  ["version"],
  ["version", "x"],
  ["pid"],
  ["pid", "web"],
  ["pid", "off"],
  ["pid", "nope"],
  ["pid", "all"],
  ["start"],
  ["stop"],
  ["restart"],
  ["signal"],
  ["signal", "CONT"],
  ["clear"],
  ["tail"],
  ["tail", "-f"],
  ["tail", "a", "b", "c", "d"],
  ["tail", "web", "stdmiddle"],
  ["tail", "-x", "web"],
  ["tail", "nope"],
  ["tail", "nolog"],
  ["tail", "pair:*"],
  ["maintail", "-x"],
  ["maintail", "a", "b"],
  ["start", "web"],
  ["start", "off"],
  ["start", "off", "nope", "missing"],
  ["start", "dies"],
  ["start", "nope:*"],
  ["start", "dies", "nope"],
  ["status", "dies", "missing"],
  ["stop", "off"],
  ["stop", "off"],
  ["stop", "nope", "nope:*"],
  ["signal", "CONT", "web"],
  ["signal CONT", "web"],
  ["signal", "FOO", "web"],
  ["signal", "CONT", "off", "nope", "nope:*"],
  ["signal", "CONT", "pair:*"],
  ["signal", "CONT", "all"],
  ["restart", "web"],
  ["restart", "off"],
  ["restart", "nope"],
  ["restart", "pair:a"],
  ["stop", "pair:a"],
  ["start", "pair:*"],
  ["stop", "pair:*"],
  ["start", "pair:"],
  ["clear", "web"],
  ["clear", "nope", "pair:*"],
  ["clear", "web", "nolog"],
  ["reread", "x"],
  ["reread"],
  ["update", "nope"],
  ["add", "web"],
  ["add", "nope"],
  ["remove", "web"],
  ["remove", "nope"],
  ["nonsense"],
  ["!ls"],
  ["fg"],
  ["fg", "nope"],
  ["fg", "off", "web"],
  ["fg", "missing"],
  ["help"],
  ["help", "start"],
  ["help", "nonsense"],
  ["?"],
  ["-Q"],
  ["--foo"],
  ["-s", "nonsense", "status"],
  ["-s", "ftp://x", "status"],
  ["-s", "unix:///tmp/no/such/socket", "status"],
  ["-s", "unix:///tmp/no/such/socket", "start", "web"],
  ["-s", "unix:///tmp/no/such/socket", "shutdown"],
  ["-s", "unix:///tmp/no/such/socket", "pid"],
  ["-s", "http://127.0.0.1:1", "status"],
  ["-s", "http://127.0.0.1:1", "stop", "web"],
  ["-s", "http://127.0.0.1:1", "shutdown"],
  ["-s", "http://127.0.0.1:1", "reread"],
  ["-u"],
  ["-i", "version"],
  ["exit"],
  ["quit"],
  ["open", "nonsense"],
];

const AFTER_EDIT: readonly (readonly string[])[] = [
  ["reread"],
  ["avail"],
  ["add", "added"],
  ["add", "added"],
  ["status", "added"],
  ["update"],
  ["update"],
  ["update", "web", "off"],
  ["stop", "all"],
  ["stop", "all"],
  ["remove", "added"],
  ["remove", "added", "nope"],
  ["start", "all"],
  ["restart", "all"],
];

class Terminal {
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
    const { stdout, stderr, status } = await this.#rig.ctl(this.#ctl, ...words);
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
  if (action === "pid") return stdout.replace(/^[1-9]\d*$/gm, "<pid>");
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

async function drive(
  rig: Rig,
  ctl: Implementation,
  kind: Implementation,
): Promise<Map<string, string>> {
  rig.write("d.conf", CONFIG);
  const daemon = await rig.start({ implementation: kind });
  const terminal = new Terminal(rig, ctl, daemon);
  await daemon.logged(/success: /, 4);
  for (const words of BEFORE) await terminal.run(...words);
  await daemon.ask("sendProcessStdin", "web", "echo first; echo problem >&2\n");
  await waitForText(rig.path("web.out"), /first/);
  await waitForText(rig.path("web.err"), /problem/);
  await terminal.run("tail", "web");
  await terminal.run("tail", "-3", "web");
  await terminal.run("tail -3", "web", "stdout");
  await terminal.run("tail", "web", "stderr");
  await terminal.run("tail", "web", "STDERR");
  const write = async (text: string): Promise<void> => {
    await daemon.ask("sendProcessStdin", "web", `echo ${text}\n`);
  };
  await terminal.follow(["tail", "-f", "web"], () => write("second"), "second");
  await terminal.run("tail", "-f", "nope");
  await terminal.run("tail", "-f", "web", "nope");
  await terminal.run("maintail", "-300");
  appendFileSync(
    rig.path("d.conf"),
    "\n[program:added]\ncommand=sleep 1000\nstartsecs=1\n[program:off]\npriority=3\n",
  );
  for (const words of AFTER_EDIT) await terminal.run(...words);
  appendFileSync(rig.path("d.conf"), "\n[program:broken]\nnumprocs=x\n");
  for (const words of [["reread"], ["update"]]) await terminal.run(...words);
  rig.write("d.conf", CONFIG);
  await terminal.run("reload");
  await daemon.logged(/supervisord started with pid/, 2);
  await daemon.logged(/success: web/, 4);
  await terminal.run("shutdown");
  const { status, signal } = await daemon.ended();
  terminal.record("daemon: exit", `${status} ${signal}`);
  await terminal.run("status");
  await terminal.run("shutdown");
  return terminal.rows;
}

async function inRig(
  t: TestContext,
  ctl: Implementation,
  daemon: Implementation,
): Promise<Map<string, string>> {
  const rig = new Rig();
  const cleanUp = (): void => rig.dispose();
  process.once("exit", cleanUp);
  try {
    return await drive(rig, ctl, daemon);
  } catch (error) {
    t.diagnostic(rig.describe());
    throw error;
  } finally {
    process.off("exit", cleanUp);
    rig.dispose();
  }
}

/** What tsv's ctl does otherwise on purpose; known.ts says how. */
const DELIBERATE = ["clear-group", "tail-follow-exit", "update-config-error"];

const onlyDebian = process.env["TSV_E2E_SECOND"] === "debian";
const PAIRS = onlyDebian
  ? [["debian-ctl-debian-daemon", DEBIAN, DEBIAN] as const]
  : [
      ["debian-ctl-tsv-daemon", DEBIAN, TSV_BY_NAME] as const,
      ["tsv-ctl-debian-daemon", TSV_BY_NAME, DEBIAN] as const,
      ["tsv-ctl-tsv-daemon", TSV_BY_NAME, TSV_BY_NAME] as const,
    ];

void test("every ctl drives every daemon", { skip: withoutBoth(), timeout: 560_000 }, async (t) => {
  const reference = await inRig(t, DEBIAN, DEBIAN);
  for (const [name, ctl, daemon] of PAIRS) {
    await t.test(name, async (t) => {
      const rows = await inRig(t, ctl, daemon);
      const tally = newTally();
      compare(name, { supervisor: reference, tsv: rows }, KNOWN, tally);
      t.diagnostic(`${name}: ${summary(tally)}`);
      const stale = KNOWN.filter((e) => e.scenarios.includes(name) && !tally.deliberate.has(e));
      for (const { id } of tally.deliberate)
        assert.ok(DELIBERATE.includes(id), `not announced: ${id}`);
      const problems = [...tally.unexplained, ...stale.map((e) => `stale: ${e.id} ${e.row}`)];
      if (problems.length > 0) throw new Error(`${summary(tally)}\n${problems.join("\n")}`);
    });
  }
});
