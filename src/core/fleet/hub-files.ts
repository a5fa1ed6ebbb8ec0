// The texts of the files of a hub: the configuration of its nats-server, and its programs.

import { shellWord } from "../base/shell-word.ts";
import { STREAMS_BYTES } from "./streams.ts";
import type { FleetRole } from "./subjects.ts";

/** Of a hub; `hub.json` has them. */
export interface HubSettings {
  readonly name: string;
  /** Where members connect to: `tls://HOST:PORT`. */
  readonly url: string;
  /** The directory of JetStream. */
  readonly store: string;
  /** The configuration of the daemon that runs its programs. */
  readonly config: string;
  /** Members verify its certificate by `authority.pem`; false where one was given that they know. */
  readonly hasAuthority: boolean;
}

/** Names in the directory of a hub. */
export const HUB_FILES = {
  settings: "hub.json",
  natsServer: "nats-server.conf",
  users: "users.conf",
  members: "members.jsonl",
  /** What changes of members did: core/fleet/member-changes. */
  record: "changes.jsonl",
  authority: "authority.pem",
  authorityKey: "authority.key",
  certificate: "hub.pem",
  certificateKey: "hub-tls.key",
  /** Of the hub's program. */
  key: "hub.key",
  /** See `usersText`. */
  proof: "proof.key",
  operators: "operators",
} as const;

/** Programs of the daemon. */
export const NATS_PROGRAM = "nats-server";
export const HUB_PROGRAM = "tsv-fleet-hub";

export function readSettings(text: string): HubSettings | null {
  try {
    const { name, url, store, config, hasAuthority } = JSON.parse(text);
    const texts = [name, url, store, config];
    if (texts.some((each) => typeof each !== "string") || readHubUrl(url) === null) return null;
    return { name, url, store, config, hasAuthority: hasAuthority === true };
  } catch {
    return null;
  }
}

const USUAL_PORT = 4222;

/** The host, without brackets, and the port of `tls://HOST[:PORT]`; null for another text. */
export function readHubUrl(url: string): { readonly host: string; readonly port: number } | null {
  const [, ipv6, name, digits] =
    /^tls:\/\/(?:\[([0-9A-Fa-f:]+)\]|([A-Za-z0-9][\w.-]*))(?::(\d{1,5}))?$/.exec(url) ?? [];
  const host = ipv6 ?? name;
  const port = digits === undefined ? USUAL_PORT : Number(digits);
  return host === undefined || port < 1 || port > 65_535 ? null : { host, port };
}

const MOST_PORT = 65_535;
const MONITORING_ABOVE = 4000;

/** The port for health checks, on loopback only: 8222 for the usual port. */
export function monitoringPort(port: number): number {
  return port + MONITORING_ABOVE > MOST_PORT ? port - MONITORING_ABOVE : port + MONITORING_ABOVE;
}

/** The configuration of nats-server. @param certificate absolute paths */
export function natsServerText(
  { name, url, store }: HubSettings,
  certificate: { readonly cert: string; readonly key: string },
): string {
  const port = readHubUrl(url)?.port ?? USUAL_PORT;
  return `# Written by tsv fleet init, which keeps changes that you make here.
server_name: ${JSON.stringify(name)}
listen: "0.0.0.0:${port}"
# Health and rates of connections, for this host only.
http: "127.0.0.1:${monitoringPort(port)}"

tls {
  cert_file: ${JSON.stringify(certificate.cert)}
  key_file: ${JSON.stringify(certificate.key)}
  timeout: 10
}

authorization { timeout: 10 }
# Accounts and their users.
include "./${HUB_FILES.users}"

jetstream {
  store_dir: ${JSON.stringify(store)}
  max_memory_store: 64MB
  max_file_store: ${STREAMS_BYTES / 1024 / 1024}MB
}

max_connections: 65536
max_payload: 1MB
# For one connection, before it is closed as too slow.
max_pending: 32MB
write_deadline: "10s"
# A connection without an answer to two pings is closed.
ping_interval: "2m"
ping_max: 2
`;
}

/** The line by which a file of programs is known to be written by tsv. */
export const WRITTEN = "; Written by tsv fleet";

/** @param user null for that of the daemon */
export function natsProgramText(
  directory: string,
  executable: string,
  port: number,
  user: string | null,
): string {
  const health = `http://127.0.0.1:${monitoringPort(port)}/healthz`;
  return `${WRITTEN} init.
[program:${NATS_PROGRAM}]
command=${literal(`${shellWord(executable)} -c ${shellWord(`${directory}/${HUB_FILES.natsServer}`)}`)}
${user === null ? "" : `user=${user}\n`}autorestart=true
redirect_stderr=true
ready_check=${health}
health_check=${health}
`;
}

/** @param tsv the path of the executable */
export function hubProgramText(directory: string, tsv: string): string {
  return `${WRITTEN} init.
[program:${HUB_PROGRAM}]
command=${literal(`${shellWord(tsv)} fleet hub --dir ${shellWord(directory)}`)}
autorestart=true
redirect_stderr=true
depends_on=${NATS_PROGRAM}
`;
}

/** As a file has it: paths with `%%` for `%`, or with expansions. */
export interface FleetSection {
  readonly url: string;
  readonly key: string;
  /** Null for the authorities of the host. */
  readonly ca: string | null;
  readonly name: string;
  /** A relay. */
  readonly through?: string | null;
}

function fleetSectionText({ url, key, ca, name, through = null }: FleetSection): string {
  const authority = ca === null ? "" : `ca=${ca}\n`;
  const relay = through === null ? "" : `through=${through}\n`;
  return `[fleet]\nurl=${url}\nname=${name}\nkey=${key}\n${authority}${relay}`;
}

/** The inventory of an operator. `role` is what tsv fleet asks for; nats-server decides what is granted. */
export function operatorFileText(section: FleetSection, role: FleetRole): string {
  return `${fleetSectionText(section)}role=${role}\n`;
}

export const AGENT_PROGRAM = "tsv-fleet";

/** The file of a device. @param tsv the path of the executable @param config that of the daemon */
export function deviceFileText(section: FleetSection, tsv: string, config: string): string {
  return `${WRITTEN} join.
${fleetSectionText(section)}
[program:${AGENT_PROGRAM}]
command=${literal(`${shellWord(tsv)} fleet agent -c ${shellWord(config)}`)}
autorestart=true
redirect_stderr=true
`;
}

/** A value that expands to itself. */
export function literal(value: string): string {
  return value.replaceAll("%", "%%");
}
