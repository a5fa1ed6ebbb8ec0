// The files of a hub: its settings, its members, and the users that nats-server has. One process changes them at a time.

import { err, ok, type Result } from "../../core/base/result.ts";
import {
  HUB_FILES,
  HUB_PROGRAM,
  type HubSettings,
  NATS_PROGRAM,
  readHubUrl,
  readSettings,
} from "../../core/fleet/hub-files.ts";
import { recordText } from "../../core/fleet/member-changes.ts";
import {
  type Member,
  membersText,
  readMembers,
  usersText,
  withoutExpired,
} from "../../core/fleet/members.ts";
import { inboxOf } from "../../core/fleet/subjects.ts";
import type { CallResult } from "../../ctl/client.ts";
import { accountOf, MODE, readFileText, withLock, writeFile } from "../host/files.ts";
import { connect, type Membership } from "../nats/connection.ts";
import { newKeyPair } from "../nats/keys.ts";
import { connectSoon } from "./connect-soon.ts";

/** The account of nats-server, where its package makes one. */
export const NATS_USER = "nats";

export interface Hub {
  readonly directory: string;
  readonly settings: HubSettings;
}

/** The error is a clause. */
export function openHub(directory: string): Result<Hub, string> {
  const path = `${directory}/${HUB_FILES.settings}`;
  const text = readFileText(path);
  if (!text.ok) return text;
  if (text.value === null) return err(`there is no hub in ${directory}`);
  const settings = readSettings(text.value);
  return settings === null ? err(`${path} is damaged`) : ok({ directory, settings });
}

/** The group of files that nats-server reads; null where it runs as this user. */
export function sharedGroup(): number | null {
  return process.geteuid?.() === 0 ? (accountOf(NATS_USER)?.gid ?? null) : null;
}

/** The error is a clause with the path. */
export function membersOf(directory: string): Result<readonly Member[], string> {
  const path = `${directory}/${HUB_FILES.members}`;
  const text = readFileText(path);
  if (!text.ok) return text;
  const members = readMembers(text.value ?? "");
  return members.ok ? members : err(`${path}: ${members.error}`);
}

/** A change of members, and why there is none. */
export interface Changed<T> {
  readonly members: readonly Member[];
  readonly result: T;
}

/**
 * Changes the members, without invitations that have expired, and writes the users of nats-server, which it has not read yet.
 * @param change gets the members; a clause if there is no change to be made
 */
export async function changeMembers<T>(
  directory: string,
  change: (members: readonly Member[], nowMs: number) => Result<Changed<T>, string>,
): Promise<Result<{ readonly result: T; readonly isChanged: boolean }, string>> {
  return await withLock(`${directory}/members.lock`, () => {
    const before = membersOf(directory);
    if (!before.ok) return before;
    const now = Date.now();
    const changed = change(before.value, now);
    if (!changed.ok) return changed;
    const members = withoutExpired(changed.value.members, now);
    const isChanged = members !== before.value;
    const written = isChanged ? writeMembers(directory, before.value, members) : ok(true as const);
    return written.ok ? ok({ result: changed.value.result, isChanged }) : written;
  });
}

/** The list is written first: the users follow from it, and the hub's program writes them again when it starts. */
export function writeMembers(
  directory: string,
  before: readonly Member[],
  members: readonly Member[],
): Result<true, string> {
  const record = readFileText(`${directory}/${HUB_FILES.record}`);
  if (!record.ok) return record;
  const recorded = recordText(record.value ?? "", before, members, Date.now());
  const proof = newKeyPair();
  const texts = [
    [HUB_FILES.members, membersText(members), MODE.SECRET, null],
    [HUB_FILES.proof, `${proof.seed}\n`, MODE.SECRET, null],
    [HUB_FILES.users, usersText(members, proof.key), MODE.SHARED, sharedGroup()],
    [HUB_FILES.record, recorded, MODE.SECRET, null],
  ] as const;
  for (const [name, text, mode, gid] of texts) {
    const written = writeFile(`${directory}/${name}`, text, mode, gid);
    if (!written.ok) return written;
  }
  return ok(true);
}

/** How the hub itself connects: over loopback, where its certificate is good for that. @param key a name of HUB_FILES */
export function ownMembership({ directory, settings }: Hub, key: "key" | "proof"): Membership {
  const { url, name, hasAuthority } = settings;
  const port = readHubUrl(url)?.port ?? 0;
  return {
    url: hasAuthority ? `tls://127.0.0.1:${port}` : url,
    key: `${directory}/${HUB_FILES[key]}`,
    ca: hasAuthority ? `${directory}/${HUB_FILES.authority}` : null,
    ...{ name, inboxPrefix: inboxOf(name) },
  };
}

type Call = (method: string, params: readonly string[]) => Promise<CallResult>;

/**
 * Lets nats-server read its users again, and connects with a key that only the new file has. The hub's program is told, too.
 * @returns an error if it has not read them, a clause
 */
export async function reloadUsers(hub: Hub, call: Call): Promise<Result<true, string>> {
  const sent = await call("supervisor.signalProcess", [NATS_PROGRAM, "HUP"]);
  if (!sent.ok) {
    const { error } = sent;
    const why = error.kind === "fault" ? error.text : "the daemon cannot be asked";
    return err(`${NATS_PROGRAM} has not read the change: ${why}`);
  }
  const proven = await connectSoon(() => connect(ownMembership(hub, "proof")), RELOAD_MS);
  if (!proven.ok) return err(`${NATS_PROGRAM} has not read the change: ${proven.error.text}`);
  await proven.value.close();
  await call("supervisor.signalProcess", [HUB_PROGRAM, "HUP"]);
  return ok(true);
}

const RELOAD_MS = 30_000;
