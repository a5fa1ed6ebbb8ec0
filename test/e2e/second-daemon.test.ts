// A second daemon of a configuration or a socket gives up with one clear error.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { suspend } from "../rig/suspend.ts";
import type { Outcome } from "./rig/command.ts";
import { TSV_BY_NAME } from "./rig/implementation.ts";
import { TSV } from "./rig/places.ts";
import { e2e, type Rig } from "./rig/rig.ts";
import { Typist } from "./rig/typist.ts";
import { waitForChange, waitForText } from "./rig/watch.ts";

const PROGRAM = "[program:up]\ncommand=sleep 1000\nstartsecs=0\n";

/** A second daemon on the same socket, with files of its own. It must give up by itself. */
async function second(rig: Rig): Promise<Outcome> {
  const args = ["-n", "-c", rig.path("d.conf"), "-j", rig.path("2.pid"), "-l", rig.path("2.log")];
  return await rig.run(TSV_BY_NAME, "supervisord", args);
}

function refused(outcome: Outcome, reason: RegExp): void {
  assert.equal(outcome.status, 2, outcome.stderr);
  const errors = outcome.stderr.split("\n").filter((line) => line.startsWith("Error: "));
  assert.equal(errors.length, 1, outcome.stderr);
  assert.match(outcome.stderr, reason);
}

/** What a person at a terminal is told by `tsv daemon`, which does not start. */
async function told(rig: Rig, config: string): Promise<string> {
  const argv = [TSV, "daemon", "-c", rig.path(config)];
  const typist = new Typist(argv, { cwd: rig.directory, mark: rig.mark });
  assert.equal(await typist.ended(), 2);
  return typist.screen.lines().join("\n").trimEnd();
}

e2e("tsv daemon names the process that is already listening", async (rig) => {
  const first = await rig.startWith(PROGRAM);
  await first.logged(/success: up/);
  const config = readFileSync(rig.path("d.conf"), "utf8");
  // Also where two configurations have one pid file.
  for (const other of [config, config.replace(/^pidfile=.*$/m, `pidfile=${rig.path("2.pid")}`)]) {
    rig.write("2.conf", other);
    const text = await told(rig, "2.conf");
    assert.match(text, /^Error: process \d+ /);
    assert.doesNotMatch(text, /Another program|For help/);
  }
});

e2e("tsv daemon says that a daemon of the same configuration runs already", async (rig) => {
  const first = await rig.startWith(PROGRAM);
  await first.logged(/success: up/);
  const text = (await told(rig, "d.conf")).replaceAll(/\s+/g, " ");
  const command = (verb: string): string => `tsv ${verb} -c ${rig.path("d.conf")}`;
  const pid = readFileSync(rig.path("d.pid"), "utf8").trim();
  assert.equal(
    text,
    `Error: tsv already runs with this configuration: pid ${pid} Show its programs: ${command("status")} Apply changes of the configuration: ${command("update")}`,
  );
});

e2e("tsv daemon says which line a file of programs lacks", async (rig) => {
  rig.write("web.conf", PROGRAM);
  const { status, stderr } = await rig.tsv("daemon", "-c", rig.path("web.conf"));
  assert.equal(status, 2);
  assert.match(
    stderr.replaceAll(/\s+/g, " "),
    /web\.conf has no \[supervisord\] section Add this line to it: \[supervisord\]/,
  );
});

e2e("a second daemon of the same configuration leaves no trace", async (rig) => {
  const first = await rig.startWith(PROGRAM);
  await first.logged(/success: up/);
  // The record of programs and the last AUTO log are made a moment later.
  const isComplete = (): true | undefined => {
    const names = readdirSync(rig.directory);
    const made = [/^d\.programs$/, /^up-stdout/, /^up-stderr/];
    return made.every((each) => names.some((name) => each.test(name))) || undefined;
  };
  await waitForChange(rig.directory, isComplete, "all files of the first daemon");
  const before = [readdirSync(rig.path(".")), readFileSync(rig.path("d.log"), "utf8")];
  const args = ["-n", "-s", "-c", rig.path("d.conf")];
  refused(await rig.run(TSV_BY_NAME, "supervisord", args), /Another program is already listening/);
  assert.deepEqual([readdirSync(rig.path(".")), readFileSync(rig.path("d.log"), "utf8")], before);
});

e2e(
  "auto-log-cleanup: a daemon that starts leaves the logs of another one, which uses the same directory and identifier",
  async (rig) => {
    const first = await rig.startWith(
      PROGRAM.replace("sleep 1000", "sh -c 'echo important; exec sleep 1000'"),
    );
    await first.logged(/success: up/);
    const { logfile } = await first.info("up");
    await waitForText(String(logfile), /important/);
    // Between two runs too.
    await first.ask("stopProcess", "up");
    const other = rig.write(
      "e.conf",
      readFileSync(rig.path("d.conf"), "utf8").replaceAll("/d.", "/e."),
    );
    const started = await rig.command([TSV, "daemon", "-c", other]);
    assert.equal(started.status, 0, started.stderr);
    await waitForText(rig.path("e.log"), /success: up/);
    await rig.command([TSV, "shutdown", "-c", other]);
    assert.equal(readFileSync(String(logfile), "utf8"), "important\n");
    assert.equal(await first.ask("readProcessStdoutLog", "up", 0, 0), "important\n");
  },
);

e2e(
  "socket-hung-holder: a hung daemon keeps its socket, and the second does not hang with it",
  async (rig) => {
    const first = await rig.startWith(PROGRAM);
    await suspend(first.process);
    try {
      refused(await second(rig), /Another program is already listening/);
    } finally {
      first.signal("SIGCONT");
    }
    assert.equal(((await first.ask("getState")) as { statename: string }).statename, "RUNNING");
  },
);
