// Connections of members of a fleet to its hub: one, and one after another for as long as a process runs. A session is one connection from
// its begin to its end: what was subscribed ends with it, and is subscribed again in the next one. The client library could reconnect by
// itself, but keeps all that is published meanwhile in memory, compares wall clocks, and reads the key only once.

import {
  type ConnectionOptions,
  errors,
  headers,
  type Msg,
  type MsgHdrs,
  NatsConnectionImpl,
  nkeyAuthenticator,
  nkeys,
  nuid,
  setTransportFactory,
} from "@nats-io/transport-node";
import { NodeTransport, nodeResolveHost } from "@nats-io/transport-node/lib/node_transport.js";
import { err, invariant, ok, type Result, thrownMessage } from "../../core/base/result.ts";
import { reconnectDelayMs } from "../../core/fleet/reconnect.ts";
import { readPlainFile, readSecret } from "../../host/files/read-plain.ts";
import { monotonic } from "../../host/time/clock.ts";
import { startPause } from "../../host/time/pause.ts";

/** Who connects, and where. */
export interface Membership {
  /** `tls://HOST:PORT`; `nats://` without encryption, where the hub permits it. */
  readonly url: string;
  /** HOST:PORT of a relay (`tsv fleet relay`), instead of the host of the url, which the certificate must still be for. */
  readonly through?: string | null;
  /** Path of the seed of an nkey, which not all users may read. It is read at each attempt. */
  readonly key: string;
  /** Path of the certificate of an authority; null for those that Node has. */
  readonly ca: string | null;
  /** What nats-server shows of the connection. */
  readonly name: string;
  /** Prefix of the subjects that answers come to: `inboxOf` of core/fleet/subjects. */
  readonly inboxPrefix: string;
}

/** Why there is no connection. */
export interface ConnectFailure {
  readonly kind:
    | "key"
    | "ca"
    /** The certificate of the hub is not accepted. */
    | "certificate"
    /** No connection, or no answer. */
    | "unreachable"
    /** The hub does not know the key. */
    | "refused"
    /** What answers is no nats-server, or has no TLS. */
    | "protocol";
  /** A clause. */
  readonly text: string;
}

/** Why a request has no answer. */
export type RequestFailure = "no-responders" | "timed-out" | "denied" | "lost";

export interface Message {
  readonly subject: string;
  /** Where an answer goes; null for none. */
  readonly reply: string | null;
  readonly data: Uint8Array;
  /** Of nats-server itself, such as 503 for no responders; null for messages of members. */
  readonly status: number | null;
  /** Of names without regard to case; null without one. */
  header(name: string): string | null;
}

export type Headers = Readonly<Record<string, string>>;

export interface Session {
  /** For the other files of this folder: streams and buckets. */
  readonly nats: NatsConnectionImpl;
  /** Nothing happens when the session has ended. @param reply where answers come to */
  publish(subject: string, data: Uint8Array | string, headers?: Headers, reply?: string): void;
  /** Messages that JetStream sends from a stream are left out. @param onMessage must not throw @returns what ends the subscription */
  subscribe(subject: string, onMessage: (message: Message) => void): () => void;
  request(
    subject: string,
    data: Uint8Array | string,
    timeoutMs: number,
    headers?: Headers,
  ): Promise<Result<Message, RequestFailure>>;
  /** Settles when nats-server has received all that was published, or the session has ended. */
  flush(): Promise<void>;
  /** Calls back when nats-server does not permit to publish to a subject. @returns what ends that */
  onDenied(subject: string, act: () => void): () => void;
  /** A subject of this member's own inbox. */
  inbox(): string;
  /** Settles with a clause when the connection has ended, null for one that this side has closed. */
  readonly ended: Promise<string | null>;
  /** Ends the connection. */
  close(): Promise<void>;
  /** Ends a connection on which an answer is overdue. @param why a clause */
  giveUp(why: string): void;
}

/** Milliseconds for a connection, with TLS and the proof of the key. */
const CONNECT_MS = 20_000;
/** Between pings; one without an answer by the next ends the connection. Nothing else happens at rest. */
const PING_MS = 120_000;
const MOST_PINGS = 1;
/** Bytes of a file of certificates. */
const MOST_CA = 1024 * 1024;

/**
 * nats-server (2.9) refuses those that are about to prove their keys when it reads its users again, as it does for each device that joins;
 * in the middle of a handshake of TLS it says so in plain text. So a key counts as refused after so many attempts, with milliseconds
 * between them, of which chance takes up to half.
 */
const ATTEMPTS = 3;
const REFUSED_MS = 200;
const MOMENTARY: readonly ConnectFailure["kind"][] = ["refused", "protocol"];

