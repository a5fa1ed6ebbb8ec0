// Clients of the servers: HTTP Basic against the one user of a server section, the lines of the log about clients, at a
// limited rate, and the delay of those that guess passwords. Every comparison of secrets is made whatever the result of the
// others, and its duration does not reveal how much was correct.

import {
  type Client,
  clientOf,
  type Peer,
  type Proof,
  peerKey,
} from "../../core/access/principal.ts";
import type { Credentials } from "../../core/config/model.ts";
import { SHA_PREFIX } from "../../core/config/server-address.ts";
import { RateLimit } from "../../core/logs/line-limit.ts";
import { askedText, FailedLogins, heldBackText, refusedText } from "../../core/web/audit.ts";
import { decodeBase64 } from "../../core/xmlrpc/base64.ts";
import type { Clock, StartPause } from "../../ports/clock.ts";
import type { Secrets } from "../../ports/secrets.ts";
import type { ActivityLog } from "../logs/api.ts";

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const BASIC = /^basic +(.+)$/i;

/** The one user of a server section, and how secrets are compared. */
export interface Guard {
  readonly credentials: Credentials;
  readonly secrets: Secrets;
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
}

/** What there is to see of a request. */
interface Claim {
  readonly peer: Peer;
  /** @param name lower case; null when the header was not sent */
  header(name: string): string | null;
}

/** Who sent a request. Whether that is enough for what it asks is another question. */
export function authenticate({ section, guard }: Entrance, { peer, header }: Claim): Client {
  const proof = guard === null ? openProof(peer) : prove(guard, header("authorization"));
  return clientOf({ section, peer }, proof);
}

function openProof({ user }: Peer): Proof {
  return { kind: user === null ? "none-required" : "unix-peer" };
}

function prove({ credentials: expected, secrets }: Guard, header: string | null): Proof {
  if (header === null) return { kind: "missing" };
  const given = parseBasic(header);
  if (given === null) return { kind: "wrong" };
  const isUser = secrets.equal(given.username, expected.username);
  const hasPassword = isPassword(expected.password, given.password, secrets);
  const { username } = expected;
  return isUser && hasPassword ? { kind: "password", username } : { kind: "wrong" };
}

function isPassword(expected: string, given: string, secrets: Secrets): boolean {
  if (!expected.startsWith(SHA_PREFIX)) return secrets.equal(given, expected);
  return secrets.equal(secrets.sha1Hex(given), expected.slice(SHA_PREFIX.length));
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
  /** A client gave a wrong password. @returns when it may be answered */
  refused(who: Client): Promise<void>;
}

interface AuditDeps {
  readonly log: Pick<ActivityLog, "log">;
  readonly now: Clock["now"];
  readonly startPause: StartPause;
}

/** Makes the audit of all sections, which share its limits. */
export function createAudit(deps: AuditDeps): Audit {
  const changes = new RateLimit({ burst: 50, perSecond: 10 });
  const loggedRejections = new RateLimit({ burst: 1, perSecond: 1 });
  const failed = new FailedLogins();
  return {
    asked(who, what) {
      const before = changes.take(deps.now().mono);
      if (before === null) return;
      deps.log.log("INFO", askedText(what, who) + heldBackText(before));
    },
    async refused(who) {
      const { mono } = deps.now();
      const before = loggedRejections.take(mono);
      if (before !== null) deps.log.log("WARN", refusedText(who) + heldBackText(before));
      await deps.startPause(failed.failed(peerKey(who.peer), mono)).over;
    },
  };
}
