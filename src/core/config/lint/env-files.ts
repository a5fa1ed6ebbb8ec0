// Files of env_file: whether a program gets its variables from them, and values that a comment seems to be a part of.

import { envReadText, probableComments, readVariables } from "../../environment/env-file.ts";
import type { ConfigWarning, GroupConfig } from "../model.ts";
import { PROGRAM } from "../options/program.ts";
import { type Advice, findOption, type RawConfig, warnAt } from "../raw.ts";
import type { EnvFileValue } from "../value-types.ts";
import type { ConfigWorld } from "../world.ts";

/**
 * Warns of files of env_file that do not give a program its variables, once for each section.
 * @param daemonUid the user of the daemon; null where the configuration does not name one
 */
export function lintEnvFiles(
  groups: readonly GroupConfig[],
  raw: RawConfig,
  world: ConfigWorld,
  daemonUid: number | null,
): readonly ConfigWarning[] {
  const warnings = new Map<string, ConfigWarning>();
  const known = new Map<string, Advice | null>();
  const comments = new Map<string, ConfigWarning | null>();
  for (const { envFiles, origin } of groups.flatMap(({ processes }) => processes)) {
    for (const file of envFiles) {
      const id = `${file.isOptional ? "?" : ""}${file.path}`;
      const advice = known.has(id) ? (known.get(id) ?? null) : adviceOn(file, world, daemonUid);
      known.set(id, advice);
      const section = raw.sections.get(origin.section);
      if (section === undefined) continue;
      const option = findOption(raw, section.name, PROGRAM.envFiles.key);
      if (!comments.has(file.path)) {
        comments.set(file.path, lintComments(file.path, world, warnAt(section, option, NO_ADVICE)));
      }
      if (advice === null) continue;
      warnings.set(`${section.name} ${id}`, warnAt(section, option, advice));
    }
  }
  const ofComments = Array.from(comments.values()).filter((warning) => warning !== null);
  return [...warnings.values(), ...ofComments];
}

const NO_ADVICE: Advice = { rule: "env-comment", message: "", suggestion: null };
/** Names in one message. */
const MOST_NAMES = 5;

function lintComments(
  path: string,
  world: ConfigWorld,
  warning: ConfigWarning,
): ConfigWarning | null {
  const found = commentAdvice(path, world);
  return found === null ? null : { ...warning, file: path, ...found };
}

/** About values of a file that a comment seems to be a part of, in one message at the first of them. */
export function commentAdvice(path: string, world: ConfigWorld) {
  const bytes = world.readEnvFile(path);
  const [first, ...more] = bytes.ok ? probableComments(bytes.value) : [];
  if (first === undefined) return null;
  const names = [first, ...more].slice(0, MOST_NAMES).map(({ name }) => name);
  const others = more.length + 1 - names.length;
  const subject = `${names.join(", ")}${others > 0 ? ` and ${others} more` : ""}`;
  const message =
    `the \`${first.sign}\` behind a value and the text after it are part of the value of ${subject}: ` +
    "only a line of its own is a comment";
  const suggestion = "move the comment to its own line, or put the value in quotes if it is none";
  return { line: first.line, message, suggestion };
}

/** Errors that another user may not get. */
export const OF_USER: ReadonlySet<string | null> = new Set(["EACCES", "EPERM", "ELOOP"]);

/** Whether this is certainly the user that the daemon runs as. @param daemonUid that the configuration names; null for none */
export function isDaemonsUser({ uid }: ConfigWorld, daemonUid: number | null): boolean {
  return uid === (daemonUid ?? uid) && (uid === 0 || daemonUid !== null);
}

/** Whether the daemon may read a file is certain only for its own user. */
function adviceOn(
  { path, isOptional }: EnvFileValue,
  world: ConfigWorld,
  daemonUid: number | null,
): Advice | null {
  const unknown = (why: string): Advice => {
    const suggestion = "run tsv check as the user of the daemon";
    return { rule: "env-file-unseen", message: `${path}: ${why}`, suggestion };
  };
  const isDaemons = world.uid === (daemonUid ?? world.uid);
  const read = readVariables(path, world);
  if (read.ok)
    return isDaemons ? null : unknown("whether the daemon's user may read it is not known");
  const { errno, text } = read.error;
  if (isOptional && errno === "ENOENT") return null;
  const isCertain = isDaemonsUser(world, daemonUid);
  if (!isCertain && OF_USER.has(errno))
    return unknown("could not look: this user has no permission to read it");
  const why = errno === null ? text : envReadText(path, errno).replace(/^env_file /, "");
  return { rule: "env-file", message: `${why}; every start will fail`, suggestion: null };
}
