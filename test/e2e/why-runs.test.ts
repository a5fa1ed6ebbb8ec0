// tsv why takes the lines of the last run from the logs of a program, whatever else is in them.

import assert from "node:assert/strict";
import { existsSync, statSync, truncateSync } from "node:fs";
import { until } from "../rig/wait.ts";
import type { Daemon } from "./rig/daemon.ts";
import { e2e, type Rig } from "./rig/rig.ts";

interface Output {
  readonly channel: string;
  readonly lines: readonly string[];
  readonly ofLastRun: boolean;
}

interface Explained {
  readonly state: string;
  readonly summary: string;
  readonly output: Output;
  readonly clue: { readonly line: string; readonly meaning: string } | null;
}

/** What `tsv why` says. */
async function why(rig: Rig, name: string): Promise<Explained> {
  const { stdout, stderr } = await rig.verb("why", "--json", name);
  assert.equal(stderr, "");
  return JSON.parse(stdout).results[0] as Explained;
}

/** What the daemon says. */
async function said(daemon: Daemon, name: string): Promise<Explained> {
  const answer = await daemon.call("tsv.getProcessExplanation", name);
  assert.ok(answer.kind === "result");
  const { statename: state, summary, output, clue = null } = Object(answer.value);
  const { channel, lines, of_last_run: ofLastRun } = output;
  return { state, summary, output: { channel, lines, ofLastRun }, clue };
}

/** What both say. */
async function whyBoth(rig: Rig, daemon: Daemon, name: string): Promise<Explained> {
  const { state, summary, output, clue } = await why(rig, name);
  const { channel, lines, ofLastRun } = output;
  const shown = clue === null ? null : { line: clue.line, meaning: clue.meaning };
  const explained = { state, summary, output: { channel, lines, ofLastRun }, clue: shown };
  const { clue: found, ...rest } = await said(daemon, name);
  const other = found === null ? null : { line: found.line, meaning: found.meaning };
  assert.deepEqual({ ...rest, clue: other }, explained);
  return explained;
}

/** A program that exits with status 1 after these commands of a shell. */
function failing(name: string, commands: string, ...options: readonly string[]): string {
  const common = ["startsecs=0", "autostart=false", "autorestart=false", ...options];
  return [`[program:${name}]`, `command=sh -c '${commands}; exit 1'`, ...common, ""].join("\n");
}

const SHARED = ["redirect_stderr=true", "stdout_logfile=%(here)s/shared.log"];

e2e("a run that prints nothing is not explained by the run before", async (rig) => {
  const daemon = await rig.startWith(
    failing("web", "test -e %(here)s/second || ls /etc/app.yml", ...SHARED),
  );
  await daemon.ask("startProcess", "web");
  await daemon.logged(/exited: web/);
  const first = await whyBoth(rig, daemon, "web");
  assert.match(first.clue?.meaning ?? "", /app\.yml does not exist/);
  rig.write("second", "");
  await daemon.ask("startProcess", "web");
  await daemon.logged(/exited: web/, 2);
  const { clue, output } = await whyBoth(rig, daemon, "web");
  assert.deepEqual([clue, output.lines, output.ofLastRun], [null, [], true]);
  const { stdout } = await rig.verb("why", "web");
  assert.match(stdout, /shared\.log\n +\(nothing of the last run\)\n/);
  assert.match(stdout, /1\. It logged nothing/);
});

e2e("of a log that programs share, why takes the lines of one", async (rig) => {
  const daemon = await rig.startWith(
    failing("a", "echo a >&2", ...SHARED) + failing("b", "ls /etc/app.yml", ...SHARED),
  );
  for (const [times, name] of ["a", "b", "a"].entries()) {
    await daemon.ask("startProcess", name);
    await daemon.logged(/exited: /, times + 1);
  }
  const a = await whyBoth(rig, daemon, "a");
  assert.deepEqual([a.clue, a.output.lines], [null, ["a"]]);
  const b = await whyBoth(rig, daemon, "b");
  assert.match(b.clue?.meaning ?? "", /app\.yml does not exist/);
  assert.equal(b.output.lines.length, 1);
});

e2e("both channels in one file are one output", async (rig) => {
  const both = ["stdout_logfile=%(here)s/web.log", "stderr_logfile=%(here)s/web.log"];
  const daemon = await rig.startWith(failing("web", "echo out; ls /etc/app.yml", ...both));
  for (const times of [1, 2]) {
    await daemon.ask("startProcess", "web");
    await daemon.logged(/exited: web/, times);
  }
  const { clue, output } = await whyBoth(rig, daemon, "web");
  assert.match(clue?.meaning ?? "", /app\.yml does not exist/);
  assert.equal(output.lines.filter((line) => line === "out").length, 1);
});

for (const [form, suffix] of [
  ["none", ""],
  ["gzip", ".gz"],
] as const) {
  e2e(`an error before a rotation is found in the backup, compressed with ${form}`, async (rig) => {
    const details = [1, 2, 3].map((number) => `echo "  detail ${number} of the error above"`);
    const options = [...SHARED, "stdout_logfile_maxbytes=100", `stdout_logfile_compress=${form}`];
    const daemon = await rig.startWith(
      failing("old", "echo old", ...SHARED) +
        failing("web", ["ls /etc/app.yml", ...details].join("; "), ...options),
    );
    await daemon.ask("startProcess", "old");
    await daemon.logged(/exited: old/);
    await daemon.ask("startProcess", "web");
    await daemon.logged(/exited: web/);
    await until(() => existsSync(rig.path(`shared.log.1${suffix}`)), { what: "a backup" });
    const isCompressed = form !== "none";
    const { clue, output } = await (isCompressed ? why(rig, "web") : whyBoth(rig, daemon, "web"));
    // The daemon decompresses nothing for an explanation.
    if (isCompressed) assert.equal((await said(daemon, "web")).output.ofLastRun, false);
    assert.match(clue?.meaning ?? "", /app\.yml does not exist/);
    assert.match(output.lines[0] ?? "", /^ls: /);
    assert.equal(output.lines.length, 4);
  });
}

e2e("of a log that was cleared, only what came later is shown", async (rig) => {
  const daemon = await rig.startWith(
    failing("web", "ls /etc/app.yml; read line; echo $line", ...SHARED),
  );
  await daemon.ask("startProcess", "web");
  await firstLine(rig);
  await daemon.ask("clearProcessLogs", "web");
  await daemon.ask("sendProcessStdin", "web", "after\n");
  await daemon.logged(/exited: web/);
  const after = await whyBoth(rig, daemon, "web");
  assert.deepEqual([after.clue, after.output.lines], [null, ["after"]]);
  await daemon.ask("clearProcessLogs", "web");
  const { clue, output } = await whyBoth(rig, daemon, "web");
  assert.deepEqual([clue, output.lines, output.ofLastRun], [null, [], true]);
});

e2e("a log that another process truncated is read to its end, as before", async (rig) => {
  const daemon = await rig.startWith(
    failing("web", "echo first; read line; echo $line", ...SHARED),
  );
  await daemon.ask("startProcess", "web");
  await firstLine(rig);
  truncateSync(rig.path("shared.log"), 0);
  await daemon.ask("sendProcessStdin", "web", "after\n");
  await daemon.logged(/exited: web/);
  const { output } = await whyBoth(rig, daemon, "web");
  assert.deepEqual([output.lines, output.ofLastRun], [["after"], false]);
});

async function firstLine(rig: Rig): Promise<void> {
  const path = rig.path("shared.log");
  await until(() => existsSync(path) && statSync(path).size > 0, { what: "output" });
}
