// The request to the process that reads a configuration for the daemon, as one JSON text.

import { err, ok, type Result, thrownMessage } from "../base/result.ts";
import type { WantedDecision } from "../config/decisions.ts";
import type { ProgramStruct } from "../config/groups.ts";
import type { DaemonOptions, ServerConfig } from "../config/model.ts";
import {
  type Codec,
  dictionary,
  type Json,
  list,
  oneOf,
  record,
  text,
  union,
} from "../snapshot/codec.ts";
import { daemonOptions, serverConfig } from "../snapshot/config.ts";

/** What is to be read. */
export type ReadTask =
  /** The configuration. */
  | { readonly kind: "config" }
  /** The configuration, and whether a daemon with these servers could start over with it. */
  | { readonly kind: "restart"; readonly servers: readonly ServerConfig[] }
  /** The configuration with another decision of an operator, which is written if that configuration is sound. */
  | { readonly kind: "decide"; readonly wanted: WantedDecision }
  /** The options of a section as its files have them now, each with its places. */
  | { readonly kind: "options"; readonly section: string }
  /** A program that no file mentions, with the directory and the environment of this daemon. */
  | { readonly kind: "program"; readonly program: ProgramStruct; readonly daemon: DaemonOptions };

export interface ReadRequest {
  /** The name and the words that the daemon was called with, and where. */
  readonly program: string;
  readonly words: readonly string[];
  readonly cwd: string;
  /** Digests of the groups that the daemon has from an earlier answer: they need not be sent again. */
  readonly known: readonly string[];
  readonly task: ReadTask;
}

const task = union<ReadTask>({
  config: {},
  restart: { servers: list(serverConfig) },
  decide: {
    wanted: record<WantedDecision>({
      name: text,
      key: oneOf("numprocs", "enabled"),
      value: text,
      since: text,
    }),
  },
  options: { section: text },
  program: {
    program: record<ProgramStruct>({ group: text, name: text, options: dictionary(text) }),
    daemon: daemonOptions,
  },
});

const request: Codec<ReadRequest> = record<ReadRequest>({
  program: text,
  words: list(text),
  cwd: text,
  known: list(text),
  task,
});

/** One line. */
export function encodeReadRequest(asked: ReadRequest): string {
  return JSON.stringify(request.encode(asked));
}

/** The error is a clause for people. */
export function decodeReadRequest(written: string): Result<ReadRequest, string> {
  try {
    return ok(request.decode(JSON.parse(written) as Json, "request"));
  } catch (error) {
    return err(thrownMessage(error));
  }
}

/** The descriptor at which the request lies, and at which the reader notes what it does. */
export const READ_FD = 3;
