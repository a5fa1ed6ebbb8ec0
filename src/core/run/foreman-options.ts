// `.foreman` in the working directory: `NAME: VALUE` lines, which foreman takes for options that its command line lacks.

import { err, ok, type Result } from "../base/result.ts";
import { fileError } from "../config/load.ts";
import type { ConfigNotice } from "../config/model.ts";
import { parseDuration } from "../config/quantities.ts";
import type { ConfigWorld } from "../config/world.ts";
import { PORT_RANGE, parsePort, type RunArguments } from "./arguments.ts";
import { PROCFILE, parseFormation } from "./procfile.ts";

const FILE = ".foreman";
const LINE = /^([\w-]+)[ \t]*:(.*)$/;
const QUOTED = /^(["'])(.*)\1$/;

/** Adds the options of the file, if a Procfile may be run. */
export function withForemanOptions(args: RunArguments, world: ConfigWorld) {
  const isAbsent = args.source.kind === "config" || args.source.kind === "commands";
  const text = isAbsent || !world.exists(FILE) ? null : world.readText(FILE);
  if (text === null || !text.ok) return ok({ args, notices: [] });
  // Without a Procfile, a run that names nothing is of the configuration that is found.
  const isNamed = args.source.kind === "procfile" || args.words.length > 0;
  const hasProcfile = isNamed || world.exists(PROCFILE) || /^procfile[ \t]*:/m.test(text.value);
  if (!hasProcfile) return ok({ args, notices: [] });
  let found: Partial<RunArguments> = {};
  const notices: ConfigNotice[] = [];
  for (const [index, written] of text.value.split(/\r?\n/).entries()) {
    if (/^\s*(?:#|-{3}\s*$|$)/.test(written)) continue;
    const [, name = "", value = ""] = LINE.exec(written) ?? [];
    const at = `${FILE}:${index + 1}`;
    const option = usable(optionOf(name, withoutComment(value)), args, world);
    if (option === null)
      notices.push({ level: "WARN", text: `${at} is ignored: ${name || "it is no NAME: VALUE"}` });
    else if (option.ok) found = { ...found, ...option.value };
    else return err({ ...fileError("value", `${at}: ${option.error}`, FILE), line: index + 1 });
  }
  return ok({ args: completedBy(found, args, world), notices });
}

/** A value without its quotes or the comment behind it. */
function withoutComment(written: string): string {
  const [, , quoted] = QUOTED.exec(written.trim()) ?? [];
  return quoted ?? written.replace(/[ \t]#.*$/, "").trim();
}

/** What a line sets; null for what tsv does not have. The error is a message. */
function optionOf(name: string, value: string): Result<Partial<RunArguments>, string> | null {
  if (name === "procfile") return ok({ source: { kind: name, path: value } });
  if (name === "env") return ok({ envFiles: [value] });
  if (name === "port") {
    const port = parsePort(value);
    return port === null ? err(`port is ${PORT_RANGE}, not '${value}'`) : ok({ port });
  }
  if (name === "timeout") {
    const grace = parseDuration(value);
    return grace.ok ? ok({ grace: grace.value }) : err(`timeout is in seconds, not '${value}'`);
  }
  if (name !== "formation" && name !== "concurrency") return null;
  const formation = parseFormation(value);
  return formation.ok ? ok({ formation: formation.value }) : formation;
}

/** A file that it names is there, unless the command line names another one. */
function usable(
  option: ReturnType<typeof optionOf>,
  { source, envFiles }: RunArguments,
  { exists }: ConfigWorld,
): ReturnType<typeof optionOf> {
  if (option?.ok !== true) return option;
  const procfile = source.kind === "found" ? option.value.source : undefined;
  const files = envFiles === null ? (option.value.envFiles ?? []) : [];
  const named =
    procfile?.kind === "procfile" ? [procfile.path] : files.flatMap((each) => each.split(","));
  const absent = named.find((path) => !path.startsWith("?") && !exists(path));
  return absent === undefined ? option : err(`${absent} does not exist`);
}

/** The command line comes first. */
function completedBy(
  found: Partial<RunArguments>,
  args: RunArguments,
  { exists }: ConfigWorld,
): RunArguments {
  const [word = ""] = args.words;
  const namesFile = args.source.kind !== "found" || (args.words.length === 1 && exists(word));
  return {
    ...args,
    source: namesFile ? args.source : (found.source ?? args.source),
    port: args.port ?? found.port ?? null,
    formation: args.formation.size > 0 ? args.formation : (found.formation ?? args.formation),
    envFiles: args.envFiles ?? found.envFiles ?? null,
    grace: args.grace ?? found.grace ?? null,
  };
}
