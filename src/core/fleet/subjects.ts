// What a fleet is named on NATS: subjects, streams and buckets, and what each of its members may publish and subscribe to. docs/adr/0017
// has the reasons.

import { USER_ROLES } from "../access/permissions.ts";

/** Of operators: those of a section [user:x]. */
export type FleetRole = (typeof USER_ROLES)[number];

/** JetStream: the events of all devices. */
export const EVENTS_STREAM = "TSV_EVENTS";
export const EVENTS_SUBJECTS = "tsv.event.*";
/** Buckets of key and value: what a device should run, what it says of it, and roll-outs. Keys are names of devices, and of roll-outs. */
export const BUCKETS = {
  desired: "tsv_desired",
  reported: "tsv_reported",
  rollouts: "tsv_rollouts",
} as const;
/** Where an invitation asks for its replacement by the key of a device. */
export const JOIN_SUBJECT = "tsv.join";

/** Names of devices and operators are words of subjects: no dots, spaces or wildcards. */
export const FLEET_NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/;

export interface SubjectPermissions {
  readonly publish: readonly string[];
  readonly subscribe: readonly string[];
  /** May answer a request by publishing to its reply subject. */
  readonly answers: boolean;
}

export function eventSubject(device: string): string {
  return `tsv.event.${device}`;
}

/** Of one call; `id` is the caller's, unique among its calls. */
export function callSubject(device: string, role: FleetRole, operator: string, id: string): string {
  return `tsv.call.${device}.${role}.${operator}.${id}`;
}

/** All calls to a device. */
export function callsSubject(device: string): string {
  return `tsv.call.${device}.>`;
}

/**
 * Where the answer to a call goes. Not to a reply subject, which the caller would choose, and the device would publish to with its own
 * permissions (`allow_responses` of nats-server knows no limits).
 */
export function answerSubject(device: string, operator: string, id: string): string {
  return `tsv.answer.${operator}.${device}.${id}`;
}

/** The key of a bucket, as a subject: a core subscription sees each put. */
export function keySubject(bucket: keyof typeof BUCKETS, key: string): string {
  return `$KV.${BUCKETS[bucket]}.${key}`;
}

/** A request to it is answered with the last message of the key (NATS ADR-31, direct get). */
export function lastOfKey(bucket: keyof typeof BUCKETS, key: string): string {
  return `$JS.API.DIRECT.GET.KV_${BUCKETS[bucket]}.${keySubject(bucket, key)}`;
}

/** A request to it is answered with the last event of the device. */
export function lastEvent(device: string): string {
  return `$JS.API.DIRECT.GET.${EVENTS_STREAM}.${eventSubject(device)}`;
}

/** @param member name of a device or an operator @returns the prefix of its inboxes, which no other member may subscribe to */
export function inboxOf(member: string): string {
  return `_INBOX_${member}`;
}

/** Whether a subject is in the inbox of a member. An answer to another one would be published with the permissions of who answers. */
export function isInbox(subject: string): boolean {
  return /^_INBOX_[^.]+\../.test(subject);
}

/** Of a device: nothing of another device, and no consumers, whose delivery subject nats-server does not check. */
export function devicePermissions(device: string): SubjectPermissions {
  return {
    publish: [
      eventSubject(device),
      keySubject("reported", device),
      lastEvent(device),
      lastOfKey("desired", device),
      lastOfKey("reported", device),
      answerSubject(device, "*", "*"),
    ],
    subscribe: [callsSubject(device), keySubject("desired", device), `${inboxOf(device)}.>`],
    answers: false,
  };
}

/** Of an invitation, whose name is that of the device that it is for. */
export function invitationPermissions(device: string): SubjectPermissions {
  return { publish: [JOIN_SUBJECT], subscribe: [`${inboxOf(device)}.>`], answers: false };
}

/** Of the streams that hold events and buckets. */
const STREAMS = [EVENTS_STREAM, ...Object.values(BUCKETS).map(streamOfBucket)];

/** The stream behind a bucket. */
export function streamOfBucket(bucket: (typeof BUCKETS)[keyof typeof BUCKETS]): string {
  return `KV_${bucket}`;
}

/** A core subscription sees each put. */
const ALL_KEYS = Object.values(BUCKETS).map((bucket) => `$KV.${bucket}.*`);

/**
 * Of an operator: calls in its own name and in roles up to its own, and to read events and buckets. An admin also writes what
 * devices should run. None creates consumers, which could deliver to the subjects of calls in the name of another operator:
 * what a stream holds is read by direct get (NATS ADR-31).
 */
export function operatorPermissions(operator: string, role: FleetRole): SubjectPermissions {
  const roles = USER_ROLES.slice(0, USER_ROLES.indexOf(role) + 1);
  const writes = ["desired", "rollouts"] as const;
  return {
    publish: [
      ...roles.map((each) => callSubject("*", each, operator, "*")),
      ...STREAMS.flatMap((stream) => [
        `$JS.API.STREAM.INFO.${stream}`,
        `$JS.API.DIRECT.GET.${stream}`,
        `$JS.API.DIRECT.GET.${stream}.>`,
      ]),
      ...(role === "admin" ? writes.map((bucket) => keySubject(bucket, "*")) : []),
    ],
    subscribe: [
      ...[EVENTS_SUBJECTS, ...ALL_KEYS, `${inboxOf(operator)}.>`],
      answerSubject("*", operator, "*"),
    ],
    answers: false,
  };
}

/** Of the hub's program: it makes streams, carries out roll-outs and answers invitations. It calls no device. */
export function hubPermissions(hub: string): SubjectPermissions {
  return {
    publish: ["$JS.API.>", "$JS.ACK.>", "$JS.FC.>", ...ALL_KEYS],
    subscribe: [JOIN_SUBJECT, EVENTS_SUBJECTS, ...ALL_KEYS, `${inboxOf(hub)}.>`],
    answers: true,
  };
}
