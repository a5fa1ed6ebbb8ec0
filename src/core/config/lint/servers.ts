// Advice about the control servers: whether clients reach them, and who else does.

import type { ConfigWarning } from "../model.ts";
import { findOption, type RawConfig, type RawSection, sectionsWith, warnAt } from "../raw.ts";
import { socketPathOf } from "../server-address.ts";

const UNIX = "unix_http_server";
const INET = "inet_http_server";

/** Names and addresses of this machine alone. */
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){1,3}|\[?::1\]?)$/;

export function lintServers(raw: RawConfig): readonly ConfigWarning[] {
  const servers = [UNIX, INET].flatMap((name) => raw.sections.get(name) ?? []);
  const [first] = servers;
  // A fragment does not show the other sections.
  if (first === undefined || !raw.sections.has("supervisord")) return [];
  return [...lintInterface(raw, first), ...lintUrl(raw), ...lintPort(raw), ...lintReadGroup(raw)];
}

function lintInterface(raw: RawConfig, server: RawSection): readonly ConfigWarning[] {
  if (raw.sections.has("rpcinterface:supervisor")) return [];
  const message =
    "clients cannot control the daemon: there is no [rpcinterface:supervisor] section";
  const suggestion =
    "add [rpcinterface:supervisor] with supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface";
  return [warnAt(server, null, { rule: "no-rpcinterface", message, suggestion })];
}

function trimmedValue(raw: RawConfig, section: string, key: string): string | null {
  return findOption(raw, section, key)?.value.trim() ?? null;
}

/** Values with expansions are not compared, unless they are the same text. */
function lintUrl(raw: RawConfig): readonly ConfigWarning[] {
  const section = raw.sections.get("supervisorctl");
  const option = section?.options.get("serverurl");
  if (section === undefined || option === undefined) return [];
  const url = option.value.trim();
  const file = raw.sections.has(UNIX) ? trimmedValue(raw, UNIX, "file") : null;
  const port = raw.sections.has(INET) ? trimmedValue(raw, INET, "port") : null;
  const path = socketPathOf(url);
  const asked = path ?? localPort(url);
  const there = path === null ? (port?.replace(/^.*:/, "") ?? null) : file;
  const scheme = (trimmedValue(raw, INET, "ssl_cert") ?? "") === "" ? "http" : "https";
  if (asked !== null && asked === there && path === null && !url.startsWith(`${scheme}:`)) {
    const message = `the server at this port speaks ${scheme === "http" ? "HTTP without TLS" : "TLS"}`;
    const suggestion = `write serverurl=${url.replace(/^https?/, scheme)}`;
    return [warnAt(section, option, { rule: "other-serverurl", message, suggestion })];
  }
  if (asked === null || asked === there) return [];
  if ([url, file ?? "", port ?? ""].some((text) => text.includes("%("))) return [];
  // The name of a socket identifies it better than its directory, which may contain symlinks.
  const name = (of: string): string => of.slice(of.lastIndexOf("/") + 1);
  if (path !== null && file !== null && name(path) === name(file)) return [];
  const own =
    file === null ? `${scheme}://localhost:${port?.replace(/^.*:/, "")}` : `unix://${file}`;
  const message = `no server of this configuration listens at ${url}`;
  const suggestion = `write serverurl=${own}`;
  return [warnAt(section, option, { rule: "other-serverurl", message, suggestion })];
}

/** The port of a URL of this machine; null for others, which may be asked on purpose. */
function localPort(url: string): string | null {
  const [, scheme, host = "", port = scheme === "http" ? "80" : "443"] =
    /^(https?):\/\/(\[[^\]]*\]|[^:/]+)(?::(\d+))?(?:\/|$)/.exec(url) ?? [];
  return LOOPBACK.test(host) ? port : null;
}

/** Users who are neither in the group nor root may do everything, if the mode lets them connect. */
function lintReadGroup(raw: RawConfig): readonly ConfigWarning[] {
  return sectionsWith(raw, UNIX).flatMap((section) => {
    const option = section.options.get("read_group");
    if (option === undefined) return [];
    if ((trimmedValue(raw, section.name, "username") ?? "") !== "") {
      const message = "no effect: clients of this socket are known by their passwords";
      const suggestion = "remove it, or give each client a section [user:NAME]";
      return [warnAt(section, option, { rule: "no-effect", message, suggestion })];
    }
    const mode = trimmedValue(raw, section.name, "chmod") ?? "";
    if (!/^[0-7]*[2367]$/.test(mode)) return [];
    const message = "users who are not in this group may do everything: chmod lets all connect";
    const suggestion = "write chmod=0770, and give the socket to the group with chown=";
    return [warnAt(section, option, { rule: "open-socket", message, suggestion })];
  });
}

function lintPort(raw: RawConfig): readonly ConfigWarning[] {
  const section = raw.sections.get(INET);
  const option = section?.options.get("port");
  if (section === undefined || option === undefined) return [];
  const host = option.value.trim().replace(/:?\d+$/, "");
  const hasUsers = sectionsWith(raw, "user:").length > 0;
  const hasPassword = ["username", "ssl_client_ca"].some(
    (key) => (trimmedValue(raw, INET, key) ?? "") !== "",
  );
  if (
    !/\d$/.test(option.value.trim()) ||
    hasPassword ||
    hasUsers ||
    LOOPBACK.test(host) ||
    option.value.includes("%(")
  )
    return [];
  const message =
    "this port is open to the network without a password: anyone who can reach it controls the programs";
  const suggestion = `write port=127.0.0.1:${option.value.trim().replace(/^.*:/, "")}, or set username= and password=`;
  return [warnAt(section, option, { rule: "open-port", message, suggestion })];
}