/** @param denied called with a clause when nats-server does not permit a subject */
export async function connect(
  membership: Membership,
  denied: (text: string) => void = () => undefined,
  timeoutMs = CONNECT_MS,
): Promise<Result<Session, ConnectFailure>> {
  for (let attempts = 1; ; attempts += 1) {
    const made = await connectOnce(membership, denied, timeoutMs);
    if (made.ok || attempts === ATTEMPTS || !MOMENTARY.includes(made.error.kind)) return made;
    await startPause(REFUSED_MS * (1 - Math.random() / 2)).over;
  }
}

async function connectOnce(
  { url, through = null, key, ca, name, inboxPrefix }: Membership,
  denied: (text: string) => void,
  timeoutMs: number,
): Promise<Result<Session, ConnectFailure>> {
  const seed = await readSecret(key);
  if (!seed.ok) return err({ kind: "key", text: seed.error });
  const bytes = new TextEncoder().encode(seed.value);
  if (!isSeed(bytes)) return err({ kind: "key", text: `${key} has no seed of an nkey` });
  const authorities = ca === null ? null : readPlainFile(ca, MOST_CA);
  if (authorities?.ok === false) {
    return err({ kind: "ca", text: `${ca} cannot be read: ${authorities.error.detail}` });
  }
  const given = authorities === null ? {} : { ca: authorities.value.toString("latin1") };
  // The library verifies the name that it connects to, and only if that has to be looked up.
  const host = hostOf(url);
  const servername = isAddress(host) ? "" : host;
  const tls = { ...given, host, servername, minVersion: "TLSv1.2" };
  const options: ConnectionOptions = {
    ...{ servers: [through ?? url], name, inboxPrefix, timeout: timeoutMs, reconnect: false },
    ...{ pingInterval: PING_MS, maxPingOut: MOST_PINGS, ignoreClusterUpdates: true },
    authenticator: nkeyAuthenticator(bytes),
    ...(url.startsWith("tls://") ? { tls } : {}),
  };
  setTransportFactory({ factory: () => new Transport(), dnsResolveFn: nodeResolveHost });
  try {
    const made = await NatsConnectionImpl.connect(options);
    invariant(made instanceof NatsConnectionImpl, "the library made another kind of connection");
    return ok(sessionOf(made, denied));
  } catch (error) {
    return err(failureOf(error));
  }
}

/** Ends connections that do not answer. The library's waits until they take what it wrote, and keeps one that was not made in time. */
class Transport extends NodeTransport {
  override async close(error?: Error): Promise<void> {
    await super.close(error);
    this.discard();
  }

  override disconnect(): void {
    this.socket.destroy();
  }
}

function isSeed(bytes: Uint8Array): boolean {
  try {
    nkeys.fromSeed(bytes);
    return true;
  } catch {
    return false;
  }
}

function hostOf(url: string): string {
  const [, ipv6, host = ""] = /^[a-z]+:\/\/(?:\[([^\]]*)\]|([^:/]*))/.exec(url) ?? [];
  return ipv6 ?? host;
}

/** An address is no name that TLS could ask for (RFC 6066). */
function isAddress(host: string): boolean {
  return host.includes(":") || /^[\d.]+$/.test(host);
}

function sessionOf(nats: NatsConnectionImpl, denied: (text: string) => void): Session {
  let given: string | null = null;
  const ended = nats.closed().then((error) => {
    if (given !== null) return given;
    return error instanceof Error
      ? failureOf(error).text
      : isClosing
        ? null
        : "the hub has closed the connection";
  });
  let isClosing = false;
  const close = async (): Promise<void> => {
    isClosing = true;
    await nats.close();
  };
  const watching = new Map<string, () => void>();
  void watch(nats, (text, subject) => {
    denied(text);
    watching.get(subject)?.();
  });
  return {
    onDenied(subject, act) {
      watching.set(subject, act);
      return () => void watching.delete(subject);
    },
    nats,
    publish(subject, data, headers, reply) {
      if (nats.isClosed()) return;
      nats.publish(subject, data, {
        ...(headers === undefined ? {} : { headers: headersOf(headers) }),
        ...(reply === undefined ? {} : { reply }),
      });
    },
    subscribe(subject, onMessage) {
      if (nats.isClosed()) return () => undefined;
      const subscription = nats.subscribe(subject, {
        callback: (error, message) => {
          if (error === null && !isOfStream(message)) onMessage(messageOf(message));
        },
      });
      return () => subscription.unsubscribe();
    },
    async request(subject, data, timeoutMs, headers) {
      try {
        const options = headers === undefined ? {} : { headers: headersOf(headers) };
        const answer = await nats.request(subject, data, { timeout: timeoutMs, ...options });
        return ok(messageOf(answer));
      } catch (error) {
        return err(requestFailureOf(error));
      }
    },
    flush: () => nats.flush().catch(() => undefined),
    inbox: () => `${nats.options.inboxPrefix ?? "_INBOX"}.${nuid.next()}`,
    ended,
    close,
    giveUp(why) {
      given ??= why;
      nats.protocol.disconnect();
    },
  };
}

