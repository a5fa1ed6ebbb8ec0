// The control servers of the configuration: what answers there, which process holds an address, and how messages describe
// such a process.

import { printable } from "../../../core/base/printable.ts";
import type { ServerConfig } from "../../../core/config/model.ts";
import { dirname } from "../../../core/config/paths.ts";
import { bracketed, canonical } from "../../../core/net/tcp-table.ts";
import { daemonAccount, readConfig, userName } from "../../facts/access.ts";
import { describeDaemon } from "../../facts/daemons.ts";
import type { DoctorFacts, RunningDaemon, ServerAnswer } from "../../facts/doctor-facts.ts";
import type { Listener, Probe } from "../../facts/probe.ts";
import { isSamePath } from "../../facts/probe.ts";
import { listenersAt } from "../../facts/servers.ts";

export type UnixServer = Extract<ServerConfig, { kind: "unix" }>;
export type InetServer = Extract<ServerConfig, { kind: "inet" }>;

/** The servers on Unix sockets; none if the configuration cannot be read. */
export function unixServers(facts: DoctorFacts): readonly UnixServer[] {
  return (readConfig(facts)?.servers ?? []).filter((server) => server.kind === "unix");
}

/** The servers on TCP ports. */
export function inetServers(facts: DoctorFacts): readonly InetServer[] {
  return (readConfig(facts)?.servers ?? []).filter((server) => server.kind === "inet");
}

/** The answer of a server of the configuration. */
export function answerOf(server: ServerConfig, { servers }: DoctorFacts): ServerAnswer | null {
  return servers.find(({ section }) => section === server.section) ?? null;
}

/** "unix:///run/tsv/tsv.sock", "127.0.0.1:9001", "[::1]:9001", "*:9001". */
export function addressOf(server: ServerConfig): string {
  if (server.kind === "unix") return `unix://${server.path}`;
  return `${server.host === "" ? "*" : bracketed(server.host)}:${server.port}`;
}

/** The option that contains the address of a server. */
export function addressKey({ kind }: ServerConfig): "file" | "port" {
  return kind === "unix" ? "file" : "port";
}

/** Directories in which old files are removed. */
export const TEMPORARY = ["/tmp", "/var/tmp"] as const;

/** Whether the service has a private directory for temporary files. */
export function isPrivateTmp(path: string, { service, daemon }: DoctorFacts): boolean {
  const { properties } = service;
  if (!TEMPORARY.some((directory) => path.startsWith(`${directory}/`))) return false;
  const isOfService = daemon === null || properties["MainPID"] === String(daemon.pid);
  return isOfService && properties["PrivateTmp"] === "yes";
}

/** The process that holds an address of the configuration. */
export type Holder = ReturnType<typeof holderOf>;

/** Describes a process without its arguments, which may contain passwords. */
function holderOf(pid: number | null, { daemons, probe }: DoctorFacts) {
  const daemon = daemons.find((one) => one.pid === pid) ?? null;
  const process = pid === null ? null : probe.process(pid);
  const user = process === null ? "" : ` of ${userName(process.uid, probe)}`;
  const command = process?.command ?? [];
  const shown = [command[0] ?? process?.name ?? "", ...scriptOf(command)].join(" ");
  const text =
    pid === null
      ? "a process that this user cannot see"
      : daemon === null
        ? printable(`pid ${pid}${user}: ${shown}`)
        : describeDaemon(daemon, probe);
  return { pid, daemon, text };
}

/** The script of an interpreter. */
function scriptOf([first = "", second = ""]: readonly string[]): readonly string[] {
  const isInterpreter = /(?:^|\/)(?:python|pypy|node|perl|ruby|php|sh|bash)[\d.]*$/.test(first);
  return !isInterpreter || second === "" || second.startsWith("-") ? [] : [second];
}

/** Shares of virtual machines and Windows, and file systems of memory cards. */
const SOCKETLESS =
  /^(?:vfat|msdos|exfat|vboxsf|prl_fs|vmhgfs|9p|drvfs|cifs|smb3?|smbfs|iso9660|fuse\..+)$/;

/** Whether the file system of a path does not support sockets. */
export function lacksSockets(path: string, probe: Probe): boolean {
  return SOCKETLESS.test(probe.fileSystem(dirname(path))?.type ?? "");
}

// Which process holds an address.

/** The daemon, unless it answers at our address with another configuration: then it is the holder of the address. */
function daemonOf({ daemon, config, probe }: DoctorFacts): RunningDaemon | null {
  if (daemon === null || daemon.config === null || config.path === null) return daemon;
  return isSamePath(daemon.config, config.path, probe) ? daemon : null;
}

/** The unrelated process that listens on a socket's path; null if there is none. */
export function unixHolder(server: UnixServer, facts: DoctorFacts): Holder | null {
  const own = daemonOf(facts);
  // A socket whose file is missing does not prevent another process from binding the path.
  if (!facts.probe.look(server.path).ok) return null;
  const answer = answerOf(server, facts);
  if (answer?.kind === "refused" || answer?.kind === "missing") return null;
  const others = listenersAt(server.path, facts.probe).filter(({ pid }) => !isOwn(pid, own));
  const [first] = others;
  if (first === undefined) return null;
  if (own !== null && answer?.daemon?.pid === own.pid) return null;
  if (isOurs(first.pid, answer, facts)) return null;
  return holderOf(first.pid ?? answer?.daemon?.pid ?? null, facts);
}

