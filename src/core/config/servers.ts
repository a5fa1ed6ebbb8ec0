// The HTTP servers, and the sections that name factories ([rpcinterface:x], [ctlplugin:x]).

import { MAIN_FACTORY } from "../plugins/known.ts";
import { moduleOf } from "../plugins/module.ts";
import { inOrder, readFields } from "./fields.ts";
import type { Credentials, FactoryConfig, ServerConfig } from "./model.ts";
import type { OptionRow } from "./options/entry.ts";
import { CTL_PLUGIN, INET_SERVER, RPC_INTERFACE, UNIX_SERVER } from "./options/servers.ts";
import { resolvePath } from "./paths.ts";
import { strip } from "./py-text.ts";
import { allOptions, type RawSection, sectionsWith } from "./raw.ts";
import {
  expandIn,
  openScope,
  originOf,
  type Reading,
  readOption,
  readText,
  report,
  type Scope,
} from "./reading.ts";
import { checkHash } from "./users.ts";
import type { AddressValue } from "./value-types.ts";

const NO_NAMES: ReadonlyMap<string, string> = new Map();

/** The password, and whether both it and the name are there or neither. */
function readPassword(
  scope: Scope,
  { username = null }: { readonly username?: string | null },
): string | null {
  const password = readOption(scope, UNIX_SERVER.password);
  if ((username === null) !== (password === null)) {
    const text =
      `Section [${scope.section.name}] contains incomplete authentication: If a username or a password ` +
      "is specified, both the username and password must be specified";
    report(scope, username === null ? "password" : "username", text, "combination");
  }
  if (password !== null) checkHash(scope, password);
  return password;
}

/** An empty username is none (supervisor/http.py, make_http_servers): the server then asks for no password. */
function credentialsOf(username: string | null, password: string | null): Credentials | null {
  if (username === null || username === "" || password === null) return null;
  return { username, password };
}

function readAddress(scope: Scope): AddressValue {
  if (readText(scope, INET_SERVER.address) === null) {
    const text = `section [${scope.section.name}] has no port value`;
    report(scope, "port", text, "missing-option");
    return NO_ADDRESS;
  }
  return readOption(scope, INET_SERVER.address) ?? NO_ADDRESS;
}

/** No port that a file names is 0. */
const NO_ADDRESS: AddressValue = { host: "", port: 0 };

/** Absolute; null where the option is missing or empty. Its file is only read by the process that uses it. */
export function readFileName({ reading, section, kind }: Scope, row: OptionRow): string | null {
  const file = strip(readText(openScope(reading, section, kind), row) ?? "");
  return file === "" ? null : resolvePath(file, reading.world);
}

/** A file that has no effect without the certificate. */
function readWithCert(
  scope: Scope,
  row: OptionRow,
  { sslCert = null }: { readonly sslCert?: string | null },
): string | null {
  const file = readFileName(scope, row);
  if (file !== null && sslCert === null) {
    report(scope, row.key, `${row.key} needs ssl_cert`, "combination");
  }
  return file;
}

const INET_ORDER = inOrder(INET_SERVER, "once", ["username", "password", "sslCert"]);
const INET_READERS = {
  password: readPassword,
  allowedHosts: (scope: Scope) =>
    readOption(scope, INET_SERVER.allowedHosts).filter((name) => name !== ""),
  address: readAddress,
  sslCert: (scope: Scope) => readFileName(scope, INET_SERVER.sslCert),
  sslKey: (scope: Scope, before: { readonly sslCert?: string | null }) =>
    readWithCert(scope, INET_SERVER.sslKey, before),
  sslClientCa: (scope: Scope, before: { readonly sslCert?: string | null }) =>
    readWithCert(scope, INET_SERVER.sslClientCa, before),
};

