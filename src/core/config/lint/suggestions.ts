// Suggestions for the errors of a configuration.

import { closest } from "../../base/edit-distance.ts";
import type { ConfigError } from "../model.ts";
import type { ConfigWorld } from "../world.ts";

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

/** What to do about an error; null where nothing is known. @param message of the error, without its place */
export function suggest(
  { text, key }: ConfigError,
  message: string,
  world: ConfigWorld,
): string | null {
  if (text.includes("The directory named as part of the path"))
    return "create the directory, or correct the path";
  if (text.includes("is not an existing directory"))
    return "create the directory, or correct the path";
  if (/Invalid user (?:name|id)/.test(text)) return "create the user, or name one that exists";
  if (/Invalid group (?:name|id)/.test(text)) return "create the group, or name one that exists";
  if (text.includes("not a valid boolean value")) return "write true or false";
  if (text.includes("invalid literal for int()") && /(?:maxbytes|^max_total)$/.test(key ?? ""))
    return "sizes may end in KB, MB or GB";
  if (text.includes("No closing quotation") && key === "environment")
    return "an apostrophe is a quote here: put the value into double quotes";
  if (text.includes("key/value pairs")) return 'write KEY="value",KEY2="value"';
  return suggestForExpansion(text, key) ?? suggestOwner(message, world);
}

/** Which half of USER:GROUP does not exist. */
function suggestOwner(text: string, world: ConfigWorld): string | null {
  const [, user, group = null] = /^Invalid \w+ value ([^\s:]+)(?::(\S+))?$/.exec(text) ?? [];
  if (user === undefined) return null;
  const missing = [
    ...(world.findUser(user) === null ? [`user ${user}`] : []),
    ...(group !== null && world.findGroup(group) === null ? [`group ${group}`] : []),
  ];
  if (missing.length === 0) return null;
  return `this host has no ${missing.join(" and no ")}: create it, or name one that exists`;
}

/** What is wrong with a line that the grammar does not know. @param isFirst before any section */
export function describeBadLine(
  source: string,
  isFirst: boolean,
): { readonly message: string; readonly suggestion: string } {
  if (/^\s*\[[^\]]*$/.test(source)) {
    const header = source.trim().replace(/\s*[;#].*$/, "");
    return { message: "this section header has no ]", suggestion: `write ${header}]` };
  }
  return isFirst
    ? {
        message: "expected a [section] header before the first option",
        suggestion: "begin with a section such as [supervisord]",
      }
    : {
        message: "this line is neither a section header nor an option",
        suggestion: "write it as name=value",
      };
}
