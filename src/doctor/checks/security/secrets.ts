// Secrets that every user of the machine can read: passwords in the configuration (SEC-002) and in files of env_file= (SEC-009),
// and keys of servers that speak TLS (SEC-010).
// Findings name the options and variables, never their values.

import { parseEnvironmentPairs } from "../../../core/config/posix-lexer.ts";
import { parseEnvFile } from "../../../core/environment/env-file.ts";
import { tlsFilesOf } from "../../../core/net/certificates.ts";
import { isSecretName } from "../../../core/redact/secret-names.ts";
import {
  daemonAccount,
  firstPathProblem,
  OTHER_USER,
  ownership,
  readConfig,
} from "../../facts/access.ts";
import type { DoctorFacts } from "../../facts/doctor-facts.ts";
import { listSome } from "../../facts/logs.ts";
import { refusedLink, repairablePath } from "../../facts/path-trust.ts";
import type { Probe, Seen } from "../../facts/probe.ts";
import { type Supervised, supervisedPrograms } from "../../facts/supervised.ts";
import type { Finding, Repair } from "../../model.ts";
import { optionPlace, placeOf } from "../../repairs/config-edits.ts";
import { fix, repair } from "../../repairs/fix.ts";
import { ownerOf } from "../../repairs/repairs.ts";
import { check, finding, firstOfEach, groupBy } from "../check.ts";
import { behindLink } from "../programs/program.ts";
import { inetServers } from "../socket/addresses.ts";

export const READABLE_PASSWORD = check("SEC-002", (facts) =>
  Array.from(secretsByFile(facts), ([file, secrets]) => {
    const seen = readableFile(file, facts.probe);
    return seen === null ? null : readable(file, secrets, seen, facts);
  }),
);

export const READABLE_ENV_FILE = check("SEC-009", (facts) => {
  const files = supervisedPrograms(facts).flatMap((program) =>
    program.config.envFiles.map(({ path }) => ({ path, program })),
  );
  return firstOfEach(files, ({ path }) => path).map(({ path, program }) =>
    readableVariables(path, program, facts),
  );
});

export const READABLE_KEY = check("SEC-010", (facts) =>
  inetServers(facts).map((server) => {
    const path = tlsFilesOf(server)?.key ?? null;
    const seen = path === null ? null : readableFile(path, facts.probe);
    if (path === null || seen === null) return null;
    const { section, sslKey } = server;
    return finding("warning", path, {
      symptom: `every user of this machine can read the key in ${path}`,
      cause: "With the key, others can pretend to be this server, and read passwords.",
      evidence: [`${path} is ${ownership(seen, facts.probe)}`],
      place: optionPlace(facts.config, section, sslKey === null ? "ssl_cert" : "ssl_key"),
      repair: closedToOthers(path, seen, facts),
    });
  }),
);

/** The file, if every user can read it. */
function readableFile(path: string, probe: Probe): Seen | null {
  if (firstPathProblem(path, "read", OTHER_USER, probe) !== null) return null;
  const seen = probe.look(path);
  return seen.ok && seen.kind === "file" ? seen : null;
}

const CONTROL = /^(?:(?:unix|inet)_http_server(?::|$)|supervisorctl$)/;

const USER = /^user:/;
/** As `tsv passwd` writes them: to read one is not to know the secret. */
const HASH = /^\{(?:scrypt|SHA256)\}/;

/** The options with secrets; `name` is "password" or "token", or the name of the variable. */
function secretsByFile(facts: DoctorFacts) {
  const sections = Array.from(facts.config.raw?.sections.values() ?? []);
  const secrets = sections.flatMap(({ name: section, options }) => {
    const written = options.get("environment");
    // What it inherits is a secret of the template.
    const environment = written?.from === undefined ? written : undefined;
    const isOfServer = CONTROL.test(section) || USER.test(section);
    const ofServer = isOfServer ? ["password", "token"] : [];
    const controls = ofServer.flatMap((name) => {
      const option = options.get(name);
      // A value from the environment is not in this file.
      if (option === undefined || isEmpty(option.value)) return [];
      const isControl = USER.test(section) || opens(option.value, facts);
      return [{ section, option, name, isControl }];
    });
    const pairs = environment === undefined ? null : parseEnvironmentPairs(environment.value);
    const variables =
      environment === undefined || pairs?.ok !== true
        ? []
        : pairs.value.flatMap(({ key: name, value }) =>
            isSecretName(name) && !isEmpty(value)
              ? [{ section, option: environment, name, isControl: false }]
              : [],
          );
    return [...controls, ...variables];
  });
  return groupBy(secrets, ({ option }) => option.file);
}

