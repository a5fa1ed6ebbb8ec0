// Supervision over fakes with real pools: listeners answer as the test says.

import type { ProcessKey } from "../../../../src/core/base/ids.ts";
import type { GroupConfig, ProcessConfig } from "../../../../src/core/config/model.ts";
import { INITIAL_EVENTS } from "../../../../src/core/events/model.ts";
import type { EventsApi } from "../../../../src/services/events/api.ts";
import { Events } from "../../../../src/services/events/events.ts";
import { group, program } from "../../core/process/samples.ts";
import { Rig } from "../supervisor/rig.ts";

/** An `[eventlistener:x]` of one process that is RUNNING at once. */
export function pool(
  name: string,
  events: readonly string[],
  changes: Partial<ProcessConfig> = {},
  bufferSize = 10,
): GroupConfig {
  const listener = program({ name, startSecs: 0, ...changes });
  const { processes, priority, origin } = group(name, [listener], -1);
  return {
    ...{ kind: "eventlistener", name, processes, priority, origin },
    ...{ events, bufferSize, resultHandler: "supervisor.dispatchers:default_handler" },
  };
}

/** The parts of an event as a listener reads them. @throws when the header does not fit the payload */
export function parseEvent(text: string) {
  const parts =
    /^ver:3\.0 server:supervisor serial:(\d+) pool:(\S+) poolserial:(\d+) eventname:(\S+) len:(\d+)\n/.exec(
      text,
    );
  if (parts === null) throw new Error(`no event: ${text}`);
  const [header, serial = "", poolName = "", poolSerial = "", type = "", length] = parts;
  const payload = text.slice(header.length);
  if ([...payload].length !== Number(length)) throw new Error(`wrong length: ${text}`);
  return { serial: Number(serial), poolName, poolSerial: Number(poolSerial), type, payload };
}

export class EventsRig extends Rig {
  /** What listeners answer to each event by themselves; null waits for the test. */
  autoAnswer: string | null = null;
  readonly #sent = new Map<string, string[]>();

  get service(): Events {
    return this.events as Events;
  }

  protected override createEvents(): EventsApi {
    return new Events({
      clock: this.shareClock(),
      activity: this.activity,
      print: () => {},
      identifier: "supervisor",
      initial: INITIAL_EVENTS,
      writeEvent: (key, bytes) => {
        const outcome = this.supervisor.writeEvent(key, bytes);
        if (outcome === "accepted") this.#note(key, new TextDecoder().decode(bytes));
        return outcome;
      },
    });
  }

  /** The listener of a pool says READY, and OK to each event from now on. */
  ready(name: string): this {
    this.autoAnswer = "OK";
    return this.say(name, "READY\n").settle();
  }

  say(name: string, text: string): this {
    this.service.listenerPrinted(`${name}:${name}` as ProcessKey, new TextEncoder().encode(text));
    return this;
  }

  /** `serial/poolserial TYPE payload` of the events that a pool was sent since the last call. */
  sent(name: string): string[] {
    this.settle();
    return this.#sent.get(name)?.splice(0) ?? [];
  }

  #note(key: ProcessKey, text: string): void {
    const [name = ""] = key.split(":");
    const { serial, poolName, poolSerial, type, payload } = parseEvent(text);
    if (poolName !== name) throw new Error(`${key} got an event of ${poolName}`);
    const sent = this.#sent.get(name) ?? [];
    this.#sent.set(name, sent);
    sent.push(`${serial}/${poolSerial} ${type} ${payload}`);
    const answer = this.autoAnswer;
    if (answer === null) return;
    // A real listener's answer comes through its pipe: never while it is being written to.
    this.work.defer(() => this.say(name, `RESULT ${answer.length}\n${answer}READY\n`));
  }
}
