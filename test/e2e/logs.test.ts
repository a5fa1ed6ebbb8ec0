// tsv logs: every program that writes, both of its logs, without a name too.

import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { TSV } from "./rig/places.ts";
import { e2e } from "./rig/rig.ts";
import { Typist, withoutTerminal } from "./rig/typist.ts";
import { waitForChange } from "./rig/watch.ts";
import type { Value } from "./rig/xmlrpc.ts";

const PROGRAMS = ["x", "y"]
  .map(
    (name) => `[program:${name}]
command=/bin/sh -c 'while read -r line; do echo "from-${name} $line"; echo "err-${name} $line" >&2; done'
startsecs=0
`,
  )
  .join("");

e2e("logs -f follows every program, whichever is named first", withoutTerminal(), async (rig) => {
  const daemon = await rig.startWith(`${PROGRAMS}[program:silent]\ncommand=sleep 1000\n`);
  await daemon.logged(/success: [xy] /, 2);
  const say = async (line: string): Promise<void> => {
    for (const name of ["x", "y"]) await daemon.ask("sendProcessStdin", name, `${line}\n`);
  };
  await say("0");
  for (const names of [["x"], ["x", "y"], ["y", "x"], ["silent", "y", "x"], ["all"], []]) {
    const file = `out-${names.join("-")}`;
    const command = [TSV, "logs", "-c", rig.path("d.conf"), "-f", "-n", "1", ...names].join(" ");
    const typist = new Typist(["/bin/sh", "-c", `exec ${command} >${file}`], {
      cwd: rig.directory,
      mark: rig.mark,
    });
    const out = (): string =>
      existsSync(rig.path(file)) ? readFileSync(rig.path(file), "utf8") : "";
    const wait = (text: string): Promise<true> =>
      waitForChange(rig.directory, () => out().includes(text) || undefined, text);
    // One program has two logs, too.
    const shown = names.join() === "x" ? ["x"] : ["x", "y"];
    for (const name of shown) await wait(`from-${name}`);
    const mark = `later-${names.length}-${names[0]}`;
    await say(mark);
    for (const name of shown) {
      await wait(`from-${name} ${mark}`);
      await wait(`err-${name} ${mark}`);
    }
    for (const name of shown)
      assert.match(out(), new RegExp(`^\\d\\d:\\d\\d:\\d\\d ${name} +! err-${name}`, "m"));
    typist.type("\u0003");
    assert.equal(await typist.ended(), 0);
  }
});

e2e("logs shows what was written to either log, and tail -n counts lines", async (rig) => {
  const daemon = await rig.startWith(`[program:bad]
command=/bin/sh -c 'echo one; echo two; echo reason >&2; exec sleep 1000'
startsecs=0
[group:many]
programs=a,b
[program:a]
command=/bin/sh -c 'echo from-a; exec sleep 1000'
startsecs=0
[program:b]
command=/bin/sh -c 'exec sleep 1000'
startsecs=0
redirect_stderr=true
`);
  await daemon.logged(/success: (?:bad|a|b) /, 3);
  const written = async (channel: string, name: string, text: string): Promise<void> => {
    const read = (): Promise<Value> => daemon.ask(`readProcess${channel}Log`, name, 0, 0);
    while (!String(await read()).includes(text)) await daemon.ask("getState");
  };
  await written("Stdout", "bad", "two");
  await written("Stderr", "bad", "reason");
  await written("Stdout", "many:a", "from-a");
  const conf = ["-c", rig.path("d.conf")];
  // Both channels are written at the same time: which line is first is left open.
  const sorted = (text: string): string => text.split("\n").sort().join("\n");
  const both = "T bad | one\nT bad | two\nT bad ! reason\n";
  for (const [words, expected] of [
    [["logs", "bad"], both],
    [["logs", "--stdout", "--stderr", "bad"], both],
    [["logs", "--stderr", "bad"], "reason\n"],
    [["logs", "--stdout", "-n", "1", "bad"], "two\n"],
    [["logs", "-n", "1"], "T bad    | two\nT bad    ! reason\nT many:a | from-a\n"],
    [["logs", "many"], "from-a\n"],
    [["logs", "many:*"], "from-a\n"],
    [["tail", "-n", "1", "bad"], "two\n"],
    [["tail", "-n1", "bad", "stderr"], "reason\n"],
  ] as const) {
    const { stdout, stderr, status } = await rig.tsv(...words, ...conf);
    const shown = sorted(stdout.replace(/^(?:\d\d:\d\d:\d\d|~\d\d:\d\d {2})/gm, "T"));
    assert.deepEqual([shown, stderr, status], [sorted(expected), "", 0], words.join(" "));
  }
  const json = (await rig.tsv("logs", "bad", "--json", ...conf)).stdout.trim().split("\n");
  const answers = json.map((line) => JSON.parse(line));
  const { format, exitStatus, errors } = answers.pop();
  assert.deepEqual([format, exitStatus, errors], [1, 0, []]);
  assert.deepEqual(answers.map(({ channel, line }) => `${channel} ${line}`).sort(), [
    "stderr reason",
    "stdout one",
    "stdout two",
  ]);
  for (const { time, program, group } of answers) {
    assert.deepEqual([program, group], ["bad", "bad"]);
    assert.match(time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  }
  for (const [words, expected] of [
    [["logs", "bda"], "tsv logs bad"],
    [["restart", "many"], "tsv restart 'many:*'"],
    [["start", "bda"], "tsv start bad"],
    [["pid", "bda"], "tsv pid bad"],
    [["status", "bda"], "tsv status bad"],
    [["clear", "mny:*"], "tsv clear 'many:*'"],
    [["signal", "bad", "HUP"], "tsv signal HUP bad"],
  ] as const) {
    const { stderr, status } = await rig.tsv(...words, ...conf);
    assert.notEqual(status, 0);
    assert.ok(stderr.includes(`Did you mean: ${expected} -c `), `${words.join(" ")}: ${stderr}`);
  }
});
