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
/** Reply subjects that nats-server gives to requests from another account. */
const ANSWERS_OF_HUB = "_R_.>";

/** Names of devices and operators are words of subjects: no dots, spaces or wildcards. */
export const FLEET_NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/;

export interface SubjectPermissions {
  readonly publish: readonly string[];
  readonly subscribe: readonly string[];
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

/** A request to it is answered with the state of the stream behind a bucket, which lists its keys if `subjects_filter` asks for them. */
export function keysRequest(bucket: ListedBucket): string {
  return `tsv.keys.${bucket}`;
}

/** All such requests. */
export const KEYS_SUBJECTS = "tsv.keys.*";

/** Buckets whose keys members list. */
export const LISTED_BUCKETS = ["reported", "rollouts"] as const;
export type ListedBucket = (typeof LISTED_BUCKETS)[number];

/** What JetStream answers such a request by: STREAM.INFO. */
export function listOfKeys(bucket: ListedBucket): string {
  return `$JS.API.STREAM.INFO.${streamOfBucket(BUCKETS[bucket])}`;
}

/** @param member name of a device or an operator @returns the prefix of its inboxes, which no other member may subscribe to */
export function inboxOf(member: string): string {
  return `_INBOX_${member}`;
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
  };
}

/** Of an invitation, whose name is that of the device that it is for. */
export function invitationPermissions(device: string): SubjectPermissions {
  return { publish: [JOIN_SUBJECT], subscribe: [`${inboxOf(device)}.>`] };
}

/** The stream behind a bucket. */
export function streamOfBucket(bucket: (typeof BUCKETS)[keyof typeof BUCKETS]): string {
  return `KV_${bucket}`;
}

/** Requests for messages of a stream by their sequences, and for the last ones of subjects. */
function readingOf(stream: string): readonly string[] {
  return [`$JS.API.DIRECT.GET.${stream}`, `$JS.API.DIRECT.GET.${stream}.>`];
}

function readingOfBucket(bucket: keyof typeof BUCKETS): readonly string[] {
  return readingOf(streamOfBucket(BUCKETS[bucket]));
}

/**
 * Of an operator: calls in its own name and in roles up to its own, and to read events and reports. An admin also reads and asks for
 * roll-outs, and reads what devices should run: as on a single host, where the configuration is for admins. What a stream holds is read by
 * direct get (NATS ADR-31).
 */
export function operatorPermissions(operator: string, role: FleetRole): SubjectPermissions {
  const roles = USER_ROLES.slice(0, USER_ROLES.indexOf(role) + 1);
  const isAdmin = role === "admin";
  return {
    publish: [
      ...roles.map((each) => callSubject("*", each, operator, "*")),
      ...[...readingOf(EVENTS_STREAM), ...readingOfBucket("reported"), keysRequest("reported")],
      ...(isAdmin ? [...readingOfBucket("desired"), ...readingOfBucket("rollouts")] : []),
      ...(isAdmin ? [keysRequest("rollouts"), keySubject("rollouts", "*")] : []),
    ],
    subscribe: [
      ...[`${inboxOf(operator)}.>`, answerSubject("*", operator, "*")],
      ...(isAdmin ? [keySubject("rollouts", "*")] : []),
    ],
  };
}

/** Of the hub's program: it makes streams, carries out roll-outs and answers invitations. It calls no device. */
export function hubPermissions(hub: string): SubjectPermissions {
  const streams = [EVENTS_STREAM, ...Object.values(BUCKETS).map(streamOfBucket)];
  const buckets = Object.keys(BUCKETS) as (keyof typeof BUCKETS)[];
  return {
    publish: [
      ...["INFO", "CREATE", "UPDATE"].flatMap((verb) =>
        streams.map((stream) => `$JS.API.STREAM.${verb}.${stream}`),
      ),
      ...buckets.flatMap(readingOfBucket),
      keysRequest("rollouts"),
      ...[keySubject("desired", "*"), keySubject("rollouts", "*"), ANSWERS_OF_HUB],
    ],
    subscribe: [
      JOIN_SUBJECT,
      ...[keySubject("reported", "*"), keySubject("rollouts", "*"), `${inboxOf(hub)}.>`],
    ],
  };
}