/**
 * Whether a password gives access to users who could not connect without it.
 * @remarks Many configurations have a meaningless password for the socket, to silence Supervisor's warning: there the mode
 * decides.
 */
function opens(password: string, facts: DoctorFacts): boolean {
  const servers = readConfig(facts)?.servers ?? [];
  const isGuarded = servers.some(
    (server) =>
      server.credentials !== null && (server.kind === "inet" || (server.mode & 0o002) !== 0),
  );
  const isRemote = facts.config.ctl?.serverUrl.startsWith("http") === true;
  const isOfSocket = servers.some(
    ({ kind, credentials }) => kind === "unix" && credentials?.password === password,
  );
  return isGuarded || (isRemote && !isOfSocket);
}

function isEmpty(value: string): boolean {
  return value === "" || HASH.test(value) || /^%\(ENV_\w+\)s$/.test(value);
}

function readable(
  file: string,
  secrets: NonNullable<ReturnType<ReturnType<typeof secretsByFile>["get"]>>,
  seen: Seen,
  facts: DoctorFacts,
): Finding {
  const { probe } = facts;
  const controls = secrets.filter(({ isControl }) => isControl);
  const hasControl = controls.length > 0;
  const shown = hasControl ? controls : secrets;
  const [first] = shown;
  // The daemon reads the file at a reload, and members of the socket's group run ctl.
  const real = probe.realPath(file) ?? file;
  const gid = readersOf(seen, facts);
  const { group } = ownerOf({ uid: seen.uid, gid }, probe);
  const after = { uid: seen.uid, gid, mode: (seen.mode & ~0o007) | 0o040 };
  return finding(hasControl ? "warning" : "info", file, {
    symptom: `every user of this machine can read ${first?.name ?? "a password"} in ${file}`,
    cause: hasControl
      ? "The file contains the password of the control server, and other users can read it."
      : "The file contains values that look like secrets, and other users can read it.",
    evidence: [
      `${file} is ${ownership(seen, probe)}`,
      `it contains ${listSome(shown.map(({ section, name }) => `[${section}] ${name}`))}`,
    ],
    place: first === undefined ? null : placeOf(first.section, first.option),
    repair: repair(
      `Restrict read access to ${real} to its owner and the group ${group}`,
      fix.access("B", real, seen, after, probe),
    ),
  });
}

function readersOf(seen: Seen, facts: DoctorFacts): number {
  const account = daemonAccount(facts);
  const needsGroup = account.uid !== 0 && account.uid !== seen.uid;
  if (needsGroup) return account.gids.includes(seen.gid) ? seen.gid : (account.gids[0] ?? seen.gid);
  if (seen.gid !== 0) return seen.gid;
  const sockets = (readConfig(facts)?.servers ?? []).flatMap((server) =>
    server.kind === "unix" && (server.mode & 0o020) !== 0 ? [server.owner?.gid ?? -1] : [],
  );
  const ofSocket = sockets.find((gid) => gid > 0);
  return ofSocket ?? facts.probe.group(facts.service.name)?.gid ?? seen.gid;
}

function readableVariables(path: string, program: Supervised, facts: DoctorFacts): Finding | null {
  // The daemon does not read what root would not follow: PROG-028.
  const { probe } = facts;
  if (daemonAccount(facts).uid === 0 && refusedLink(path, probe) !== null) return null;
  const seen = readableFile(path, probe);
  const parsed = seen === null ? null : parseEnvFile(probe.readText(path) ?? "");
  if (seen === null || parsed?.ok !== true) return null;
  const names = parsed.value
    .filter(({ name, value }) => isSecretName(name) && value !== "")
    .map(({ name }) => name);
  if (names.length === 0) return null;
  return finding("warning", path, {
    symptom: `every user of this machine can read ${names[0]} in ${path}`,
    cause: "The file contains values that look like secrets, and other users can read it.",
    evidence: [`${path} is ${ownership(seen, probe)}`, `it contains ${listSome(names)}`],
    place: optionPlace(facts.config, program.section, "env_file"),
    repair: closedToOthers(path, seen, facts),
  });
}

function closedToOthers(path: string, seen: Seen, facts: DoctorFacts): Repair {
  const real = repairablePath(path, facts);
  return (
    behindLink(path, facts) ??
    repair(
      `Remove the permissions of others from ${real}`,
      fix.access("B", real, seen, { ...seen, mode: seen.mode & ~0o007 }, facts.probe),
    )
  );
}
