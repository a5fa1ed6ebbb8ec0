// A daemon with one program, for the tests of its commands.

import type { ProcessConfig } from "../../../../src/core/config/model.ts";
import { group, program } from "../../core/process/samples.ts";
import { answerText, key, Rig } from "./rig.ts";

/** The process of most tests. */
export const WEB = key("web:web");

/** A daemon with one program, `web`. */
export function web(changes: Partial<ProcessConfig> = {}): Rig {
  return new Rig(group("web", [program(changes)])).begin();
}

/** A running process `web:web`. */
export function running(changes: Partial<ProcessConfig> = {}): Rig {
  return web({ startSecs: 0, ...changes });
}

/** Starts a process, and waits for the answer. */
export async function start(rig: Rig, wait: boolean, name = WEB): Promise<string> {
  const answer = rig.supervisor.start(name, wait);
  rig.settle();
  return answerText(await answer);
}
