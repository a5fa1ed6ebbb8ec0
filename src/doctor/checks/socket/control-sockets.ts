// The control servers of the configuration: what answers there, which process holds an address, and how messages describe
// such a process.

import { printable } from "../../../core/base/printable.ts";
import type { ServerConfig } from "../../../core/config/model.ts";
import { readConfig } from "../../facts/daemon-account.ts";
import { describeDaemon } from "../../facts/describe-process.ts";
import type { Probe } from "../../facts/probe.ts";
import type { RunningDaemon, ServerAnswer, Situation } from "../../facts/situation.ts";
import { userName } from "../../repairs/ownership.ts";

export type UnixServer = Extract<ServerConfig, { kind: "unix" }>;
export type InetServer = Extract<ServerConfig, { kind: "inet" }>;

/** The servers on Unix sockets; none if the configuration cannot be read. */
export function unixServers(situation: Situation): readonly UnixServer[] {
  return (readConfig(situation)?.servers ?? []).filter((server) => server.kind === "unix");
}

/** The servers on TCP ports. */
export function inetServers(situation: Situation): readonly InetServer[] {
  return (readConfig(situation)?.servers ?? []).filter((server) => server.kind === "inet");
}

/** The answer of a server of the configuration. */
export function answerOf(server: ServerConfig, { servers }: Situation): ServerAnswer | null {
  return servers.find(({ section }) => section === server.section) ?? null;
}

/** "unix:///run/tsv/tsv.sock", "127.0.0.1:9001", "*:9001". */
export function addressOf(server: ServerConfig): string {
  if (server.kind === "unix") return `unix://${server.path}`;
  return `${server.host === "" ? "*" : server.host}:${server.port}`;
}

/** The option that contains the address of a server. */
export function addressKey({ kind }: ServerConfig): "file" | "port" {
  return kind === "unix" ? "file" : "port";
}

/** Directories in which old files are removed. */
export const TEMPORARY = ["/tmp", "/var/tmp"] as const;

/** Whether the service has a private directory for temporary files. */
export function isPrivateTmp(path: string, { service, daemon }: Situation): boolean {
  const { properties } = service;
  if (!TEMPORARY.some((directory) => path.startsWith(`${directory}/`))) return false;
  const isOfService = daemon === null || properties["MainPID"] === String(daemon.pid);
  return isOfService && properties["PrivateTmp"] === "yes";
}

/** The process that holds an address of the configuration. */
export interface Holder {
  /** null: unknown to this user. */
  readonly pid: number | null;
  /** For messages: "supervisord, pid 812 of root, with /etc/x.conf". */
  readonly text: string;
  /** Set if it is a supervisor. */
  readonly daemon: RunningDaemon | null;
}

/** Describes a process without its arguments, which may contain passwords. */
export function holderOf(pid: number | null, { daemons }: Situation, probe: Probe): Holder {
  if (pid === null) {
    return { pid, daemon: null, text: "a process that this user cannot see" };
  }
  const daemon = daemons.find((one) => one.pid === pid) ?? null;
  const process = probe.process(pid);
  const user = process === null ? "" : ` of ${userName(process.uid, probe)}`;
  if (daemon !== null) return { pid, daemon, text: describeDaemon(daemon, probe) };
  const words = process?.command ?? [];
  const [first = process?.name ?? ""] = words;
  const script = scriptOf(words);
  const config = configIn(words);
  const end = config === null ? "" : `, with ${config}`;
  return {
    pid,
    daemon,
    text: printable(`pid ${pid}${user}: ${[first, ...script].join(" ")}${end}`),
  };
}

/** The script of an interpreter, or its `-m module` or `-jar file`. */
function scriptOf([first = "", second = "", third = ""]: readonly string[]): readonly string[] {
  if (!/(?:^|\/)(?:python|pypy|node|perl|ruby|php|java|sh|bash)[\d.]*$/.test(first)) return [];
  if (second === "-m" || second === "-jar") return [second, third];
  return second === "" || second.startsWith("-") ? [] : [second];
}

function configIn(words: readonly string[]): string | null {
  const at = words.findIndex((word) => /^(?:-c|-f|--config|--configuration)$/.test(word));
  const path = at < 0 ? undefined : words[at + 1];
  return path?.startsWith("/") === true ? path : null;
}
