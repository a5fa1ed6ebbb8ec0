// A row of the table of options.

import type { ValueKind } from "../values.ts";

export type SectionKind =
  | "supervisord"
  | "unix_http_server"
  | "inet_http_server"
  | "supervisorctl"
  | "include"
  | "group"
  | "program"
  | "fcgi-program"
  | "eventlistener"
  | "rpcinterface"
  | "ctlplugin";

export interface OptionEntry {
  readonly section: SectionKind;
  readonly key: string;
  readonly kind: ValueKind;
  /** As it would be written in a file; null when there is none, or when it depends on another option. */
  readonly default: string | null;
  readonly doc: string;
}
