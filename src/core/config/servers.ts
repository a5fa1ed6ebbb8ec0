// The HTTP servers, and the sections that name factories ([rpcinterface:x], [ctlplugin:x]).

import { moduleOf } from "../plugins/factory.ts";
import { MAIN_FACTORY } from "../plugins/known.ts";
import type { Credentials, FactoryConfig, ServerConfig } from "./model.ts";
import { resolvePath } from "./paths.ts";
import { strip } from "./py-text.ts";
import { allOptions, type RawSection } from "./raw.ts";
import {
  expandIn,
  openScope,
  originOf,
  type Reading,
  readOption,
  readOptional,
  readText,
  report,
  type Scope,
} from "./reading.ts";

const NO_NAMES: ReadonlyMap<string, string> = new Map();

function sectionsWith(reading: Reading, prefix: string): readonly RawSection[] {
  return Array.from(reading.raw.sections.values()).filter(({ name }) => name.startsWith(prefix));
}

function readCredentials(scope: Scope): Credentials | null {
  const username = readOptional(scope, "string", "username");
  const password = readOptional(scope, "string", "password");
  if (username !== null && password !== null) return { username, password };
  if (username !== null || password !== null) {
    const text =
      `Section [${scope.section.name}] contains incomplete authentication: If a username or a password ` +
      "is specified, both the username and password must be specified";
    report(scope, username === null ? "password" : "username", text, "combination");
  }
  return null;
}

function readInetServer(reading: Reading, section: RawSection): ServerConfig | null {
  const scope = openScope(reading, section, "inet_http_server", NO_NAMES);
  const credentials = readCredentials(scope);
  const legacyGetActions = readOption(scope, "boolean", "legacy_get_actions");
  const allowedHosts = readOption(scope, "list", "allowed_hosts").filter((name) => name !== "");
  if (readText(scope, "port") === null) {
    report(scope, "port", `section [${section.name}] has no port value`, "missing-option");
    return null;
  }
  const address = readOptional(scope, "address", "port");
  if (address === null) return null;
  return {
    kind: "inet",
    section: section.name,
    ...address,
    credentials,
    legacyGetActions,
    allowedHosts,
    origin: originOf(section),
  };
}

function readUnixServer(reading: Reading, section: RawSection): ServerConfig | null {
  const scope = openScope(reading, section, "unix_http_server", NO_NAMES);
  const withHere = openScope(reading, section, "unix_http_server");
  const file = readText(withHere, "file");
  if (file === null) {
    report(scope, "file", `section [${section.name}] has no file value`, "missing-option");
  }
  const credentials = readCredentials(scope);
  const legacyGetActions = readOption(scope, "boolean", "legacy_get_actions");
  const owner = readOptional(
    scope,
    "user and group",
    "chown",
    (text) => `Invalid sockchown value ${text}`,
  );
  const mode =
    readOptional(scope, "octal", "chmod", (text) => `Invalid chmod value ${text}`) ?? 0o700;
  if (file === null) return null;
  return {
    kind: "unix",
    section: section.name,
    path: resolvePath(strip(file), reading.world),
    mode: mode & 0o7777,
    owner,
    credentials,
    legacyGetActions,
    origin: originOf(section),
  };
}

/** inet servers first, then unix ones, each in file order. */
export function readServers(reading: Reading): readonly ServerConfig[] {
  const inet = sectionsWith(reading, "inet_http_server").map((s) => readInetServer(reading, s));
  const unix = sectionsWith(reading, "unix_http_server").map((s) => readUnixServer(reading, s));
  return [...inet, ...unix].filter((server) => server !== null);
}

/** Reads the sections `[<kind>:x]`; what they name is not looked for. */
export function readFactories(
  reading: Reading,
  kind: "rpcinterface" | "ctlplugin",
): readonly FactoryConfig[] {
  const key =
    kind === "rpcinterface" ? "supervisor.rpcinterface_factory" : "supervisor.ctl_factory";
  return sectionsWith(reading, `${kind}:`).map((section) => {
    const scope = openScope(reading, section, kind, NO_NAMES);
    const factory = readText(scope, key);
    if (factory === null) {
      report(scope, key, `section [${section.name}] does not specify a ${key}`, "missing-option");
    }
    const others = Array.from(allOptions(reading.raw, section).values()).filter(
      (o) => o.key !== key,
    );
    const expanded = others.map((option) => {
      const where = `${section.name}.${option.key}`;
      return [option.key, expandIn(scope, option.key, option.value, where) ?? ""] as const;
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
    // Another factory's arguments are its own business; tsv serves none of its methods and says so when it starts.
    if (factory !== MAIN_FACTORY) continue;
    const section = reading.raw.sections.get(origin.section);
    const [key] = Object.keys(given);
    if (section === undefined || key === undefined) continue;
    const scope = openScope(reading, section, "rpcinterface");
    report(scope, key, `Could not make ${name} rpc interface`);
  }
}
