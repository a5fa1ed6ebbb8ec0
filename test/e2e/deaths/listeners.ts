// Event listeners that are at work when their daemon dies.

import assert from "node:assert/strict";
import { join } from "node:path";
import { until } from "../../rig/wait.ts";
import type { Daemon } from "../rig/daemon.ts";
import { ROOT } from "../rig/places.ts";
import type { Rig } from "../rig/rig.ts";
import { textOf, waitForText } from "../rig/watch.ts";

const LISTENER = join(ROOT, "test/e2e/deaths/listener.py");
/** A payload that is larger than a pipe. */
const LARGE = "x".repeat(200_000);

/** A program whose states are events. */
export const TARGET =
  "[program:target]\ncommand=sleep 1000\nstartsecs=0\nautostart=false\nstopsignal=KILL\n";

/** Starts a daemon that may die often. */
export async function startedWith(rig: Rig, sections: string): Promise<Daemon> {
  const daemon = await rig.startWith(sections, { env: { TSV_DEATHS: "500" } });
  await daemon.logged(/success: listener\w* entered RUNNING/);
  return daemon;
}

/** What a listener got. */
interface Got {
  readonly serial: number;
  readonly name: string;
  readonly payload: string;
}

export class Listener {
  readonly #rig: Rig;
  readonly #most: number;
  readonly #count: number;
  #marks = 0;

  /** @param most milliseconds for an event @param count processes in the pool; the record of several is in no order */
  constructor(rig: Rig, most: number, count = 1) {
    this.#rig = rig;
    this.#most = most;
    this.#count = count;
  }

  get sections(): string {
    return `[eventlistener:listener]
command=/usr/bin/python3 ${LISTENER} ${this.#record} ${this.#most}
events=REMOTE_COMMUNICATION,PROCESS_STATE
buffer_size=10000
numprocs=${this.#count}
process_name=listener%(process_num)d
startsecs=0
`;
  }

  get #record(): string {
    return this.#rig.path("listener.events");
  }

  get #got(): readonly Got[] {
    const lines = textOf(this.#record).split("\n").slice(0, -1);
    return lines.map((line) => {
      const [serial, name = "", payload = ""] = line.split(" ");
      return { serial: Number(serial), name, payload };
    });
  }

  /** Sends it an event, if the daemon does not die meanwhile. @returns what the payload begins with */
  async send(daemon: Daemon, isLarge = false): Promise<string> {
    this.#marks += 1;
    const mark = `mark${this.#marks}!`;
    const data = isLarge ? LARGE : "";
    await daemon.ask("sendRemoteCommEvent", mark, data).catch(() => {});
    return mark;
  }

  /** It reads events. */
  async assertAnswers(daemon: Daemon, what: string): Promise<void> {
    const mark = await this.send(daemon);
    await waitForText(this.#record, new RegExp(mark));
    assert.doesNotMatch(textOf(daemon.log), /UNKNOWN state|internal error/, what);
  }

  /** It reads each event once, in order, and none is missing between two states of a program. */
  async assertExact(daemon: Daemon, what: string): Promise<void> {
    const mark = await this.send(daemon);
    const last = await waitForText(this.#record, new RegExp(`^(\\d+) .*${mark}`, "m"));
    const isComplete = (): boolean => this.#got.length > Number(last[1]);
    await until(isComplete, { what: "the events before the last one" });
    const got = [...this.#got].sort((a, b) => (this.#count === 1 ? 0 : a.serial - b.serial));
    const wrong = got.findIndex(({ serial }, at) => serial !== at);
    const around = JSON.stringify(got.slice(Math.max(0, wrong - 3), wrong + 3));
    assert.equal(wrong, -1, `${what}: ${around}`);
    const states = new Map<string, string>();
    for (const { name, payload } of got) {
      const [, process, from] = /processname:(\w+),.*from_state:(\w+)/.exec(payload) ?? [];
      if (process === undefined) continue;
      const before = states.get(process);
      assert.ok(before === undefined || before === from, `${what}: ${process}, ${before}, ${from}`);
      states.set(process, name.replace("PROCESS_STATE_", ""));
    }
    assert.doesNotMatch(textOf(daemon.log), /UNKNOWN state|bad result line|internal error/, what);
  }
}
