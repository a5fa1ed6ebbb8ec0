// A host of a fleet, at the end of a transport: the verbs of `tsv fleet` know nothing else of it. `transports.ts` has a row for each
// scheme of a URL.

import type { Result } from "../core/base/result.ts";
import type { XmlRpcValue } from "../core/xmlrpc/value.ts";
import type { CallResult } from "../ctl/client.ts";
import type { CallFailure } from "../ctl/failure.ts";
import type { HttpStream } from "../ports/http-client.ts";

/** Receives the output of a command. A piece is good only during the call. */
export interface CommandOutput {
  stdout(piece: Uint8Array): void;
  stderr(piece: Uint8Array): void;
}

export interface Host {
  /** Of its section in the inventory. */
  readonly name: string;
  /** As in the inventory, without a password. */
  readonly url: string;
  readonly labels: ReadonlyMap<string, string>;
  /**
   * Calls a method of the daemon. Connects before, if there is no connection. Several calls may be made at the same time.
   * @param deadlineMs milliseconds within which the answer must be complete; with a connection failure "SILENT" after them
   */
  call(method: string, params: readonly XmlRpcValue[], deadlineMs: number): Promise<CallResult>;
  /**
   * Follows a log: the body of `/logtail/NAME/CHANNEL` or `/mainlogtail`, perhaps with a query, as it comes. Connects before.
   * @param onHead called before the first bytes, with headers by their names in lower case
   */
  stream(
    path: string,
    onBytes: (bytes: Uint8Array) => void,
    onHead?: (headers: ReadonlyMap<string, string>) => void,
  ): HttpStream;
  /**
   * Runs a command line in a shell of the host, with nothing on its standard input; null where the transport cannot.
   * @param deadlineMs as of `call`; null for none
   * @returns its exit status, 128 and the signal for one that a signal ended
   */
  readonly run:
    | ((
        command: string,
        output: CommandOutput,
        deadlineMs: number | null,
      ) => Promise<Result<number, CallFailure>>)
    | null;
  /** Closes connections, and ends what was started for them. A later call connects again. */
  close(): void;
}
