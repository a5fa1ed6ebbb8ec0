// Standard input of `tsv run`.

import assert from "node:assert/strict";
import { LOOP, Run } from "./rig/foreground-run.ts";
import { TSV } from "./rig/places.ts";
import { e2e } from "./rig/rig.ts";
import { Person } from "./tty-person.ts";

const PROGRAM = "sh -c 'cat; echo end; exit 3'";

for (const [what, words] of [
  ["a command", ["--", "sh", "-c", "cat; echo end; exit 3"]],
  ["a named command", ["--name", "x=cat; echo end; exit 3"]],
  ["the only type of a Procfile", ["Procfile"]],
  ["one type of several", ["-f", "Procfile.dev", "web"]],
  ["the only program of a configuration", ["-c", "one.conf"]],
] as const) {
  e2e(`${what} reads standard input to its end`, async (rig) => {
    rig.write("Procfile", "web: cat; echo end; exit 3\n");
    rig.write("Procfile.dev", "web: cat; echo end; exit 3\nworker: sleep 1000\n");
    rig.write(
      "one.conf",
      `[supervisord]\nexit_on=any\n[program:web]\ncommand=${PROGRAM}\nautorestart=false\n`,
    );
    const started = new Run(rig, [...words], ["sh", "-c", 'printf "%s\\n" hello | "$@"', "sh"]);
    assert.equal(await started.ended(), 3, started.text);
    assert.match(started.text, /\| hello\n[^\n]*\| end\n/);
  });
}

e2e("several programs read nothing from it, and run on at its end", async (rig) => {
  rig.write("Procfile", `a: cat; echo over\nb: echo up; ${LOOP}\n`);
  const started = new Run(rig, [], ["sh", "-c", 'printf "%s\\n" hello | "$@"', "sh"]);
  await started.said(/b\.1 +\| up/);
  assert.match((await rig.tsv("status")).stdout, /^a\.1 +RUNNING[\s\S]*^b\.1 +RUNNING/m);
  assert.equal((await rig.tsv("shutdown")).status, 0);
  assert.equal(await started.ended(), 0);
  assert.doesNotMatch(started.text, /hello|over/);
});

e2e("a program that is restarted goes on reading where the last run of it ended", async (rig) => {
  const words = [
    "--exit-on",
    "exit",
    "--",
    "sh",
    "-c",
    "read line || exit 0; echo got $line; exit 1",
  ];
  const started = new Run(rig, words, ["sh", "-c", 'printf "a\\nb\\n" | "$@"', "sh"]);
  assert.equal(await started.ended(), 0, started.text);
  assert.match(started.text, /got a\n[\s\S]*got b\n/);
});

e2e("a program on a terminal reads nothing, and is not at its end", async (rig) => {
  const words = ["run", "--no-time", "--name", "a=echo up; head -n 1; echo over"];
  const person = new Person([TSV, ...words], rig.mark, rig.directory);
  await person.sees(/\| *(?:\u001b\[0m)? up/);
  person.type("hello\r");
  await person.sees(/hello/);
  assert.match((await rig.tsv("status")).stdout, /^a +RUNNING/);
  person.type("\u0003");
  await person.leaves();
  assert.doesNotMatch(person.screen, /over|\| *(?:\u001b\[0m)? hello/);
});

e2e("a run that Ctrl-Z stops leaves the terminal to the shell", async (rig) => {
  const script = `set -m; ${TSV} run --name 'a=echo up; cat'; read line; echo "shell: $line"; kill %1; fg`;
  const person = new Person(["/bin/sh", "-c", script], rig.mark, rig.directory);
  await person.sees(/\| *(?:\u001b\[0m)? up/);
  person.type("\u001a");
  await person.sees(/\^Z/);
  person.type("hello\r");
  await person.sees(/shell: hello/);
  await person.leaves();
  assert.doesNotMatch(person.screen, /\| *(?:\u001b\[0m)? hello/);
});

e2e("a run in the background leaves the terminal to the shell", async (rig) => {
  const script = `set -m; ${TSV} run --name 'a=echo up; cat' & read line; echo "shell: $line"; kill %1; wait`;
  const person = new Person(["/bin/sh", "-c", script], rig.mark, rig.directory);
  await person.sees(/\| *(?:\u001b\[0m)? up/);
  person.type("hello\r");
  await person.sees(/shell: hello/);
  await person.leaves();
});
