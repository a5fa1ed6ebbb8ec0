// Suggestions: for unknown names, signals and actions, and for programs that did not start.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { FAULT_CODES, type FaultName } from "../../../src/core/xmlrpc/faults.ts";
import { nameHint, signalHint, startHint, unknownActionHint } from "../../../src/ctl/hints.ts";
import { whereOf } from "../../../src/ctl/where.ts";

const NAMED = { configFile: "x.conf", serverUrl: null, usedConfig: "x.conf" };
const WHERE = whereOf(NAMED, [], null);
const DOTTED = ["web.1", "job.1", "job.2", "job.10", "job.x"];
const PROGRAMS = [
  { group: "clock", name: "clock" },
  { group: "worker", name: "a" },
  { group: "worker", name: "b" },
  ...DOTTED.map((name) => ({ group: name, name })),
];

describe("a hint for unknown names", () => {
  for (const [line, unknown, text, command] of [
    ["start clok", "clok", "the nearest name is clock", "tsv start clock"],
    [
      "restart worker",
      "worker",
      "worker is a group of 2 programs: worker:a, worker:b",
      "tsv restart 'worker:*'",
    ],
    ["stop wroker:*", "wroker:*", "the nearest name is worker", "tsv stop 'worker:*'"],
    ["stop a clock", "a", "a is in the group worker", "tsv stop worker:a clock"],
    ["signal clock HUP", "HUP", "the signal comes before the names", "tsv signal HUP clock"],
    ["start xyzzy", "xyzzy", "check the name", "tsv status"],
    ["restart web", "web", "the program of web is web.1", "tsv restart web.1"],
    ["restart job", "job", "the programs of job are job.1, job.2, job.10", "tsv restart 'job.*'"],
    ["start clockk clokk", "clockk clokk", "the nearest name is clock", "tsv start clock clokk"],
  ] as const) {
    it(`of "${line}": ${text}`, () => {
      const [verb = "", ...words] = line.split(" ");
      const hint = nameHint(
        { verb, options: [], words, names: unknown.split(" ") },
        PROGRAMS,
        WHERE,
      );
      assert.deepEqual([hint?.text, hint?.steps[0]?.[1]], [text, `${command} -c x.conf`]);
    });
  }

  it("keeps options, and names nothing twice", () => {
    const words = ["worker:a", "a", "50%"];
    const given = { verb: "logs", options: ["-n", "1", "--grep", "a b"], words };
    assert.deepEqual(nameHint({ ...given, names: ["a", "50%", "a"] }, PROGRAMS, WHERE), {
      text: "a is in the group worker",
      steps: [["Did you mean", "tsv logs -n 1 --grep 'a b' worker:a '50%' -c x.conf"]],
    });
  });
});

describe("a hint for an unknown signal", () => {
  for (const [signal, names, step] of [
    ["hupp", ["clock"], ["Did you mean", "tsv signal HUP clock -c x.conf"]],
    ["xyzzy", ["clock"], ["Show all signals", "kill -l"]],
    ["SIGHUP", ["clock"], undefined],
    ["1", ["clock"], undefined],
    ["clock", ["HUP"], undefined],
  ] as const) {
    it(`of ${signal} is ${step?.[1] ?? "none"}`, () => {
      const hint = signalHint(signal, names, WHERE);
      assert.deepEqual(hint?.steps[0], step);
      if (hint !== null) assert.equal(hint.text, `${signal} is not a signal`);
    });
  }
});

describe("a hint for starts", () => {
  const failed = (count: number, name: FaultName) =>
    Array.from({ length: count }, (_, at) => ({ name: `p${at}`, fault: FAULT_CODES[name] }));

  for (const [fault, count, steps] of [
    ["NO_FILE", 1, 1],
    ["NOT_EXECUTABLE", 1, 1],
    ["ABNORMAL_TERMINATION", 1, 1],
    ["SPAWN_ERROR", 7, 5],
    ["BAD_NAME", 1, 0],
    ["ALREADY_STARTED", 1, 0],
  ] as const) {
    it(`of ${count} ${fault} has ${steps} commands`, () => {
      const hint = startHint(failed(count, fault), WHERE);
      assert.equal(hint?.steps.length ?? 0, steps);
      if (hint === null) return;
      assert.deepEqual(hint.steps[0], ["Find out why", "tsv why p0 -c x.conf"]);
      if (count > 1) assert.equal(hint.text, "7 programs did not start");
    });
  }
});

it("a mistyped action leads to the action, and a verb of tsv to its command", () => {
  const hint = (line: string) => unknownActionHint(line, ["start", "status", "stop"], WHERE);
  assert.deepEqual(hint("statsu web"), { text: "did you mean status?", steps: [] });
  assert.deepEqual(hint("why web"), {
    text: "why is no action of ctl",
    steps: [["In another shell", "tsv why web -c x.conf"]],
  });
  assert.equal(hint("nonsense"), null);
});
