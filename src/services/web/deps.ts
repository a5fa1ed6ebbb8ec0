// Dependencies of the web page.

import type { Client } from "../../core/access/principal.ts";
import type { Result } from "../../core/base/result.ts";
import type { Instant } from "../../core/base/time.ts";
import type { Turns } from "../../core/base/turns.ts";
import type { Credentials } from "../../core/config/model.ts";
import type { LocalTime } from "../../core/logs/calendar.ts";
import type { Asked } from "../../core/web/timeline.ts";
import type { Fault } from "../../core/xmlrpc/faults.ts";
import type { XmlRpcValue } from "../../core/xmlrpc/value.ts";
import type { Assets } from "../../ports/assets.ts";
import type { Decompress } from "../../ports/decompress.ts";
import type { HttpRequest } from "../../ports/http-server.ts";
import type { Secrets } from "../../ports/secrets.ts";
import type { EventReader } from "../event-log/api.ts";
import type { FindingsApi } from "../findings/api.ts";
import type { HistoryApi } from "../history/api.ts";
import type { LogRef, LogsApi } from "../logs/api.ts";
import type { SupervisorApi } from "../supervisor/api.ts";
import type { UsageApi } from "../usage/api.ts";

/** Calls an RPC method, such as `supervisor.startProcess`: actions do exactly what it does. */
export type Call = (
  method: string,
  params: readonly XmlRpcValue[],
) => Promise<Result<XmlRpcValue, Fault>>;

/** Reads so many bytes of the end of a log, for the client that sent the request. */
export type LogEnd = (ref: LogRef, bytes: number) => Promise<Result<Uint8Array, Fault>>;

export interface WebDeps {
  readonly supervisor: SupervisorApi;
  readonly logs: LogsApi;
  readonly eventLog: EventReader;
  readonly usage: UsageApi;
  /** Null with history=off. */
  readonly history: HistoryApi | null;
  readonly findings: FindingsApi;
  /** The last changes that clients asked for, oldest first. Only for clients that may read the activity log. */
  readonly asked: () => readonly Asked[];
  /** Calls in the name of the client that sent the request. */
  readonly callAs: (client: Client, ...call: Parameters<Call>) => ReturnType<Call>;
  readonly assets: Assets;
  /** Decompresses backups of logs. */
  readonly decompress: Decompress;
  /** Compresses a text with gzip, beside the main thread. */
  readonly compress: (text: string) => Promise<Uint8Array>;
  readonly secrets: Secrets;
  readonly now: () => Instant;
  readonly localTime: (wallMs: number) => LocalTime;
  /** The time that pages share with RPC. */
  readonly turns: Turns;
  /** Runs a callback after pending I/O had its turn. */
  readonly defer: (run: () => void) => void;
  /** Of this host. */
  readonly hostName: string;
  /** tsv's own version. */
  readonly version: string;
}

/** What holds for the pages of one server section. */
export interface WebPolicy {
  /** Section header, which the token is made for. */
  readonly section: string;
  /** Old links change things, without a question. */
  readonly legacyGetActions: boolean;
  /** Called with the client of each change. */
  readonly asked: (client: Client, what: string) => void;
  readonly signing: Signing;
}

/** How a browser gets and gives up a name. */
export interface Signing {
  /** The name of the cookie that has the key of a session. */
  readonly cookie: string;
  /** The server speaks TLS itself. */
  readonly isTls: boolean;
  /** @returns null on a server that asks for no password; no key for a client that has not passed */
  in(
    request: Pick<HttpRequest, "peer">,
    given: Credentials,
  ): Promise<{ readonly client: Client; readonly key: string | null } | null>;
  /** A client gave a wrong password. @returns when it may be answered */
  refused(client: Client): Promise<void>;
  /** Ends a session. */
  out(id: string): Promise<void>;
}
