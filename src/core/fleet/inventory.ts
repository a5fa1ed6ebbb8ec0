// The inventory of a fleet: a file with a section [host:NAME] for each host, in the dialect of configurations. Reading continues
// after an error, so that all are reported.

import { USER_ROLES } from "../access/permissions.ts";
import { closest } from "../base/edit-distance.ts";
import { err, ok, type Result } from "../base/result.ts";
import { expand } from "../config/expand.ts";
import { joinPath } from "../config/paths.ts";
import { parseIni, type RawOption, type RawSection } from "../config/raw.ts";
import { addressKey, type HostAddress, readAddress } from "./address.ts";
import { FLEET_NAME, type FleetRole } from "./subjects.ts";

/** A host of an inventory. */
export interface HostEntry {
  readonly name: string;
  readonly url: string;
  readonly address: HostAddress;
  readonly labels: ReadonlyMap<string, string>;
  readonly username: string | null;
  readonly password: string | null;
  /** Absolute paths; null for none. */
  readonly passwordFile: string | null;
  readonly sslCa: string | null;
  readonly sslCert: string | null;
  readonly sslKey: string | null;
}

/** The section [fleet]: the hub whose devices are hosts too, and the operator who calls them. */
export interface HubEntry {
  readonly url: string;
  /** Of the operator. */
  readonly name: string;
  /** Absolute path of the seed of an nkey. */
  readonly key: string;
  /** Absolute path of certificates; null for the authorities that Node has. */
  readonly ca: string | null;
  readonly role: FleetRole;
}

export interface InventoryEntries {
  readonly hosts: readonly HostEntry[];
  /** Null without the section. */
  readonly hub: HubEntry | null;
}

/** An error in an inventory. */
interface InventoryError {
  readonly line: number;
  readonly text: string;
}

/** What values of an inventory may contain. */
export interface InventoryWorld {
  /** The directory of the file: `%(here)s`, and where relative paths begin. */
  readonly here: string;
  /** What `~` means. */
  readonly home: string;
  /** For `%(ENV_NAME)s`. */
  readonly env: Readonly<Record<string, string>>;
}

const PREFIX = "host:";
/** Gives options to all hosts that lack them. */
const DEFAULTS = "host-default";
const NAME = /^[A-Za-z0-9][\w.-]{0,63}$/;
const LABEL = /^[A-Za-z_][\w.-]*$/;

/** Paths of files. */
const FILES = ["password_file", "ssl_ca", "ssl_cert", "ssl_key"] as const;
const KEYS = ["url", "username", "password", ...FILES, "labels"] as const;
/** Of the section [fleet]. */
const HUB = "fleet";
const HUB_KEYS = ["url", "name", "key", "ca", "role"] as const;
const HUB_FILES = ["key", "ca"] as const;
const HUB_URL = /^(?:tls|nats):\/\/(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9][\w.-]*)(?::\d{1,5})?$/;
type Key = (typeof KEYS)[number] | (typeof HUB_KEYS)[number];

/** Values by their keys, each with its line. */
type Values = ReadonlyMap<Key, { readonly text: string; readonly line: number }>;

/** The hosts in the order of the file, and the hub; or all errors. */
export function readInventory(
  text: string,
  file: string,
  world: InventoryWorld,
): Result<InventoryEntries, readonly InventoryError[]> {
  const document = parseIni(text, file);
  if (!document.ok) {
    const { lines, text: message } = document.error;
    return err([{ line: lines[0]?.line ?? 1, text: message.split("\n")[0] ?? "" }]);
  }
  const { sections, repeats } = document.value;
  const errors: InventoryError[] = repeats.map(({ section, key, line, firstLine }) => {
    const what = key === null ? `[${section}]` : key;
    return { line, text: `${what} is already in line ${firstLine}` };
  });
  const defaults = sections.get(DEFAULTS);
  const usual = defaults === undefined ? new Map() : valuesOf(defaults, KEYS, world, errors);
  const hosts: HostEntry[] = [];
  let hub: HubEntry | null = null;
  for (const section of sections.values()) {
    const { name: header, line } = section;
    if (header === DEFAULTS) continue;
    if (header === HUB) {
      hub = hubOf(valuesOf(section, HUB_KEYS, world, errors), line, errors);
      continue;
    }
    if (!header.startsWith(PREFIX)) {
      errors.push({
        line,
        text: `[${header}] is no section of an inventory: use [host:NAME] or [fleet]`,
      });
      continue;
    }
    const values: Values = new Map([...usual, ...valuesOf(section, KEYS, world, errors)]);
    const host = hostOf(header.slice(PREFIX.length), line, values, errors);
    if (host !== null) hosts.push(host);
  }
  errors.sort((a, b) => a.line - b.line);
  return errors.length === 0 ? ok({ hosts, hub }) : err(errors);
}

function valuesOf(
  section: RawSection,
  keys: readonly Key[],
  world: InventoryWorld,
  errors: InventoryError[],
): Values {
  const values = new Map<Key, { readonly text: string; readonly line: number }>();
  for (const option of section.options.values()) {
    const { line } = option;
    const key = keys.find((each) => each === option.key);
    if (key === undefined) {
      const meant = closest(option.key, keys);
      const hint = meant === null ? "" : `. Did you mean: ${meant}`;
      const owner = section.name === HUB ? "[fleet]" : "a host";
      errors.push({ line, text: `${owner} has no option '${option.key}'${hint}` });
      continue;
    }
    const text = expanded(section, option, world);
    if (text.ok) values.set(key, { text: pathOf(key, text.value, world), line });
    else errors.push({ line, text: text.error });
  }
  return values;
}

