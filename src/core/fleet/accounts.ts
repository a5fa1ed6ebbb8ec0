// The accounts of nats-server: one in which JetStream and the hub's program are, and one for all other members. nats-server checks no
// reply subjects: an answer is published to the subject that the sender of its request chose. So it is published where no stream listens.

import {
  EVENTS_SUBJECTS,
  JOIN_SUBJECT,
  KEYS_SUBJECTS,
  keySubject,
  keysRequest,
  LISTED_BUCKETS,
  listOfKeys,
  type SubjectPermissions,
} from "./subjects.ts";

/** A connection with this key may do what is permitted; null for nothing. */
export interface ServerUser {
  /** A public nkey. */
  readonly key: string;
  readonly permissions: SubjectPermissions | null;
}

/** What members publish that the hub takes: requests, with answers, and messages for streams. */
export const TAKEN_BY_HUB: readonly string[] = [
  JOIN_SUBJECT,
  EVENTS_SUBJECTS,
  keySubject("reported", "*"),
  keySubject("rollouts", "*"),
  "$JS.API.DIRECT.GET.>",
  KEYS_SUBJECTS,
];

/** What the hub writes that members subscribe to. */
const SENT_BY_HUB = [keySubject("desired", "*"), keySubject("rollouts", "*")];

/**
 * The accounts as a part of nats-server's configuration.
 *
 * There is one export of services, for all subjects: nats-server lets no message go through the same export twice, so that an answer that is
 * published to an imported subject is not taken for a request (`processServiceImport`, "detect cycles"). With an export for each subject it
 * would be. What members can reach is what they import.
 */
export function accountsText(hub: readonly ServerUser[], members: readonly ServerUser[]): string {
  const imports = [
    ...TAKEN_BY_HUB.map((subject) => importText("service", subject)),
    ...SENT_BY_HUB.map((subject) => importText("stream", subject)),
  ];
  // nats-server answers `$JS.API.STREAM.INFO` itself in an account without JetStream.
  const mappings = LISTED_BUCKETS.map(
    (bucket) => `${JSON.stringify(keysRequest(bucket))}: ${JSON.stringify(listOfKeys(bucket))}`,
  );
  return `accounts {
  HUB {
    jetstream: enabled
    exports: [{ service: ">" }, { stream: ">" }]
    mappings {
${linesOf(mappings)}    }
    users: [
${linesOf(hub.map(userText))}    ]
  }
  FLEET {
    imports: [
${linesOf(imports)}    ]
    users: [
${linesOf(members.map(userText))}    ]
  }
}
`;
}

function linesOf(texts: readonly string[]): string {
  return texts.map((text) => `      ${text}\n`).join("");
}

function importText(kind: "service" | "stream", subject: string): string {
  return `{ ${kind}: { account: HUB, subject: ${JSON.stringify(subject)} } }`;
}

const NOTHING = '{ publish: { deny: ">" }, subscribe: { deny: ">" } }';

/** Subjects are made of words without quotes and backslashes, so that JSON is what nats-server reads. */
function userText({ key, permissions }: ServerUser): string {
  const text =
    permissions === null
      ? NOTHING
      : `{ publish: ${JSON.stringify(permissions.publish)}, subscribe: ${JSON.stringify(permissions.subscribe)} }`;
  return `{ nkey: ${key}, permissions: ${text} }`;
}