/** A listener whose owner is unknown to this user may be our own daemon. */
function isOwn(pid: number | null, own: RunningDaemon | null): boolean {
  return own !== null && (pid === null || pid === own.pid);
}

/**
 * Whether a daemon that answers at our address is our own, although it is not known as such: users may not be allowed to see its
 * process, and its command line may not look like that of a daemon.
 * @param pid of the listener
 */
function isOurs(pid: number | null, answer: ServerAnswer | null, facts: DoctorFacts): boolean {
  const { caller, daemons, probe } = facts;
  const answered = answer?.daemon ?? null;
  // It refuses this user, as ours does. Its process is hidden, or its command line names the configuration by a relative path.
  const isRefusing = answer?.kind === "denied" || answer?.kind === "unauthorized";
  if (pid === null && caller.uid !== 0 && isRefusing) return true;
  if (answered === null || daemons.some((one) => one.pid === (pid ?? answered.pid))) return false;
  // Its process is hidden (hidepid=2), or in another pid namespace than doctor: root sees all others.
  if (pid === null) return caller.uid !== 0 || answered.isTsv;
  const uid = probe.process(pid)?.uid ?? -1;
  return pid === answered.pid && [0, caller.uid, daemonAccount(facts).uid].includes(uid);
}

/** The unrelated process that listens on a port; null if there is none. */
export function inetHolder(server: InetServer, facts: DoctorFacts): Holder | null {
  const own = daemonOf(facts);
  const answer = answerOf(server, facts);
  const inTheWay = facts.probe
    .listeners()
    .filter((one) => one.kind === "tcp" && one.port === server.port)
    .filter((one) => overlaps(server.host, one, answer?.kind === "refused"));
  if (inTheWay.some(({ pid }) => isOwn(pid, own))) return null;
  const [first] = inTheWay;
  if (first === undefined || isOurs(first.pid, answer, facts)) return null;
  // The pid that a daemon in a container reports is meaningless on the host.
  const known = facts.daemons.find(({ pid }) => pid === answer?.daemon?.pid);
  return holderOf(first.pid ?? known?.pid ?? null, facts);
}

/** Whether two sockets conflict. "::" includes IPv4, unless disabled: then the connection was refused. */
function overlaps(
  host: string,
  { address }: Pick<Listener, "address">,
  isRefused: boolean,
): boolean {
  const wanted = numeric(host);
  if (address === wanted) return true;
  const [isOurs6, isTheirs6] = [wanted.includes(":"), address.includes(":")];
  if (isOurs6 === isTheirs6) return ANY.includes(address) || ANY.includes(wanted);
  return address === "::" && !isRefused;
}

function numeric(host: string): string {
  return host === "localhost" ? "127.0.0.1" : host === "" ? "0.0.0.0" : host;
}

const ANY = ["0.0.0.0", "::"];

/** Why the daemon cannot listen at the host of a server, as the daemon says it; null if it can, or if that is unknown. */
export function hostProblem(server: InetServer, facts: DoctorFacts): string | null {
  const { kind, detail } = answerOf(server, facts) ?? { kind: "missing", detail: "" };
  const { host } = server;
  if (kind === "answers" || kind === "unauthorized") return null;
  if (/^(?:ENOTFOUND|EAI_)/.test(detail)) return `The host name ${host} has no address here.`;
  const read = (path: string): string => facts.probe.readText(path) ?? "";
  const local = read("/proc/net/fib_trie");
  if (local === "" || ANY.includes(host)) return null;
  if (host.includes(":")) return ipv6Problem(host, read("/proc/net/if_inet6"));
  if (read("/proc/sys/net/ipv4/ip_nonlocal_bind").trim() === "1") return null;
  if (!/^(?!127\.)\d+\.\d+\.\d+\.\d+$/.test(host)) return null;
  const entry = new RegExp(`\\|-- ${host.replaceAll(".", "\\.")}\\n\\s+/32 host LOCAL`);
  return entry.test(local) ? null : NO_INTERFACE;
}

/** @param table /proc/net/if_inet6: `fe80000000000000021122fffe334455 02 40 20 80 eth0` */
function ipv6Problem(host: string, table: string): string | null {
  if (table === "") return NO_IPV6;
  if (/^fe[89ab]/i.test(host) && !host.includes("%")) {
    return `A link-local address needs its interface, as in port=[${host}%%eth0]:PORT.`;
  }
  const wanted = canonical(host);
  const own = Array.from(table.matchAll(/^[\da-f]{32}\b/gim), ([hex]) =>
    canonical(hex.replaceAll(/(?!^)(?=(?:.{4})+$)/g, ":")),
  );
  const isMapped = wanted === null || wanted.startsWith("[::ffff:");
  return isMapped || own.includes(wanted) ? null : NO_INTERFACE;
}

const NO_INTERFACE = "No network interface of this host has that address.";
const NO_IPV6 = "IPv6 is off on this host.";
