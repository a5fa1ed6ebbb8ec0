// The payload of each type of event, byte for byte as Supervisor writes it (section 8.1), and the line before it.

import { codePointLength } from "../base/printable.ts";
import type { Notice, StateChange } from "../process/model.ts";
import type { EventName } from "./types.ts";

/** An event as event listeners get it. Rendered at once, because its subject may change afterwards. */
export interface EventBody {
  readonly name: EventName;
  readonly payload: string;
}

/** A process by the names that events use. */
interface EventProcess {
  readonly name: string;
  readonly group: string;
}

/** One channel of a live process. */
export interface EventChannel extends EventProcess {
  readonly pid: number;
  readonly channel: "stdout" | "stderr";
}

/** Seconds between two ticks of a type. */
export type TickPeriod = 5 | 60 | 3600;

/** PROCESS_STATE_*: details such as pid and tries follow in the order in which the change holds them. */
export function processStateEvent(process: EventProcess, change: StateChange): EventBody {
  const payload = headText(process, { from_state: change.from, ...change.details });
  return { name: `PROCESS_STATE_${change.to}`, payload };
}

/** READY, HEALTH, RESTART, SCHEDULE, which Supervisor does not have: the details, and on a line of its own the text, if any. */
export function noticeEvent(process: EventProcess, { about, details, text }: Notice): EventBody {
  const payload = headText(process, details);
  return { name: about, payload: text === "" ? payload : `${payload}\n${text}` };
}

/** PROCESS_LOG_*: one chunk of output. */
export function processLogEvent(source: EventChannel, data: string): EventBody {
  const { channel } = source;
  return {
    name: logEventName(channel),
    payload: `${sourceText(source)} channel:${channel}\n${data}`,
  };
}

/** PROCESS_COMMUNICATION_*: what a program wrote between the two tokens. */
export function processCommunicationEvent(source: EventChannel, data: string): EventBody {
  return {
    name: communicationEventName(source.channel),
    payload: `${sourceText(source)}\n${data}`,
  };
}

/** The type of PROCESS_LOG for a channel. */
export function logEventName(channel: "stdout" | "stderr"): EventName {
  return channel === "stdout" ? "PROCESS_LOG_STDOUT" : "PROCESS_LOG_STDERR";
}

/** The type of PROCESS_COMMUNICATION for a channel. */
export function communicationEventName(channel: "stdout" | "stderr"): EventName {
  return channel === "stdout" ? "PROCESS_COMMUNICATION_STDOUT" : "PROCESS_COMMUNICATION_STDERR";
}

/** REMOTE_COMMUNICATION: data that a client sent over RPC. */
export function remoteCommunicationEvent(type: string, data: string): EventBody {
  return { name: "REMOTE_COMMUNICATION", payload: `type:${type}\n${data}` };
}

/** SUPERVISOR_STATE_CHANGE_*: nothing but the type. */
export function supervisorStateEvent(to: "RUNNING" | "STOPPING"): EventBody {
  return { name: `SUPERVISOR_STATE_CHANGE_${to}`, payload: "" };
}

/** PROCESS_GROUP_*: the only payload that ends with a line feed. */
export function processGroupEvent(what: "ADDED" | "REMOVED", group: string): EventBody {
  return { name: `PROCESS_GROUP_${what}`, payload: `groupname:${group}\n` };
}

/** TICK_*: `when` is the boundary in epoch seconds, a multiple of the period. */
export function tickEvent(period: TickPeriod, when: number): EventBody {
  return { name: `TICK_${period}`, payload: `when:${when}` };
}

function headText({ name, group }: EventProcess, details: object): string {
  const texts = Object.entries(details).map(([key, value]) => ` ${key}:${value}`);
  return `processname:${name} groupname:${group}${texts.join("")}`;
}

function sourceText({ name, group, pid }: EventChannel): string {
  return `processname:${name} groupname:${group} pid:${pid}`;
}

// An event as it is sent to a listener's stdin: one header line, then the payload.

/** An event that some pool wanted. */
export interface EmittedEvent extends EventBody {
  /** Of the daemon: incremented for each event with a subscriber, also across reloads. */
  readonly serial: number;
}

/** An event as one pool holds it. */
export interface PooledEvent {
  readonly event: EmittedEvent;
  /** Of the pool: kept when the event is sent again. */
  readonly poolSerial: number;
}

/** Memory of an event apart from its payload. */
const EVENT_BYTES = 256;

/** Memory in bytes that an event takes while it waits, at most: a character may take two. */
export function eventBytes({ payload }: EmittedEvent): number {
  return EVENT_BYTES + 2 * payload.length;
}

/** Header and payload. */
export function envelope(server: string, pool: string, { event, poolSerial }: PooledEvent): string {
  const { serial, name, payload } = event;
  // Neither bytes nor UTF-16 units: listeners read as many characters from a text stream, and wait for what is missing.
  const length = codePointLength(payload);
  return (
    `ver:3.0 server:${server} serial:${serial} pool:${pool} poolserial:${poolSerial} ` +
    `eventname:${name} len:${length}\n${payload}`
  );
}
