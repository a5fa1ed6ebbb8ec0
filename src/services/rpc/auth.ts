// Clients of the servers: HTTP Basic against the one user of a server section and the sections [user:x], tokens, peers of unix
// sockets; the lines of the log about clients, at a limited rate, and the delay of those that guess passwords. Every comparison of
// secrets is made whatever the result of the others, and its duration does not reveal how much was correct.

import { isScrypt, SHA_PREFIX, TOKEN_PREFIX } from "../../core/access/passwords.ts";
import {
  type Client,
  clientOf,
  type Grant,
  type Peer,
  type Proof,
  peerKey,
  principalText,
  READER,
} from "../../core/access/principal.ts";
import type { Credentials, UserConfig } from "../../core/config/model.ts";
import { RateLimit } from "../../core/logs/line-limit.ts";
import {
  askedText,
  FailedLogins,
  heldBackText,
  notPermittedText,
  refusedText,
} from "../../core/web/audit.ts";
import type { Asked } from "../../core/web/timeline.ts";
import { decodeBase64 } from "../../core/xmlrpc/base64.ts";
import type { Clock, StartPause } from "../../ports/clock.ts";
import type { Secrets } from "../../ports/secrets.ts";
import type { ActivityLog } from "../logs/api.ts";
import type { PasswordChecks } from "./password-checks.ts";
import type { Sessions } from "./sessions.ts";

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const BASIC = /^basic +(.+)$/i;
const BEARER = /^bearer +(\S+)$/i;

/** The users of a server section, and how secrets are compared. */
export interface Guard {
  /** Of the section itself; null for none. */
  readonly credentials: Credentials | null;
  /** The sections [user:x]. */
  readonly users: readonly UserConfig[];
  readonly secrets: Secrets;
  readonly checks: PasswordChecks;
  readonly sessions: Sessions;
  /** The name of the cookie: browsers send one host's cookies to all of its ports. */
  readonly cookie: string;
}

/** How a server section finds out who asks. */
interface Entrance {
  /** Its name, without brackets. */
  readonly section: string;
  /**
   * Null on an open server: then a header that is sent anyway is ignored, because superlance sends one with an empty name
   * and password.
   */
  readonly guard: Guard | null;
  /** Members of this group only read, but for root and the daemon's own user. Of a unix socket that asks for no password. */
  readonly readers: { readonly gid: number; readonly ownUid: number } | null;
}

/** What there is to see of a request. */
interface Claim {
  readonly peer: Peer;
  /** @param name lower case; null when the header was not sent */
  header(name: string): string | null;
}

/** Who sent a request. Whether that is enough for what it asks is another question. */
export async function authenticate(
  { section, guard, readers }: Entrance,
  { peer, header }: Claim,
): Promise<Client> {
  const place = { section, peer };
  if (guard !== null) return await prove(place, guard, header);
  const { user } = peer;
  if (user === null) return clientOf(place, { kind: "none-required" });
  const isReader = readers !== null && isMember(user, readers);
  return clientOf(place, { kind: "unix-peer" }, isReader ? READER : undefined);
}

function isMember(
  { uid, groups }: NonNullable<Peer["user"]>,
  { gid, ownUid }: NonNullable<Entrance["readers"]>,
): boolean {
  if (uid === 0 || uid === ownUid) return false;
  // Without the groups of the peer, less is safer than more.
  return groups?.includes(gid) ?? true;
}

type Place = Pick<Client, "section" | "peer">;

async function prove(place: Place, guard: Guard, headerOf: Claim["header"]): Promise<Client> {
  const header = headerOf("authorization");
  if (header === null) return proveSession(place, guard, headerOf("cookie"));
  const token = BEARER.exec(header.trim())?.[1];
  if (token !== undefined) return proveToken(place, guard, token);
  const given = parseBasic(header);
  if (given === null) return clientOf(place, { kind: "wrong" });
  return (await provePassword(place, guard, given)).client;
}

/** A client, and the password as the configuration has it; null for one that gave no right one. */
interface Proved {
  readonly client: Client;
  readonly stored: string | null;
}

/** By name and password: of the section itself, or of a section [user:x]. */
async function provePassword(place: Place, guard: Guard, given: Credentials): Promise<Proved> {
  const { credentials: own, users, secrets } = guard;
  const failed = (kind: "wrong" | "not-compared"): Proved => ({
    client: clientOf(place, { kind }),
    stored: null,
  });
  const passed = (username: string, stored: string, granted?: Grant): Proved => ({
    client: clientOf(place, { kind: "password", username }, granted),
    stored,
  });
  const compare = (password: string) =>
    comparePassword(place.peer, guard, password, given.password);
  if (own !== null) {
    const isNamed = secrets.equal(given.username, own.username);
    // Whatever the name, but for comparisons that are slow by design: names are not secret, the log shows them.
    const isRight = isNamed || !isScrypt(own.password) ? await compare(own.password) : false;
    if (isRight === "not-compared") return failed(isRight);
    if (isNamed && isRight) return passed(own.username, own.password);
  }
  const user = users.find(({ name, password }) => name === given.username && password !== null);
  const isRight = user?.password ? await compare(user.password) : false;
  if (!user?.password || !isRight) return failed("wrong");
  if (isRight === "not-compared") return failed(isRight);
  return passed(user.name, user.password, grantOf(user));
}

