// A hub and a device of a fleet: a real nats-server, a daemon whose program is an agent, and an operator.

import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { CallRequest } from "../../../src/core/fleet/call.ts";
import type { ConfigurationReport } from "../../../src/core/fleet/desired.ts";
import {
  answerSubject,
  callSubject,
  devicePermissions,
  EVENTS_STREAM,
  eventSubject,
  type FleetRole,
  keySubject,
  lastOfKey,
} from "../../../src/core/fleet/subjects.ts";
import { type CallEnd, callDevice } from "../../../src/fleet/nats/calls.ts";
import { connect, type Membership, type Session } from "../../../src/fleet/nats/connection.ts";
import { readLast } from "../../../src/fleet/nats/last.ts";
import { makeStreams, type NatsServer, startNats } from "../../rig/nats-server.ts";
import { until, within } from "../../rig/wait.ts";
import type { Rig } from "./rig.ts";

const AGENT = fileURLToPath(new URL("../../rig/fleet-agent-main.js", import.meta.url));

/** A whole answer of a device. */
export interface Answer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
  readonly end: CallEnd;
}

/** An event of the stream, with the message that it was in. */
export interface StreamEvent {
  readonly kind: string;
  readonly seq?: number;
  readonly missed?: number | null;
  readonly restarted?: boolean;
  readonly name?: string;
  readonly to?: string;
}

export class Fleet {
  readonly hub: NatsServer;
  /** A session that may do everything. */
  root: Session;
  readonly #member: Membership;

  private constructor(hub: NatsServer, member: Membership, root: Session) {
    this.hub = hub;
    this.#member = member;
    this.root = root;
  }

  static async start(rig: Rig): Promise<Fleet> {
    const directory = rig.path("hub");
    mkdirSync(directory);
    const hub = await startNats(directory);
    process.once("exit", () => void hub.kill());
    const member = await hub.admitHub("root");
    const root = await opened(member);
    await makeStreams(root);
    return new Fleet(hub, member, root);
  }

  /** Starts the hub again. */
  async restart(): Promise<void> {
    await this.hub.start();
    this.root = await opened(this.#member);
  }

  async end(): Promise<void> {
    await this.root.close();
    await this.hub.kill();
  }

  /** An operator that calls in roles up to its own. */
  async operator(name: string, roles: readonly FleetRole[]): Promise<Session> {
    const publish = roles.map((role) => callSubject("*", role, name, "*"));
    const permissions = {
      publish,
      subscribe: [`_INBOX_${name}.>`, answerSubject("*", name, "*")],
    };
    return await opened(await this.hub.admit(name, permissions));
  }

  /** The sections of a daemon that is the device `name`. */
  async device(name: string): Promise<{ readonly member: Membership; readonly sections: string }> {
    const member = await this.hub.admit(name, devicePermissions(name));
    const program = `[program:tsv-fleet]\ncommand=${process.execPath} ${AGENT} -c %(here)s/d.conf\nredirect_stderr=true\nstdout_logfile=%(here)s/agent.log\nautorestart=true\nstartsecs=0\n`;
    const fleet = `[fleet]\nurl=${member.url}\nname=${name}\nkey=${member.key}\nca=${member.ca}\nlabels=site=berlin,role=web\n`;
    return { member, sections: `${fleet}${program}` };
  }

  /** Reads all messages of the stream about a device, oldest first. */
  async events(device: string): Promise<readonly StreamEvent[]> {
    const events: StreamEvent[] = [];
    for (let sequence = 1; ; ) {
      const wanted = JSON.stringify({ seq: sequence, next_by_subj: eventSubject(device) });
      const answer = await this.root.request(`$JS.API.DIRECT.GET.${EVENTS_STREAM}`, wanted, 30_000);
      if (!answer.ok) throw new Error(answer.error);
      if (answer.value.status !== null) return events;
      sequence = Number(answer.value.header("Nats-Sequence")) + 1;
      events.push(...JSON.parse(new TextDecoder().decode(answer.value.data)).events);
    }
  }

  /** Waits until the events of a device are as wanted. */
  async eventsUntil(
    device: string,
    what: string,
    isEnough: (events: readonly StreamEvent[]) => boolean,
  ): Promise<readonly StreamEvent[]> {
    let seen: readonly StreamEvent[] = [];
    const left = () => JSON.stringify(seen.slice(-20));
    return await until(
      async () => {
        seen = await this.events(device);
        return isEnough(seen) && seen;
      },
      { what, left, timeoutMs: 90_000 },
    );
  }

  /** The reported state of a device; empty for none. */
  async reported(device: string): Promise<Record<string, unknown>> {
    return ((await this.#report(device))["host"] ?? {}) as Record<string, unknown>;
  }

  /** What a device has reported of its desired configuration. */
  async configuration(device: string): Promise<ConfigurationReport | null> {
    return ((await this.#report(device))["configuration"] ?? null) as ConfigurationReport | null;
  }

  async #report(device: string): Promise<Record<string, unknown>> {
    const last = await readLast(this.root, lastOfKey("reported", device));
    return last.ok && last.value !== null ? JSON.parse(last.value.text) : {};
  }

  /** The keys of a bucket are the names of devices. */
  reportedSubject(device: string): string {
    return keySubject("reported", device);
  }
}

export async function opened(member: Membership): Promise<Session> {
  const made = await connect(member);
  if (!made.ok) throw new Error(made.error.text);
  return made.value;
}

/** Calls a device and waits for the whole answer. */
export async function ask(
  session: Session,
  callee: { readonly device: string; readonly role: FleetRole; readonly operator: string },
  request: Partial<CallRequest> & { readonly path: string; readonly body?: string | Uint8Array },
): Promise<Answer> {
  const parts: Uint8Array[] = [];
  let [status, headers]: [number, ReadonlyMap<string, string>] = [0, new Map()];
  const whole = {
    method: "GET",
    headers: new Map(),
    body: "",
    headMs: 60_000,
    ...request,
  } as const;
  const call = callDevice(session, callee, whole, {
    head(got, fields) {
      [status, headers] = [got, fields];
    },
    body: (bytes) => parts.push(bytes.slice()),
  });
  const end = await within(call.ended, { what: `the end of the call ${request.path}` });
  return { status, headers, body: Buffer.concat(parts).toString(), end };
}

/** Waits until the agent of a device answers. */
export async function reached(
  session: Session,
  callee: Parameters<typeof ask>[1],
  rig: Rig,
): Promise<void> {
  await until(
    async () =>
      (await ask(session, callee, { path: "/api/v1/supervisor.getState" })).status === 200,
    { what: `${callee.device} to answer`, left: () => rig.describe() },
  );
}