function readInetServer(reading: Reading, section: RawSection): ServerConfig | null {
  const scope = openScope(reading, section, "inet_http_server", NO_NAMES);
  const fields = readFields(scope, INET_SERVER, INET_ORDER, INET_READERS, {});
  const { username, password, address, ...own } = fields;
  if (address === NO_ADDRESS) return null;
  const credentials = credentialsOf(username, password);
  const origin = originOf(section);
  return { kind: "inet", section: section.name, ...address, ...own, credentials, origin };
}

/** Empty where there is none; what is there is absolute. */
function readSocketPath(scope: Scope): string {
  const { reading, section } = scope;
  const file = readText(openScope(reading, section, "unix_http_server"), UNIX_SERVER.path);
  if (file !== null) return resolvePath(strip(file), reading.world);
  report(scope, "file", `section [${section.name}] has no file value`, "missing-option");
  return "";
}

const UNIX_ORDER = inOrder(UNIX_SERVER, "once", ["path", "username", "password", "owner", "mode"]);
const UNIX_READERS = {
  path: readSocketPath,
  password: readPassword,
  mode: (scope: Scope) => readOption(scope, UNIX_SERVER.mode) & 0o7777,
};

function readUnixServer(reading: Reading, section: RawSection): ServerConfig | null {
  const scope = openScope(reading, section, "unix_http_server", NO_NAMES);
  const fields = readFields(scope, UNIX_SERVER, UNIX_ORDER, UNIX_READERS, {});
  const { username, password, ...own } = fields;
  if (own.path === "") return null;
  const credentials = credentialsOf(username, password);
  return { kind: "unix", section: section.name, ...own, credentials, origin: originOf(section) };
}

/** inet servers first, then unix ones, each in file order. */
export function readServers(reading: Reading): readonly ServerConfig[] {
  const inet = sectionsWith(reading.raw, "inet_http_server").map((s) => readInetServer(reading, s));
  const unix = sectionsWith(reading.raw, "unix_http_server").map((s) => readUnixServer(reading, s));
  return [...inet, ...unix].filter((server) => server !== null);
}

/** Reads the sections `[<kind>:x]`; what they name is not looked for. */
export function readFactories(
  reading: Reading,
  kind: "rpcinterface" | "ctlplugin",
): readonly FactoryConfig[] {
  const row = kind === "rpcinterface" ? RPC_INTERFACE.factory : CTL_PLUGIN.factory;
  const { key } = row;
  return sectionsWith(reading.raw, `${kind}:`).map((section) => {
    const scope = openScope(reading, section, kind, NO_NAMES);
    const factory = readText(scope, row);
    if (factory === null) {
      report(scope, key, `section [${section.name}] does not specify a ${key}`, "missing-option");
    }
    const others = new Map(allOptions(reading.raw, section));
    others.delete(key);
    const expanded = Array.from(others, ([name, { value }]) => {
      return [name, expandIn(scope, name, value, `${section.name}.${name}`) ?? ""] as const;
    });
    return {
      name: section.name.slice(section.name.indexOf(":") + 1),
      factory: factory ?? "",
      module: moduleOf(factory ?? "", section.file, reading.world.cwd),
      arguments: Object.fromEntries(expanded),
      origin: originOf(section),
    };
  });
}

/** The main interface takes no arguments; Supervisor finds out when it opens its servers. */
export function checkInterfaceArguments(
  reading: Reading,
  interfaces: readonly FactoryConfig[],
  servers: readonly ServerConfig[],
): void {
  if (servers.length === 0) return;
  for (const { name, factory, arguments: given, origin } of interfaces) {
    // Another factory's arguments are its own business; tsv serves none of its methods and reports that when it starts.
    if (factory !== MAIN_FACTORY) continue;
    const section = reading.raw.sections.get(origin.section);
    const [key] = Object.keys(given);
    if (section === undefined || key === undefined) continue;
    const scope = openScope(reading, section, "rpcinterface");
    report(scope, key, `Could not make ${name} rpc interface`);
  }
}
