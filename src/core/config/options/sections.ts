// Which tables of options each kind of section has.

import { CHANNELS } from "./channel.ts";
import { DAEMON } from "./daemon.ts";
import type { OptionTable } from "./entry.ts";
import { FLEET } from "./fleet.ts";
import { FCGI, GROUP, INCLUDE, LISTENER } from "./groups.ts";
import { EXTENDS, PROGRAM } from "./program.ts";
import { RECEIVER } from "./receivers.ts";
import { CTL, CTL_PLUGIN, INET_SERVER, RPC_INTERFACE, UNIX_SERVER, USER } from "./servers.ts";

/** In the order of `tsv help conf`. Fields of two tables of a section may have one name. */
export const TABLES = {
  supervisord: [DAEMON],
  include: [INCLUDE],
  group: [GROUP],
  rpcinterface: [RPC_INTERFACE],
  unix_http_server: [UNIX_SERVER],
  inet_http_server: [INET_SERVER],
  user: [USER],
  notify: [RECEIVER],
  fleet: [FLEET],
  supervisorctl: [CTL],
  ctlplugin: [CTL_PLUGIN],
  program: [PROGRAM, EXTENDS, CHANNELS.stdout, CHANNELS.stderr],
  "fcgi-program": [FCGI],
  eventlistener: [LISTENER],
} as const satisfies Readonly<Record<string, readonly OptionTable[]>>;

/** Sections without options of their own. */
type BorrowingKind = "program-default" | "template";

export type SectionKind = keyof typeof TABLES | BorrowingKind;

/** The sections whose options these have as well, behind their own. */
export const LENT: Partial<Readonly<Record<SectionKind, readonly (keyof typeof TABLES)[]>>> = {
  "fcgi-program": ["program"],
  eventlistener: ["program"],
  "program-default": ["program"],
  template: ["program", "fcgi-program", "eventlistener"],
};