/** Name and password that a person has typed. @returns the client, and the key of a new session; null for a client that has not passed */
export async function signIn(
  place: Place,
  guard: Guard,
  given: Credentials,
): Promise<{ readonly client: Client; readonly key: string | null }> {
  const { client, stored } = await provePassword(place, guard, given);
  if (stored === null) return { client, key: null };
  const session = { section: place.section, username: given.username, stored };
  return { client, key: guard.sessions.begin(session) };
}

/** By the cookie of a session, whose user and password the configuration has still. */
function proveSession(place: Place, guard: Guard, cookies: string | null): Client {
  const { credentials: own, users, sessions } = guard;
  const key = cookieIn(cookies ?? "", guard.cookie);
  const session = key === null ? null : sessions.use(key);
  if (session === null || session.section !== place.section) {
    return clientOf(place, { kind: "missing" });
  }
  const { username, stored, id } = session;
  const proof: Proof = { kind: "session", username, id };
  if (own?.username === username && own.password === stored) return clientOf(place, proof);
  const user = users.find(({ name, password }) => name === username && password === stored);
  if (user !== undefined) return clientOf(place, proof, grantOf(user));
  sessions.end(id);
  return clientOf(place, { kind: "missing" });
}

/** The value of a cookie in a header (RFC 6265, section 4.2); null for none. */
function cookieIn(cookies: string, name: string): string | null {
  const pair = cookies
    .split(";")
    .map((each) => each.trim())
    .find((each) => each.startsWith(`${name}=`));
  return pair?.slice(name.length + 1) ?? null;
}

function comparePassword(
  peer: Peer,
  { secrets, checks }: Guard,
  expected: string,
  given: string,
): boolean | Promise<boolean | "not-compared"> {
  if (isScrypt(expected)) return checks.check(peerKey(peer), expected, given);
  if (!expected.startsWith(SHA_PREFIX)) return secrets.equal(given, expected);
  return secrets.equal(secrets.sha1Hex(given), expected.slice(SHA_PREFIX.length));
}

function proveToken(place: Place, { users, secrets }: Guard, given: string): Client {
  const hash = TOKEN_PREFIX + secrets.sha256Hex(given);
  let found: UserConfig | null = null;
  for (const user of users) {
    const { token } = user;
    if (token === null) continue;
    if (secrets.equal(token.startsWith(TOKEN_PREFIX) ? hash : given, token)) found = user;
  }
  if (found === null) return clientOf(place, { kind: "wrong" });
  return clientOf(place, { kind: "token", username: found.name }, grantOf(found));
}

function grantOf({ role, programs }: UserConfig): Grant {
  return { role, programs: role === "admin" ? null : programs };
}

/** Null for another scheme, and for anything but base64 of UTF-8 with a colon in it. */
function parseBasic(header: string): Credentials | null {
  const encoded = BASIC.exec(header.trim())?.[1];
  const bytes = encoded === undefined ? null : decodeBase64(encoded);
  const text = bytes === null ? null : decodeUtf8(bytes);
  const colon = text === null ? -1 : text.indexOf(":");
  if (text === null || colon < 0) return null;
  return { username: text.slice(0, colon), password: text.slice(colon + 1) };
}

function decodeUtf8(bytes: Uint8Array): string | null {
  try {
    return UTF8.decode(bytes);
  } catch {
    return null; // no name or password of ours is written like that
  }
}

/** Log lines of the servers about their clients. */
export interface Audit {
  /** A client asks for a change. */
  asked(who: Client, what: string): void;
  /** A client asked for what it is not permitted. */
  denied(who: Client, what: string): void;
  /** A client gave a wrong password. @returns when it may be answered */
  refused(who: Client): Promise<void>;
}

/** Requests that are remembered. */
const MOST_ASKED = 500;

interface AuditDeps {
  readonly log: Pick<ActivityLog, "log">;
  readonly now: Clock["now"];
  readonly startPause: StartPause;
}

/** The same text in memory of its own: V8 keeps all of a request for a part of its text. */
function ownText(text: string): string {
  return new TextDecoder().decode(new TextEncoder().encode(text));
}

/**
 * Makes the audit of all sections, which share its limits.
 * @returns `recent`: the last changes that clients of this daemon asked for, oldest first
 */
export function createAudit(deps: AuditDeps): Audit & { recent(): readonly Asked[] } {
  const changes = new RateLimit({ burst: 50, perSecond: 10 });
  const loggedRejections = new RateLimit({ burst: 1, perSecond: 1 });
  const failed = new FailedLogins();
  const remembered: Asked[] = [];
  const tell = (text: string): void => {
    const before = changes.take(deps.now().mono);
    if (before !== null) deps.log.log("INFO", text + heldBackText(before));
  };
  return {
    asked(who, what) {
      const at = deps.now().wall;
      remembered.push({ at, what: ownText(what), who: ownText(principalText(who)) });
      if (remembered.length > MOST_ASKED) remembered.shift();
      tell(askedText(what, who));
    },
    denied: (who, what) => tell(notPermittedText(what, who)),
    async refused(who) {
      const { mono } = deps.now();
      const before = loggedRejections.take(mono);
      if (before !== null) deps.log.log("WARN", refusedText(who) + heldBackText(before));
      await deps.startPause(failed.failed(peerKey(who.peer), mono)).over;
    },
    recent: () => remembered,
  };
}
