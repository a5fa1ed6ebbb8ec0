// `tsv run` in front of a person: colours, Ctrl-C at the keyboard, and a terminal that is closed.

import assert from "node:assert/strict";
import { puppet } from "../rig/puppet.ts";
import { LOOP } from "./rig/foreground-run.ts";
import { example } from "./rig/pages.ts";
import { TSV } from "./rig/places.ts";
import { e2e, type Rig } from "./rig/rig.ts";
import { waitForText } from "./rig/watch.ts";
import { Person } from "./tty-person.ts";

const CTRL_C = "\u0003";

function inFrontOf(rig: Rig, ...words: string[]): Person {
  return new Person(["/usr/bin/env", "TERM=xterm", TSV, "run", ...words], rig.mark, rig.directory);
}

e2e("each program has a colour, and Ctrl-C ends the run", async (rig) => {
  const said = (name: string) =>
    `${name}=${puppet("on:TERM", `print:${name} bye`, "exit:0", "start", "print:up")}`;
  const person = inFrontOf(rig, "--name", said("one"), "--name", said("two"));
  // Both traps are set, whichever is first.
  await person.sees(/(?:\d\d:\d\d:\d\d (?:one|two) \| *(?:\u001b\[0m)? up[\s\S]*){2}/);
  person.type(CTRL_C);
  await person.sees(/SIGINT: stopping 2 programs; once more kills them/);
  await person.leaves();
  const colours = new Set(person.screen.match(/\u001b\[0;\d+m(?=\S+ (?:one|two|tsv) )/g));
  assert.equal(colours.size, 3, JSON.stringify(person.screen));
  assert.match(person.screen, /one bye/);
  assert.match(person.screen, /two bye/);
});

/** A program that leaves a file when it is stopped. */
const stopping = (rig: Rig): string =>
  puppet("on:TERM", `append:${rig.path("end")}:stopped`, "exit:0", "start", "print:up");

e2e("a terminal that is closed ends the run, and its programs in order", async (rig) => {
  const person = inFrontOf(rig, "--name", `a=${stopping(rig)}`);
  await person.sees(/\| *(?:\u001b\[0m)? up/);
  person.close();
  await waitForText(rig.path("end"), /stopped/);
});

e2e("so does one whose output goes to a file", async (rig) => {
  const script = `exec ${TSV} run --exit-on fatal --name "$1" >out 2>&1`;
  const words = ["/bin/sh", "-c", script, "sh", `a=${stopping(rig)}`];
  const person = new Person(words, rig.mark, rig.directory);
  await waitForText(rig.path("out"), /\| up/);
  person.close();
  await waitForText(rig.path("end"), /stopped/);
});

e2e("the Procfile of docs/run.md runs as the page shows it", async (rig) => {
  // The job ends the run only after the server has spoken and the other program has started.
  const stand = {
    web: `echo listening on $PORT; touch listening; ${LOOP}`,
    worker: "until [ -e listening ] && [ -e started ]; do sleep 0.05; done; exit 1",
    css: `touch started; ${LOOP}`,
  };
  const procfile = example("run", "web:", "").replace(
    /^(\w+): .*$/gm,
    (_, name: keyof typeof stand) => {
      return `${name}: ${stand[name]}`;
    },
  );
  rig.write("Procfile", procfile);
  const { status, stdout } = await rig.tsv("run");
  assert.equal(status, 1);
  const plain = (text: string) => text.replace(/^[\d:]+ /gm, "").replace(/pid \d+/g, "pid N");
  const shown = plain(stdout);
  for (const line of plain(example("run", "12:04:07 tsv", ""))
    .trim()
    .split("\n")) {
    if (line.includes("job 1")) continue;
    assert.ok(shown.includes(line), `${line} in ${shown}`);
  }
});

e2e(
  "the configuration of docs/run.md ends with the status of its essential program",
  async (rig) => {
    const text = example("run", "[supervisord]")
      .replace("/srv/app", "sh -c 'sleep 0.2; exit 9'")
      .replace("/srv/ship-logs", "sleep 1000")
      .replace("essential=true", "essential=true\nstartsecs=0");
    assert.match(text, /essential=true/);
    rig.write("d.conf", text);
    assert.equal((await rig.tsv("run", "-c", "d.conf")).status, 9);
    const daemon = await rig.verb("daemon", "-l", rig.path("d.log"), "-j", rig.path("d.pid"));
    assert.equal(daemon.status, 9, daemon.stderr);
  },
);

/** Clipboard, title, erase, cursor up, device control and C1, around a colour. */
const SEQUENCES =
  "\\033]52;c;QUFB\\007\\033]0;T\\007\\033[2J\\033[1A\\r\\033P1$r\\033\\\\\\302\\2335A\\033[31mred";
/** The same as a program writes it. */
const WRITTEN = "\u001b]52;c;QUFB\u0007\u001b]0;T\u0007\u001b[2J\u001b[1A";

for (const format of ["prefix", "plain"]) {
  e2e(`a terminal gets only text and colours of programs, as ${format}`, async (rig) => {
    rig.write("Procfile", `a: printf '${SEQUENCES}\\n'; printf '${SEQUENCES}\\n' >&2\n`);
    const words = ["--format", format];
    const person = inFrontOf(rig, ...words);
    await person.sees(/(?:red[\s\S]*){2}/);
    await person.leaves();
    const own = /\u001b\[[\d;]*m/g;
    assert.doesNotMatch(person.screen.replace(own, ""), /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]/);
    assert.match(person.screen, /\u001b\[31mred\u001b\[0m/);
    const raw = inFrontOf(rig, ...words, "--raw");
    await raw.leaves();
    assert.ok(raw.screen.includes(WRITTEN), JSON.stringify(raw.screen));
    const { stdout } = await rig.tsv("run", ...words);
    assert.ok(stdout.includes(WRITTEN), JSON.stringify(stdout));
  });
}
