// Suggestions for a name that no program has.

import assert from "node:assert/strict";
import { test } from "node:test";
import { nameHint, signalHint } from "../../../src/ctl/hints.ts";
import { whereOf } from "../../../src/ctl/where.ts";

const WHERE = whereOf({ configFile: "x.conf", serverUrl: null, usedConfig: "x.conf" }, [], null);
const PROGRAMS = [
  { group: "clock", name: "clock" },
  { group: "worker", name: "a" },
  { group: "worker", name: "b" },
];

function meant(verb: string, words: readonly string[], names: readonly string[]): unknown {
  const hint = nameHint({ verb, options: [], words, names }, PROGRAMS, WHERE);
  return hint?.steps.map(([, command]) => command);
}

test("a name that is nearly one, a group and a program of a group lead to the command that was meant", () => {
  for (const [verb, words, names, command] of [
    ["start", ["clok"], ["clok"], "tsv start clock -c x.conf"],
    ["restart", ["worker"], ["worker"], "tsv restart 'worker:*' -c x.conf"],
    ["stop", ["wroker:*"], ["wroker:*"], "tsv stop wroker:* -c x.conf"],
    ["stop", ["a", "clock"], ["a"], "tsv stop worker:a clock -c x.conf"],
    ["status", ["worker:c"], ["worker:c"], "tsv status worker:b -c x.conf"],
    ["signal", ["clock", "HUP"], ["HUP"], "tsv signal HUP clock -c x.conf"],
    ["start", ["xyzzy"], ["xyzzy"], "tsv status -c x.conf"],
  ] as const) {
    const expected = command.replace("stop wroker:*", "stop 'worker:*'");
    const found = meant(verb, words, names);
    if (words[0] === "worker:c") assert.match(String(found), /worker:[ab]/);
    else assert.deepEqual(found, [expected], words.join(" "));
  }
});

test("a group says who is in it", () => {
  const hint = nameHint(
    { verb: "stop", options: [], words: ["worker"], names: ["worker"] },
    PROGRAMS,
    WHERE,
  );
  assert.equal(hint?.text, "worker is a group of 2 programs: worker:a, worker:b");
});

test("options stay, and nothing is said or named twice", () => {
  const asked = { verb: "logs", options: ["-n", "1", "--grep", "a b"] };
  const words = ["worker:a", "a", "50%"];
  const hint = nameHint({ ...asked, words, names: ["a", "50%", "a"] }, PROGRAMS, WHERE);
  assert.deepEqual(hint, {
    text: "a is in the group worker",
    steps: [["Did you mean", "tsv logs -n 1 --grep 'a b' worker:a '50%' -c x.conf"]],
  });
  const twice = ["clockk", "clokk"];
  const near = nameHint({ ...asked, options: [], words: twice, names: twice }, PROGRAMS, WHERE);
  assert.equal(near?.text, "the nearest name is clock");
});

test("the type of a Procfile leads to its programs", () => {
  const programs = ["web.1", "worker.1", "worker.2", "worker.10", "worker.x"].map((name) => {
    return { group: name, name };
  });
  const hintOf = (name: string): unknown => {
    const hint = nameHint(
      { verb: "restart", options: [], words: [name], names: [name] },
      programs,
      WHERE,
    );
    return [hint?.text, hint?.steps[0]?.[1]];
  };
  assert.deepEqual(hintOf("web"), ["the program of web is web.1", "tsv restart web.1 -c x.conf"]);
  assert.deepEqual(hintOf("worker"), [
    "the programs of worker are worker.1, worker.2, worker.10",
    "tsv restart 'worker.*' -c x.conf",
  ]);
});

test("a signal that does not exist is named, with the nearest one", () => {
  const hint = signalHint("hupp", ["clock"], WHERE);
  assert.equal(hint?.text, "hupp is not a signal");
  assert.deepEqual(hint.steps, [["Did you mean", "tsv signal HUP clock -c x.conf"]]);
  assert.deepEqual(signalHint("xyzzy", ["clock"], WHERE)?.steps, [["Show all signals", "kill -l"]]);
  for (const [signal, names] of [
    ["SIGHUP", ["clock"]],
    ["1", ["clock"]],
    ["clock", ["HUP"]],
  ] as const) {
    assert.equal(signalHint(signal, names, WHERE), null, signal);
  }
});
