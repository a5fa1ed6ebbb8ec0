// Addresses of servers, of FastCGI programs and of checks: two listeners cannot have one address, and a check of an address
// of the daemon's own says nothing about its program.

import { bracketed } from "../../net/tcp-table.ts";
import type { Config, ConfigWarning, Origin } from "../model.ts";
import { PROGRAM } from "../options/program.ts";
import { INET_SERVER, UNIX_SERVER } from "../options/servers.ts";
import { findOption, type RawConfig, warnAt } from "../raw.ts";
import { readServerUrl, type ServerAddress } from "../server-address.ts";
import type { CheckTarget } from "../value-types.ts";

/** An address that the daemon listens at, and the option that names it. */
interface Listener {
  readonly address: ServerAddress;
  readonly origin: Origin;
  readonly key: string;
}

const ANY = ["0.0.0.0", "::"] as const;
const IPV4 = /^\d{1,3}(?:\.\d{1,3}){3}$/;
const NUMERIC = /^(?:[\d.]+|[\da-f.]*:[\da-f:.]*)$/;

/** Warns of each listener whose address another one has, and of checks of the daemon's own servers. */
export function lintAddresses(
  { servers, groups }: Pick<Config, "servers" | "groups">,
  raw: RawConfig,
): readonly ConfigWarning[] {
  const ofServers = servers.map((server): Listener => {
    const { origin } = server;
    return server.kind === "unix"
      ? { address: server, origin, key: UNIX_SERVER.path.key }
      : { address: { ...server, kind: "tcp" }, origin, key: INET_SERVER.address.key };
  });
  const ofFcgi = groups.flatMap((group): Listener[] =>
    group.kind === "fcgi" ? [{ ...group.socket, origin: group.origin, key: "socket" }] : [],
  );
  const ofPrograms = [...ofFcgi, ...socketsOfPrograms(groups)];
  const all = [...ofServers, ...ofPrograms];
  const shared = all.flatMap((one, index) => {
    const first = all.slice(0, index).find(({ address }) => areOne(address, one.address));
    return first === undefined ? [] : warnOf(one, sharedText(one, first), "shared-address", raw);
  });
  return [...shared, ...lintChecks(ofServers, groups, raw)];
}

/** The processes of a section may share a socket: each address of a section counts once. */
function socketsOfPrograms(groups: Config["groups"]): readonly Listener[] {
  const listeners = groups.flatMap(({ processes }) =>
    processes.flatMap(({ sockets, origin }) =>
      sockets.map(({ address, url }) => {
        const key = PROGRAM.sockets.key;
        return [`${origin.section} ${url}`, { address, origin, key }] as const;
      }),
    ),
  );
  return Array.from(new Map(listeners).values());
}

function sharedText({ address }: Listener, { origin, address: first }: Listener): string {
  const [text, other] = [textOf(address), textOf(first)];
  const as = text === other ? "" : ` as ${other}`;
  return `the address ${text} is in use: [${origin.section}] has it too${as}`;
}

/** Of several processes of a section one is enough. */
function lintChecks(
  servers: readonly Listener[],
  groups: Config["groups"],
  raw: RawConfig,
): readonly ConfigWarning[] {
  const sections = new Map(
    groups.flatMap(({ processes }) => processes.map((one) => [one.origin.section, one] as const)),
  );
  return Array.from(sections.values()).flatMap(({ readyCheck, healthCheck, origin }) => {
    const checks = [["ready_check", readyCheck] as const, ["health_check", healthCheck] as const];
    return checks.flatMap(([key, check]) => {
      const address = check === null ? null : addressOf(check);
      const server = servers.find((one) => address !== null && areOne(one.address, address));
      if (address === null || server === undefined) return [];
      const message = `[${server.origin.section}] of the daemon listens at ${textOf(address)}: the check does not reach the program`;
      return warnOf({ address, origin, key }, message, "check-of-daemon", raw);
    });
  });
}

function addressOf(check: CheckTarget): ServerAddress | null {
  if (check.kind === "unix" || check.kind === "tcp") return check;
  const read = check.kind === "http" ? readServerUrl(check.url) : null;
  return read?.ok === true ? read.value : null;
}

function warnOf(
  { origin, key }: Listener,
  message: string,
  rule: "shared-address" | "check-of-daemon",
  raw: RawConfig,
): readonly ConfigWarning[] {
  const section = raw.sections.get(origin.section);
  if (section === undefined) return [];
  const suggestion = "choose another address";
  const option = findOption(raw, section.name, key);
  return [{ ...warnAt(section, option, { rule, message, suggestion }), key }];
}

/** Whether the kernel refuses the second of two listeners. Names other than localhost are not looked up. */
function areOne(left: ServerAddress, right: ServerAddress): boolean {
  if (left.kind === "unix" || right.kind === "unix") {
    return left.kind === "unix" && right.kind === "unix" && left.path === right.path;
  }
  const hosts = [hostOf(left.host), hostOf(right.host)];
  // A socket of all IPv6 addresses has the IPv4 ones too: net.ipv6.bindv6only in ipv6(7).
  const isIncluded = (any: string, is: RegExp): boolean =>
    hosts.includes(any) && hosts.every((host) => is.test(host));
  const areSame = hosts[0] === hosts[1] || isIncluded(ANY[0], IPV4) || isIncluded(ANY[1], NUMERIC);
  return left.port === right.port && areSame;
}

function hostOf(host: string): string {
  if (host === "") return ANY[0];
  return host.toLowerCase() === "localhost" ? "127.0.0.1" : host.toLowerCase();
}

function textOf(address: ServerAddress): string {
  if (address.kind === "unix") return address.path;
  const { host, port } = address;
  return `${host === "" ? "*" : bracketed(host)}:${port}`;
}
