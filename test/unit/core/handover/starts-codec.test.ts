// Starts that are wanted, on their way to another daemon: of this version, and of one that knows nothing of them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { processKey } from "../../../../src/core/base/ids.ts";
import { decodeHandover, encodeHandover } from "../../../../src/core/handover/document.ts";
import { deadlineOf, type ProcessPhase } from "../../../../src/core/process/model.ts";
import { publicState } from "../../../../src/core/process/public-state.ts";
import type { SupervisorState } from "../../../../src/core/supervisor/model.ts";
import { fakeHandover, throughDocument } from "../../../fakes/handover.ts";
import { group, program, state } from "../process/samples.ts";
import { INITIAL_STATE } from "../supervisor/rig.ts";

const PHASES: Readonly<Record<string, ProcessPhase>> = {
  first: { kind: "STOPPED" },
  second: { kind: "FATAL", retryAt: null },
  third: { kind: "EXITED", restartAt: null },
  running: { kind: "RUNNING", pid: 7, watch: null },
  spawning: { kind: "SPAWNING", giveUpAt: 5000 },
  idle: { kind: "STOPPED" },
};
const keyOf = (name: string) => processKey("g", name);

/** `first` is being looked for; the others wait. */
function wanting(): SupervisorState {
  const config = group(
    "g",
    Object.keys(PHASES).map((name) => program({ name })),
  );
  const records = config.processes.map((each) => ({
    ...{ key: keyOf(each.name), group: "g", config: each },
    state: state(PHASES[each.name] ?? { kind: "STOPPED" }),
    runs: { cause: null, signals: [], ended: [], total: 0 },
  }));
  return {
    ...INITIAL_STATE,
    groups: new Map([["g", { config, keys: records.map(({ key }) => key) }]]),
    processes: new Map(records.map((record) => [record.key, record])),
    looking: new Map([[keyOf("first"), { by: "request" }]]),
    queued: new Map([
      [keyOf("third"), { by: "autostart" }],
      [keyOf("second"), { by: "request" }],
      [keyOf("running"), { by: "request" }],
    ]),
  };
}

test("starts keep their order, and a lookup that was in progress is repeated first", () => {
  const before = wanting();
  const { supervision } = throughDocument(fakeHandover({ supervision: before }));
  assert.deepEqual(
    [...supervision.queued],
    [
      [keyOf("first"), { by: "request" }],
      [keyOf("third"), { by: "autostart" }],
      [keyOf("second"), { by: "request" }],
      [keyOf("running"), { by: "request" }],
    ],
  );
  assert.equal(supervision.looking.size, 0);
  assert.deepEqual(supervision.processes, before.processes, "each is in the phase it was in");
});

test("an older version starts them too, in the same order, and accepts everything else unchanged", () => {
  const document = JSON.parse(encodeHandover(fakeHandover({ supervision: wanting() }))) as {
    body: { supervision: { processes: Record<string, unknown>[] } };
  };
  for (const process of document.body.supervision.processes) delete process["wanted"];
  const read = decodeHandover(JSON.stringify(document));
  assert.ok(read.ok);
  const { supervision } = read.value;
  assert.equal(supervision.queued.size, 0);
  const stateOf = (name: string) => supervision.processes.get(keyOf(name))?.state;
  const due = ["second", "first", "third"]
    .map(
      (name) =>
        [deadlineOf(stateOf(name) ?? state({ kind: "FATAL", retryAt: null })) ?? -1, name] as const,
    )
    .sort(([left], [right]) => left - right);
  assert.deepEqual(due, [
    [0, "first"],
    [1, "third"],
    [2, "second"],
  ]);
  const shown = ["first", "running", "spawning", "idle"].map((name) =>
    publicState(stateOf(name)?.phase ?? { kind: "FATAL", retryAt: null }),
  );
  assert.deepEqual(shown, ["EXITED", "RUNNING", "STARTING", "STOPPED"]);
});

test("a start that is under way has the form that all versions know", () => {
  const document = encodeHandover(fakeHandover({ supervision: wanting() }));
  assert.match(document, /"phase":\{"kind":"STARTING","pid":0,"runningAt":5000,"readying":null\}/);
});