function expanded(
  { name }: RawSection,
  { key, value }: RawOption,
  { here, env }: InventoryWorld,
): Result<string, string> {
  const names = Object.entries(env).map(([name, text]) => [`ENV_${name}`, text] as const);
  const text = expand(value, new Map([["here", here], ...names]), `${name}.${key}`);
  if (text.ok) return text;
  // The message contains the value and the names of all variables.
  return err(`${key} has a % that expands to nothing: write %% for a %`);
}

function pathOf(key: Key, text: string, { here, home }: InventoryWorld): string {
  if (text === "" || ![...FILES, ...HUB_FILES].some((each) => each === key)) return text;
  return joinPath(here, text.replace(/^~(?=\/)/, home));
}

function hostOf(
  name: string,
  line: number,
  values: Values,
  errors: InventoryError[],
): HostEntry | null {
  const fail = (text: string, key: Key | null = null): null => {
    const at = key === null ? undefined : values.get(key)?.line;
    errors.push({
      line: at ?? line,
      text: at === undefined ? `[${PREFIX}${name}]: ${text}` : text,
    });
    return null;
  };
  const textOf = (key: Key): string | null => values.get(key)?.text || null;
  if (!NAME.test(name)) fail("a name has letters, digits and . _ - only, at most 64");
  const url = textOf("url");
  if (url === null) return fail("url is missing", "url");
  const address = readAddress(url);
  if (!address.ok) return fail(address.error, "url");
  const [username, password, passwordFile] = [
    textOf("username"),
    textOf("password"),
    textOf("password_file"),
  ];
  if (password !== null && passwordFile !== null) {
    fail("password and password_file exclude each other: keep one", "password_file");
  }
  if (username === null && (password ?? passwordFile) !== null) {
    fail("a password needs username=", password === null ? "password_file" : "password");
  }
  const labels = readLabels(textOf("labels") ?? "");
  if (!labels.ok) return fail(labels.error, "labels");
  return {
    ...{ name, url, address: address.value, labels: labels.value },
    ...{ username, password, passwordFile },
    ...{ sslCa: textOf("ssl_ca"), sslCert: textOf("ssl_cert"), sslKey: textOf("ssl_key") },
  };
}

function hubOf(values: Values, line: number, errors: InventoryError[]): HubEntry | null {
  const textOf = (key: Key): string => values.get(key)?.text ?? "";
  const [url, name, key, ca] = [textOf("url"), textOf("name"), textOf("key"), textOf("ca")];
  const role = USER_ROLES.find((each) => each === (textOf("role") || "admin"));
  const problems: readonly (readonly [Key, string | null])[] = [
    ["url", HUB_URL.test(url) ? null : "[fleet] needs url=tls://HOST:PORT"],
    ["name", FLEET_NAME.test(name) ? null : "[fleet] needs name=, that of an operator"],
    ["key", key === "" ? "[fleet] needs key=, the path of the key of the operator" : null],
    ["role", role === undefined ? `role must be ${USER_ROLES.join(", ")}` : null],
  ];
  for (const [option, text] of problems) {
    if (text !== null) errors.push({ line: values.get(option)?.line ?? line, text });
  }
  return { url, name, key, ca: ca === "" ? null : ca, role: role ?? "read" };
}

/** A device of a hub, as a host. */
export function deviceEntry(
  { url }: HubEntry,
  name: string,
  labels: ReadonlyMap<string, string>,
): HostEntry {
  return {
    ...{ name, url: `${url}/${name}`, address: { kind: "device" }, labels },
    ...{ username: null, password: null, passwordFile: null },
    ...{ sslCa: null, sslCert: null, sslKey: null },
  };
}

function readLabels(text: string): Result<ReadonlyMap<string, string>, string> {
  const labels = new Map<string, string>();
  for (const part of text.split(/[,\n]/).map((each) => each.trim())) {
    if (part === "") continue;
    const [, label = "", value] = /^([^=]*)=(.*)$/s.exec(part) ?? [];
    if (value === undefined || !LABEL.test(label.trim())) {
      return err(`labels must be NAME=VALUE, separated by commas, not '${part}'`);
    }
    if (labels.has(label.trim())) return err(`labels has ${label.trim()} twice`);
    labels.set(label.trim(), value.trim());
  }
  return ok(labels);
}

/** The hosts whose daemon another one before them has, by its address, with that one. */
export function sameHosts(hosts: readonly HostEntry[]): ReadonlyMap<HostEntry, HostEntry> {
  const firsts = new Map<string, HostEntry>();
  const same = new Map<HostEntry, HostEntry>();
  for (const host of hosts) {
    if (host.address.kind === "device") continue;
    const key = addressKey(host.address);
    const first = firsts.get(key);
    if (first === undefined) firsts.set(key, host);
    else same.set(host, first);
  }
  return same;
}
