// The [supervisord] section, in Supervisor's order of evaluation, and the command line laid over it.

import { overlay } from "./expand.ts";
import { inOrder, type Readers, readFields } from "./fields.ts";
import type { DaemonOptions } from "./model.ts";
import { DAEMON } from "./options/daemon.ts";
import type { ValuesOf } from "./options/entry.ts";
import { resolvePath } from "./paths.ts";
import { sizeText } from "./quantities.ts";
import { findOption, type RawSection } from "./raw.ts";
import {
  openScope,
  type Reading,
  rawText,
  readEnvironment,
  readOption,
  report,
  ruleOfValue,
  type Scope,
} from "./reading.ts";
import { maskBits, parseValue } from "./values.ts";

/** The values of the file, before the command line. The user is as written; it is looked up last. */
type DaemonSection = ValuesOf<typeof DAEMON>;

/** A command line of supervisord, parsed. */
export interface DaemonArguments {
  /** `-c` verbatim, or null to search. */
  readonly configFile: string | null;
  readonly searchPaths: readonly string[];
  /** The options of [supervisord] that it gives. */
  readonly overrides: Partial<DaemonSection>;
}

/** The names of the environment count from here on in every section. */
function readOwnEnvironment(scope: Scope): Readonly<Record<string, string>> {
  const { world, environ, secretVariables } = scope.reading;
  const names = overlay(new Map([["host_node_name", world.hostName]]), scope.names);
  const wide: Scope = { ...scope, names: overlay(names, environ) };
  const environment = readEnvironment(wide, DAEMON.environment);
  for (const [key, value] of Object.entries(environment)) environ.set(`ENV_${key}`, value);
  for (const name of wide.secretVariables) secretVariables.add(name);
  return environment;
}

/** Fields in Supervisor's order; after those that it lacks comes the environment, which none of them sees. */
const ORDER = [
  ...inOrder(DAEMON, "once", [
    ...(["minfds", "minprocs", "directory", "user", "umask", "logfile"] as const),
    ...(["logfileMaxBytes", "logfileBackups", "logLevel", "pidfile", "identifier"] as const),
    ...(["nodaemon", "silent", "childLogDir", "nocleanup", "stripAnsi"] as const),
  ]).filter((field) => field !== "environment"),
  "environment",
] as const;

/** Bytes. Less would be used up by output that is on its way to the files. */
const LEAST_TOTAL = 1024 ** 2;

function readMaxTotal(scope: Scope): number {
  const { key } = DAEMON.maxTotal;
  const bytes = readOption(scope, DAEMON.maxTotal);
  if (bytes === 0 || bytes >= LEAST_TOTAL) return bytes;
  const text = `${key} must be 0 or at least ${sizeText(LEAST_TOTAL)}, not ${rawText(scope, DAEMON.maxTotal)}`;
  report(scope, key, text, "out-of-range");
  return 0;
}

const READERS: Readers<typeof DAEMON> = {
  maxTotal: readMaxTotal,
  childLogDir: (scope) => readOption(scope, DAEMON.childLogDir) ?? scope.reading.world.tempDir,
  environment: readOwnEnvironment,
};

/** Reads the section; adds its environment to the names that later sections may use. */
export function readDaemonSection(reading: Reading, section: RawSection): DaemonSection {
  return readFields(openScope(reading, section, "supervisord"), DAEMON, ORDER, READERS, {});
}

/** Looks the user up; this comes after everything else, so its problem comes last. */
function findUser(text: string, { raw, world, problems }: Reading): DaemonOptions["user"] {
  const uid = parseValue("user", text, world);
  if (!uid.ok) {
    const written = findOption(raw, "supervisord", "user");
    // -u has no line.
    const option = written?.value === text ? written : null;
    const place = { file: option?.file ?? null, line: option?.line ?? null };
    const rule = ruleOfValue("value", "user", text);
    problems.push({ rule, text: uid.error, ...place, section: "supervisord", key: "user" });
    return null;
  }
  const user = world.findUser(uid.value);
  return user === null ? null : { uid: user.uid, gid: user.gid, name: user.name };
}

/** Command line over file over default. */
export function applyArguments(
  section: DaemonSection,
  overrides: Partial<DaemonSection>,
  reading: Reading,
): DaemonOptions {
  const { world, configFile, here } = reading;
  const options = { ...section, ...overrides };
  const { logfile, pidfile, umask, user } = options;
  return {
    ...options,
    configFile,
    here,
    logfile: logfile === "syslog" ? logfile : resolvePath(logfile, world),
    pidfile: resolvePath(pidfile, world),
    umask: maskBits(umask),
    user: user === null ? null : findUser(user, reading),
  };
}
