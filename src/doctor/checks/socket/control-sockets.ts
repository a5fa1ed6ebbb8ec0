// The control servers of the configuration as the checks look at them: what answers, who holds an address, and how such a
// process is named to people.

import { printable } from "../../../core/base/printable.ts";
import type { ServerConfig } from "../../../core/config/model.ts";
import { readConfig } from "../../facts/daemon-account.ts";
import { describeDaemon } from "../../facts/describe-process.ts";
import type { Probe } from "../../facts/probe.ts";
import type { RunningDaemon, ServerAnswer, Situation } from "../../facts/situation.ts";
import { userName } from "../../repairs/ownership.ts";

export type UnixServer = Extract<ServerConfig, { kind: "unix" }>;
export type InetServer = Extract<ServerConfig, { kind: "inet" }>;

/** The servers on sockets of files; none when the configuration cannot be read. */
export function unixServers(situation: Situation): readonly UnixServer[] {
  return (readConfig(situation)?.servers ?? []).filter((server) => server.kind === "unix");
}

/** The servers on ports. */
export function inetServers(situation: Situation): readonly InetServer[] {
  return (readConfig(situation)?.servers ?? []).filter((server) => server.kind === "inet");
}

/** What came of asking a server of the configuration. */
export function answerOf(server: ServerConfig, { servers }: Situation): ServerAnswer | null {
  return servers.find(({ section }) => section === server.section) ?? null;
}

/** "unix:///run/tsv/tsv.sock", "127.0.0.1:9001", "*:9001". */
export function addressOf(server: ServerConfig): string {
  if (server.kind === "unix") return `unix://${server.path}`;
  return `${server.host === "" ? "*" : server.host}:${server.port}`;
}

/** Which option says where a server listens. */
export function addressKey({ kind }: ServerConfig): "file" | "port" {
  return kind === "unix" ? "file" : "port";
}

/** Where files are taken for leftovers after a while. */
export const TEMPORARY = ["/tmp", "/var/tmp"] as const;

/** Whether the daemon of the service has a directory of temporary files of its own, which nobody else sees. */
export function isPrivateTmp(path: string, { service, daemon }: Situation): boolean {
  const { properties } = service;
  if (!TEMPORARY.some((directory) => path.startsWith(`${directory}/`))) return false;
  const isOfService = daemon === null || properties["MainPID"] === String(daemon.pid);
  return isOfService && properties["PrivateTmp"] === "yes";
}

/** Who holds an address that a server of ours wants. */
export interface Holder {
  /** null: it cannot be seen by this user. */
  readonly pid: number | null;
  /** For people: "supervisord, pid 812 of root, with /etc/x.conf". */
  readonly text: string;
  /** When it is a supervisor. */
  readonly daemon: RunningDaemon | null;
}

/** Names a process without its arguments: other programs are given passwords in theirs. */
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

/** What an interpreter runs: its script, or `-m module` and `-jar file`. */
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
