// A second terminal: each ctl drives each daemon through every action. What it prints and its exit status must be those
// of Debian's supervisorctl driving Debian's supervisord.

import assert from "node:assert/strict";
import { appendFileSync } from "node:fs";
import { type TestContext, test } from "node:test";
import { recordComparison } from "../../rig/comparisons.ts";
import { DEBIAN, type Implementation, TSV_BY_NAME } from "../rig/implementation.ts";
import { Rig } from "../rig/rig.ts";
import { waitForText } from "../rig/watch.ts";
import { compare, newTally, summary } from "./compare.ts";
import { AFTER_EDIT, BEFORE, CONFIG, INPUTS, TAILS } from "./ctl-commands.ts";
import { KNOWN } from "./known.ts";
import { withoutBoth } from "./run.ts";
import { Terminal } from "./terminal.ts";

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
  for (const words of TAILS) await terminal.run(...words);
  for (const [input, ...words] of INPUTS) await terminal.type(input, ...words);
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
  for (const words of AFTER_EDIT) {
    // `add` does not wait for what it starts.
    if (words[0] === "status") await daemon.logged(/success: added/, 1);
    await terminal.run(...words);
  }
  appendFileSync(rig.path("d.conf"), "\n[program:broken]\nnumprocs=x\n");
  for (const words of [["reread"], ["update"]]) await terminal.run(...words);
  rig.write("d.conf", CONFIG);
  await terminal.run("reload");
  await daemon.logged(
    /supervisord started with pid[\s\S]*supervisord started with pid[\s\S]*success: web/,
  );
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
const DELIBERATE = ["clear-group", "tail-follow-exit", "update-config-error", "who-asked"];

const onlyDebian = process.env["TSV_E2E_SECOND"] === "debian";
const PAIRS = onlyDebian
  ? [["debian-ctl-debian-daemon", DEBIAN, DEBIAN] as const]
  : [
      ["debian-ctl-tsv-daemon", DEBIAN, TSV_BY_NAME] as const,
      ["tsv-ctl-debian-daemon", TSV_BY_NAME, DEBIAN] as const,
      ["tsv-ctl-tsv-daemon", TSV_BY_NAME, TSV_BY_NAME] as const,
    ];

void test("every ctl drives every daemon", { skip: withoutBoth(), timeout: 840_000 }, async (t) => {
  const reference = await inRig(t, DEBIAN, DEBIAN);
  for (const [name, ctl, daemon] of PAIRS) {
    await t.test(name, async (t) => {
      const rows = await inRig(t, ctl, daemon);
      const tally = newTally();
      compare(name, { supervisor: reference, tsv: rows }, KNOWN, tally);
      t.diagnostic(`${name}: ${summary(tally)}`);
      recordComparison("ctl output", name, tally);
      const stale = KNOWN.filter((e) => e.scenarios.includes(name) && !tally.deliberate.has(e));
      for (const { id } of tally.deliberate)
        assert.ok(DELIBERATE.includes(id), `not announced: ${id}`);
      const problems = [...tally.unexplained, ...stale.map((e) => `stale: ${e.id} ${e.row}`)];
      if (problems.length > 0) throw new Error(`${summary(tally)}\n${problems.join("\n")}`);
    });
  }
});
