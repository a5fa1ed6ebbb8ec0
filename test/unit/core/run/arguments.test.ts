// The command line of `tsv run`.

import assert from "node:assert/strict";
import { test } from "node:test";
import { parseRunArguments, type RunArguments } from "../../../../src/core/run/arguments.ts";

function parsed(...words: string[]): RunArguments {
  const args = parseRunArguments(words);
  assert.ok(args.ok && args.value !== "help", args.ok ? "help" : args.error);
  return args.value;
}

function refusal(...words: string[]): string {
  const args = parseRunArguments(words);
  assert.ok(!args.ok, words.join(" "));
  return args.error;
}

test("without words something is looked for, and nothing else is said", () => {
  assert.deepEqual(parsed(), {
    ...{ source: { kind: "found" }, formation: new Map(), port: null, exitOn: null, grace: null },
    ...{ words: [], watch: [], envFiles: null, format: "prefix", hasTime: true, isRaw: false },
  });
});

test("-e is kept as written, and may be given several times", () => {
  const { envFiles } = parsed("-e", "a.env,?b.env", "--env=c.env");
  assert.deepEqual(envFiles, ["a.env,?b.env", "c.env"]);
});

test("--watch names files, several times or with commas, but not for a configuration", () => {
  const { watch } = parsed("--watch", "src,a.yml", "--watch=b", "--", "x");
  assert.deepEqual(watch, ["src", "a.yml", "b"]);
  assert.match(refusal("--watch="), /names no file/);
  assert.match(refusal("--watch", "src", "-c", "x"), /a configuration has watch=/);
});

test("words are kept, and one is a configuration by its name", () => {
  assert.deepEqual(parsed("-p", "1", "web", "worker").words, ["web", "worker"]);
  assert.deepEqual(parsed("a/tsv.conf").source, { kind: "config", path: "a/tsv.conf" });
  assert.deepEqual(parsed("-c", "x").source, { kind: "config", path: "x" });
  assert.deepEqual(parsed("--config=x").source, { kind: "config", path: "x" });
  assert.deepEqual(parsed("-fx").source, { kind: "procfile", path: "x" });
});

test("a command stands behind --, with a name or the one of its file", () => {
  const command = (...words: string[]) => parsed(...words).source;
  assert.deepEqual(command("--", "/usr/bin/node", "--inspect", "-c", "a b"), {
    kind: "commands",
    commands: [{ name: "node", command: ["/usr/bin/node", "--inspect", "-c", "a b"] }],
  });
  assert.deepEqual(command("--name", "web", "--", "node"), {
    kind: "commands",
    commands: [{ name: "web", command: ["node"] }],
  });
});

test("several commands have names, and are for a shell", () => {
  assert.deepEqual(parsed("--name", "web=npm start", "--name=css=a=b | c", "--", "db").source, {
    kind: "commands",
    commands: [
      { name: "web", command: "npm start" },
      { name: "css", command: "a=b | c" },
      { name: "db", command: ["db"] },
    ],
  });
});

test("options have values", () => {
  const args = parsed(
    "-m",
    "web=2",
    "-p3000",
    "--exit-on=fatal",
    "--grace",
    "1m",
    "--no-time",
    "P",
  );
  assert.deepEqual(args.formation, new Map([["web", 2]]));
  assert.deepEqual([args.port, args.exitOn, args.grace, args.hasTime], [3000, "fatal", 60, false]);
  assert.equal(parsed("--format", "json").format, "json");
  assert.deepEqual([parsed("--raw").isRaw, args.isRaw], [true, false]);
});

test("what makes no sense is refused in a sentence", () => {
  assert.equal(refusal("--no-such"), "run has no option --no-such; a command goes after --");
  assert.equal(refusal("-c"), "option -c requires an argument");
  assert.equal(refusal("--"), "there is no command behind --");
  assert.equal(refusal("--name", "web"), "--name web has no command; write it behind --");
  assert.equal(refusal("--name", "web="), "--name web= has no command");
  assert.equal(
    refusal("--name", "a b=c"),
    "'a b' is not a valid name: use letters, digits, '.', '_' and '-'",
  );
  assert.equal(refusal("--name", "a=b", "--name", "a=c"), "two commands have the name a");
  assert.equal(
    refusal("-c", "a", "b"),
    "a configuration runs whole, without 'b'; a command goes after --",
  );
  assert.equal(refusal("-c", "a", "-f", "b"), "only one file can be run");
  const either = "run either a file or commands; a command goes after --";
  assert.equal(refusal("P", "--", "x"), either);
  assert.equal(refusal("--name", "x=a", "extra"), either);
  for (const words of [[""], ["-c", ""], ["-f", ""], ["--procfile="]]) {
    assert.equal(refusal(...words), "the name of the file to run is empty");
  }
  assert.equal(refusal("-m", "web=2", "--", "x"), "-m is for a Procfile");
  assert.equal(refusal("-p", "0"), "-p is a port from 1 to 65535, not '0'");
  assert.equal(refusal("--exit-on", "x"), "--exit-on is never, fatal, exit, any or all, not 'x'");
  assert.equal(refusal("--format", "x"), "--format is prefix, plain, json or logfmt, not 'x'");
  assert.equal(refusal("--grace", "x"), "--grace is a time such as 10s, not 'x'");
});

test("-h asks for help, wherever it stands before --", () => {
  assert.deepEqual(parseRunArguments(["P", "-h"]), { ok: true, value: "help" });
  assert.notEqual(parsed("--", "ls", "-h").source.kind, "found");
});