/** Tells what nats-server does not permit. Everything else that the library reports is seen elsewhere. */
async function watch(
  nats: NatsConnectionImpl,
  denied: (text: string, subject: string) => void,
): Promise<void> {
  for await (const status of nats.status()) {
    if (status.type !== "error") continue;
    const { error } = status;
    if (!(error instanceof errors.PermissionViolationError)) continue;
    const action = error.operation === "publish" ? "publish to" : "subscribe to";
    denied(`the hub does not permit this key to ${action} ${error.subject}`, error.subject);
  }
}

function headersOf(given: Headers): MsgHdrs {
  const made = headers();
  for (const [name, value] of Object.entries(given)) made.set(name, value);
  return made;
}

/**
 * Whether JetStream has sent it as an answer to a direct get (NATS ADR-31). No member asks for one at a subject that it subscribes to, but
 * another one may have named that subject for its answer, which nats-server does not check against its permissions.
 */
function isOfStream(message: Msg): boolean {
  return message.headers?.has("Nats-Stream") === true;
}

function messageOf(message: Msg): Message {
  return {
    subject: message.subject,
    reply: message.reply || null,
    data: message.data,
    status: message.headers?.code || null,
    header: (name) => message.headers?.get(name, "insensitive") || null,
  };
}

function requestFailureOf(error: unknown): RequestFailure {
  if (error instanceof errors.TimeoutError) return "timed-out";
  const cause = error instanceof Error ? error.cause : null;
  const all = [error, cause];
  if (all.some((each) => each instanceof errors.NoRespondersError)) return "no-responders";
  return all.some((each) => each instanceof errors.PermissionViolationError) ? "denied" : "lost";
}

/** Errors of TLS about the certificate of the other side, by their codes in Node (tls.html, X509 certificate error codes). */
const CERTIFICATE =
  /^(?:CERT_|ERR_TLS_CERT|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|INVALID_CA|HOSTNAME_MISMATCH|ERROR_IN_CERT)/;

function failureOf(error: unknown): ConnectFailure {
  const causes = [error, error instanceof Error ? error.cause : null];
  const code = causes.map(codeIn).find((each) => each !== "") ?? "";
  const text = thrownMessage(error);
  if (causes.some((each) => each instanceof errors.AuthorizationError)) {
    return { kind: "refused", text: "the hub does not accept the key" };
  }
  if (CERTIFICATE.test(code)) {
    return { kind: "certificate", text: `the hub's certificate is not accepted: ${code}` };
  }
  if (code !== "" && !code.startsWith("ERR_")) {
    return { kind: "unreachable", text: `the hub cannot be reached: ${code}` };
  }
  if (error instanceof errors.TimeoutError || text === "timeout") {
    return { kind: "unreachable", text: "the hub does not answer" };
  }
  if (text === "") return { kind: "unreachable", text: "the hub has closed the connection" };
  return { kind: "protocol", text: `the hub cannot be spoken to: ${text}` };
}

function codeIn(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : "";
  return typeof code === "string" ? code : "";
}

/** A session that was shorter counts as an attempt that failed. */
const SHORT_SESSION_MS = 60_000;

/** What a connection that is kept tells. Each is called at once, in this order; clauses are good for a log. */
export interface LinkEvents {
  connected(session: Session): void;
  /** A session has ended; another attempt follows. */
  lost(why: string): void;
  /** An attempt failed; another follows. Called for the first one, and when the reason changes. */
  failed(failure: ConnectFailure): void;
  denied(text: string): void;
}

/** Connects, and again whenever that fails or the connection is lost, for ever. @returns what ends it */
export function stayConnected(
  membership: Membership,
  events: LinkEvents,
  random: () => number = Math.random,
): () => Promise<void> {
  let isOver = false;
  let session: Session | null = null;
  let pause: ReturnType<typeof startPause> | null = null;
  const run = async (): Promise<void> => {
    let failures = 0;
    let told = "";
    while (!isOver) {
      const made = await connect(membership, events.denied);
      if (!made.ok) {
        if (told !== made.error.text) events.failed(made.error);
        told = made.error.text;
        failures += 1;
      } else if (isOver) await made.value.close();
      else {
        told = "";
        session = made.value;
        const from = monotonic();
        events.connected(session);
        const why = await session.ended;
        session = null;
        failures = monotonic() - from < SHORT_SESSION_MS ? failures + 1 : 0;
        if (!isOver) events.lost(why ?? "the connection was closed");
      }
      if (isOver) return;
      pause = startPause(reconnectDelayMs(failures, random()));
      await pause.over;
    }
  };
  const done = run();
  return async () => {
    isOver = true;
    pause?.cancel();
    await session?.close();
    await done;
  };
}
