// A member of a fleet with a plain client of NATS, in a process that may run on another machine.

import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { until, within } from "../../rig/wait.ts";
import { plainEnvironment } from "./command.ts";

/** What it runs. */
export const MEMBER_MAIN = fileURLToPath(
  new URL("../../rig/fleet-member-main.js", import.meta.url),
);

/** An event of the hub's stream. */
export interface StreamEvent {
  readonly kind: string;
  readonly seq?: number;
  readonly missed?: number | null;
  readonly name?: string;
  readonly to?: string;
}

/** What nats-server has answered a member. */
export interface MemberAnswer {
  /** "ok", or why there is no answer: a RequestFailure of src/fleet/nats. */
  readonly result: string;
  readonly status: number | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** A connection in a process of its own: see test/rig/fleet-member-main.ts. */
export class Member {
  readonly #child: ChildProcess;
  readonly #answers = new Map<number, (answer: MemberAnswer) => void>();
  #last = 0;
  /** Subjects that nats-server has refused: `publish X`, `subscribe X`. */
  readonly denied: string[] = [];
  /** Messages of subscriptions: `SUBJECT TEXT`. */
  readonly heard: string[] = [];
  #state = "connecting";

  constructor([file = "", ...words]: readonly string[], mark: string) {
    const env = plainEnvironment(mark);
    this.#child = spawn(file, words, { env, stdio: ["pipe", "pipe", "inherit"] });
    this.#child.stdin?.on("error", () => undefined); // EPIPE: its machine may be off.
    const { stdout } = this.#child;
    assert.ok(stdout !== null);
    createInterface({ input: stdout }).on("line", (line) => this.#take(JSON.parse(line)));
  }

  #take(line: Readonly<Record<string, unknown>>): void {
    const { id, answer, state, denied, heard } = line;
    if (typeof id === "number") {
      this.#answers.get(id)?.(answer as MemberAnswer);
      this.#answers.delete(id);
    } else if (typeof state === "string") this.#state = state;
    else if (typeof denied === "string") this.denied.push(denied);
    else if (typeof heard === "string") this.heard.push(heard);
  }

  async connected(): Promise<void> {
    await this.is(/^connected$/);
  }

  /** Waits for a state: `connected`, or why there is no connection (any more). */
  async is(pattern: RegExp): Promise<void> {
    const left = () => this.#state;
    await until(() => pattern.test(this.#state), { what: `${pattern}`, left });
  }

  #tell(line: Readonly<Record<string, unknown>>): void {
    this.#child.stdin?.write(`${JSON.stringify(line)}\n`);
  }

  request(
    subject: string,
    text = "",
    headers: Readonly<Record<string, string>> = {},
  ): Promise<MemberAnswer> {
    const id = ++this.#last;
    const answer = new Promise<MemberAnswer>((resolve) => this.#answers.set(id, resolve));
    this.#tell({ id, request: subject, text, headers });
    return within(answer, { what: `an answer at ${subject}`, left: () => this.#state });
  }

  publish(subject: string, text: string, reply: string | null = null): void {
    this.#tell({ publish: subject, text, reply });
  }

  subscribe(subject: string): void {
    this.#tell({ subscribe: subject });
  }

  /** Settles when nats-server has taken all before. */
  async flush(): Promise<void> {
    await this.request("");
  }

  close(): void {
    this.#child.kill("SIGKILL");
  }

  /** All events of a device that the stream has, oldest first. */
  async events(device: string): Promise<readonly StreamEvent[]> {
    const events: StreamEvent[] = [];
    for (let seq = 1; ; ) {
      const wanted = JSON.stringify({ seq, next_by_subj: `tsv.event.${device}` });
      const { result, status, headers, text } = await this.request(
        "$JS.API.DIRECT.GET.TSV_EVENTS",
        wanted,
      );
      assert.equal(result, "ok");
      if (status !== null) return events;
      seq = Number(headers["Nats-Sequence"]) + 1;
      events.push(...(JSON.parse(text) as { events: readonly StreamEvent[] }).events);
    }
  }

  /** Waits until the events of a device are enough. */
  async eventsUntil(
    device: string,
    what: string,
    isEnough: (events: readonly StreamEvent[]) => boolean,
    timeoutMs = 90_000,
  ): Promise<readonly StreamEvent[]> {
    let seen: readonly StreamEvent[] = [];
    const left = () => JSON.stringify(seen.slice(-20));
    return await until(
      async () => {
        seen = await this.events(device);
        return isEnough(seen) && seen;
      },
      { what, left, timeoutMs },
    );
  }

  /** The last value of a key; null for none. */
  async value(bucket: string, key: string): Promise<string | null> {
    const subject = `$KV.${bucket}.${key}`;
    const { status, text } = await this.request(`$JS.API.DIRECT.GET.KV_${bucket}.${subject}`);
    return status === null ? text : null;
  }
}

/** Whether each event came once and in order, and none is missing. */
export function assertComplete(events: readonly StreamEvent[]): void {
  const numbers = events.flatMap(({ seq }) => (seq === undefined ? [] : [seq]));
  const [first = 0] = numbers;
  assert.deepEqual(
    numbers,
    numbers.map((_, index) => first + index),
  );
  assert.deepEqual(
    events.filter(({ kind }) => kind === "gap"),
    [],
  );
}

/** How often a program was up. */
export function startsOf(events: readonly StreamEvent[], program: string): number {
  return events.filter(({ name, to }) => name === program && to === "RUNNING").length;
}
