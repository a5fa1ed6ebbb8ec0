// What to do about an error of a configuration: the form of the value, the account that was meant, percent signs.

import { closest } from "../../base/edit-distance.ts";
import { alternatives } from "../../base/printable.ts";
import { shellWord } from "../../base/shell-word.ts";
import type { ConfigError } from "../model.ts";
import { findEntry, sectionKind } from "../options/table.ts";
import type { ConfigRule } from "../rules.ts";
import type { ValueKind } from "../value-types.ts";
import type { ConfigWorld } from "../world.ts";
import { WORDS } from "./fix-values.ts";

const MISSING_DIRECTORY = "create the directory, or correct the path";

/** What to write as a value of each kind, where the message of a bad one does not say it. */
const FORMS: Partial<Readonly<Record<ValueKind, string>>> = {
  boolean: "write true or false",
  autorestart: "write true, false or unexpected",
  signal: "write TERM, HUP, INT, QUIT, KILL, USR1 or USR2",
  "log level": `write ${alternatives(WORDS["log level"] ?? [])}`,
  "exit codes": "write numbers from 0 to 255, as 0,2",
  address: "write a port from 1 to 65535, HOST:PORT or *:PORT",
  logfile: MISSING_DIRECTORY,
  path: MISSING_DIRECTORY,
  directory: MISSING_DIRECTORY,
};

/** Rules of values that are none of their kind. */
const OF_VALUES: ReadonlySet<ConfigRule> = new Set([
  ...(["value", "missing-directory", "socket-access", "quoted", "glued-comment"] as const),
]);

/** What to do about an error; null where nothing is known. @param message of the error, without its place */
export function suggest(error: ConfigError, message: string, world: ConfigWorld): string | null {
  const { text, key, file } = error;
  if (world.uid !== 0 && file !== null && /: permission denied(?::|$)/.test(message)) {
    return `check it as root: sudo tsv check ${shellWord(file)}`;
  }
  if (/key\/value pairs/.test(text)) return 'write KEY="value",KEY2="value"';
  if (key === "environment" && /No closing quotation/.test(text)) {
    return "an apostrophe is a quote here: put the value into double quotes";
  }
  return suggestAccount(message, world) ?? suggestForm(error) ?? suggestForExpansion(text, key);
}

function suggestForm({ rule, section, key }: ConfigError): string | null {
  const kind = section === null ? null : sectionKind(section);
  const entry = kind === null || key === null ? null : findEntry(kind, key);
  if (entry === null || !OF_VALUES.has(rule)) return null;
  const { kind: type, default: usual, sample } = entry;
  return type === "octal" ? `write it in octal, as ${usual ?? sample}` : (FORMS[type] ?? null);
}

/** Which user or group does not exist, and the one that was meant. */
function suggestAccount(message: string, world: ConfigWorld): string | null {
  const [, what, account] = /^Invalid (user|group) (?:name|id) (\S+)$/.exec(message) ?? [];
  if (what !== undefined && account !== undefined) {
    const near = closest(account, accountsIn(what === "user" ? USERS : GROUPS, world));
    return near === null ? `create the ${what}, or name one that exists` : `did you mean ${near}?`;
  }
  const [, user, group = null] =
    /^Invalid (?:sockchown|socket_owner) value ([^\s:]+)(?::(\S+))?$/.exec(message) ?? [];
  if (user === undefined) return null;
  const isUser = world.findUser(user) !== null;
  const isGroup = group === null || world.findGroup(group) !== null;
  if (isUser && isGroup) return null;
  const nearUser = isUser ? user : closest(user, accountsIn(USERS, world));
  const nearGroup = isGroup ? "" : closest(group, accountsIn(GROUPS, world));
  if (nearUser !== null && nearGroup !== null) {
    const meant = group === null ? nearUser : `${nearUser}:${isGroup ? group : nearGroup}`;
    return `did you mean ${meant}?`;
  }
  const missing = [...(isUser ? [] : [`user ${user}`]), ...(isGroup ? [] : [`group ${group}`])];
  return `this host has no ${missing.join(" and no ")}: create it, or name one that exists`;
}

/** Most hosts have all their accounts in these files. */
const USERS = "/etc/passwd";
const GROUPS = "/etc/group";

function accountsIn(file: string, world: ConfigWorld): readonly string[] {
  const text = world.readText(file);
  const lines = text.ok ? text.value.split("\n") : [];
  return lines.flatMap((line) => /^([A-Za-z_][^:\s]*):/.exec(line)?.[1] ?? []);
}

/** What to do about a failed expansion, which is most often a percent sign that was meant as one. */
function suggestForExpansion(text: string, key: string | null): string | null {
  const unknown =
    /contains names \((['"])(.*?)\1\) .*Available names: (.*?)(?: in section .*)?$/s.exec(text);
  if (unknown !== null) {
    const name = unknown[2] ?? "";
    const near = closest(name, (unknown[3] ?? "").split(", "));
    if (near !== null) return `did you mean %(${near})s?`;
    const variable = /^ENV_(.+)$/.exec(name)?.[1];
    return variable === undefined
      ? "write %% for a literal percent sign"
      : `set ${variable} where the daemon starts; tsv check --env ${variable}=VALUE checks with it`;
  }
  if (!text.includes("is badly formatted:")) return null;
  const isName = /%\([^)]*\)(?![-+ #0-9.]*[srdiouxXeEfFgGca%])/.test(text);
  if (isName) return "an expansion ends in a letter, mostly s: %(name)s";
  const isTwice = key?.endsWith("_logfile") === true && / for '\w+_logfile' is /.test(text);
  if (isTwice)
    return "names of log files are expanded twice: write %%%% for a literal percent sign";
  return "write %% for a literal percent sign";
}
