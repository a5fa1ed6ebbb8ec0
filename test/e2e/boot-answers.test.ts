// What clients are told that come while the daemon starts its programs: the same as by Supervisor, which answers no client
// before all of them are started.

import assert from "node:assert/strict";
import { setImmediate } from "node:timers/promises";
import { DEBIAN, type Implementation, TSV_BY_NAME } from "./rig/implementation.ts";
import { withoutSupervisor } from "./rig/places.ts";
import { e2e, type Rig } from "./rig/rig.ts";

const COUNT = 200;
const LAST = `p${COUNT - 1}`;
const PROGRAMS = [
  ...Array.from({ length: COUNT }, (_, i) => `[program:p${i}]\ncommand=sleep 100\nstartsecs=0\n`),
  "[program:off]\ncommand=sleep 100\nautostart=false\n",
].join("");

/** The answers to the first clients. */
async function firstAnswers(rig: Rig, implementation: Implementation): Promise<unknown> {
  const daemon = rig.launch({ implementation });
  const answerTo = async (method: string, name: string): Promise<unknown> => {
    for (;;) {
      try {
        const answer = await daemon.call(`supervisor.${method}`, name);
        return answer.kind === "fault" ? answer.text : answer;
      } catch {
        // Nothing listens yet.
        await setImmediate();
      }
    }
  };
  const answers = await Promise.all([
    answerTo("startProcess", LAST),
    answerTo("stopProcess", "off"),
  ]);
  daemon.signal("SIGTERM");
  await daemon.ended();
  return answers;
}

e2e(
  "a start of a program that is being started, and a stop of one that is not, are refused as by Supervisor",
  withoutSupervisor(),
  async (rig) => {
    rig.configure(PROGRAMS);
    const expected = [`ALREADY_STARTED: ${LAST}`, "NOT_RUNNING: off"];
    assert.deepEqual(await firstAnswers(rig, DEBIAN), expected);
    assert.deepEqual(await firstAnswers(rig, TSV_BY_NAME), expected);
  },
);
