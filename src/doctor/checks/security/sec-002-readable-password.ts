// SEC-002: a file of the configuration contains a password, and every user can read it.

import { octalMode } from "../../../core/base/file-mode.ts";
import { parseEnvironmentPairs } from "../../../core/config/environment.ts";
import type { RawOption } from "../../../core/config/raw.ts";
import { isSecretName } from "../../../core/redact/secret-names.ts";
import { type Account, firstObstacle } from "../../facts/access.ts";
import { daemonAccount, readConfig, STRANGER } from "../../facts/daemon-account.ts";
import type { Probe, Seen } from "../../facts/probe.ts";
import type { Situation } from "../../facts/situation.ts";
import type { Finding, Repair } from "../../model.ts";
import { ownership } from "../../repairs/ownership.ts";
import { ownStep } from "../../repairs/repairs.ts";
import { shellLine } from "../../repairs/shell-quoting.ts";
import { defineCheck } from "../check.ts";

export const READABLE_PASSWORD = defineCheck({
  code: "SEC-002",
  area: "security",
  title: "password readable by all users",
  repairs: ["B"],
  page: {
    symptom: "`cat /etc/tsv/tsv.conf` shows `password=…` to every user of the machine.",
    cause:
      "Other users have permission to read the file and to enter all directories of its path. Its password gives access to the control server, and thereby to everything that the daemon can do. Two cases are only notes: the password of a socket that other users have no permission to open, because it protects nothing, and variables in `environment=` whose names look like passwords, tokens or keys, because doctor cannot know what they protect.",
    repair:
      "After you confirm, doctor removes the read permission of others and gives the group of the control socket permission to read the file, so that users of ctl can still use it. If other users may have read the password, change it.",
  },
  look(situation, probe) {
    const account = daemonAccount(situation, probe);
    return Array.from(secretsByFile(situation), ([file, secrets]) => ({ file, secrets })).flatMap(
      ({ file, secrets }) => {
        if (firstObstacle(file, "read", STRANGER, probe) !== null) return [];
        const seen = probe.look(file);
        if (!seen.ok || seen.kind !== "file") return [];
        return [readable({ file, secrets, seen }, account, situation, probe)];
      },
    );
  },
});

interface Secret {
  readonly section: string;
  readonly option: RawOption;
  /** "password", or the name of the variable. */
  readonly name: string;
  readonly isControl: boolean;
}

const CONTROL = /^(?:(?:unix|inet)_http_server(?::|$)|supervisorctl$)/;

function secretsByFile(situation: Situation): ReadonlyMap<string, readonly Secret[]> {
  const { config } = situation;
  const files = new Map<string, Secret[]>();
  const add = (secret: Secret): void => {
    const there = files.get(secret.option.file);
    if (there === undefined) files.set(secret.option.file, [secret]);
    else there.push(secret);
  };
  for (const { name: section, options } of config.raw?.sections.values() ?? []) {
    const password = options.get("password");
    // A value from the environment is not in this file.
    if (password !== undefined && CONTROL.test(section) && !isEmpty(password.value)) {
      const isControl = opens(password.value, situation);
      add({ section, option: password, name: "password", isControl });
    }
    const environment = options.get("environment");
    const pairs = environment === undefined ? null : parseEnvironmentPairs(environment.value);
    if (environment === undefined || pairs?.ok !== true) continue;
    for (const { key, value } of pairs.value) {
      if (!isSecretName(key) || isEmpty(value)) continue;
      add({ section, option: environment, name: key, isControl: false });
    }
  }
  return files;
}

/**
 * Whether a password gives access to users who could not connect without it.
 * @remarks Many configurations have a meaningless password for the socket, to silence Supervisor's warning: there the mode
 * decides.
 */
function opens(password: string, situation: Situation): boolean {
  const servers = readConfig(situation)?.servers ?? [];
  const isGuarded = servers.some(
    (server) =>
      server.credentials !== null && (server.kind === "inet" || (server.mode & 0o002) !== 0),
  );
  const isRemote = situation.config.ctl?.serverUrl.startsWith("http") === true;
  const isOfSocket = servers.some(
    ({ kind, credentials }) => kind === "unix" && credentials?.password === password,
  );
  return isGuarded || (isRemote && !isOfSocket);
}

function isEmpty(value: string): boolean {
  return value === "" || /^%\(ENV_\w+\)s$/.test(value);
}

interface Readable {
  readonly file: string;
  readonly secrets: readonly Secret[];
  readonly seen: Seen;
}

function readable(
  { file, secrets, seen }: Readable,
  account: Account,
  situation: Situation,
  probe: Probe,
): Finding {
  const controls = secrets.filter(({ isControl }) => isControl);
  const shown = controls.length > 0 ? controls : secrets;
  const [first] = shown;
  const names = shown.slice(0, 4).map(({ section, name }) => `[${section}] ${name}`);
  const more = shown.length > 4 ? ` and ${shown.length - 4} more` : "";
  return {
    severity: controls.length > 0 ? "warning" : "info",
    subject: file,
    symptom: `every user of this machine can read ${first?.name ?? "a password"} in ${file}`,
    cause:
      controls.length > 0
        ? "The file contains the password of the control server, and other users can read it."
        : "The file contains values that look like secrets, and other users can read it.",
    evidence: [`${file} is ${ownership(seen, probe)}`, `it contains ${names.join(", ")}${more}`],
    place:
      first === undefined
        ? null
        : { file, line: first.option.line, section: first.section, key: first.option.key },
    repair: closeFile(file, seen, account, { situation, probe }),
  };
}

/** Keeps the necessary access: the daemon reads the file at a reload, and members of the socket's group run ctl. */
function closeFile(
  file: string,
  seen: Seen,
  account: Account,
  { situation, probe }: { readonly situation: Situation; readonly probe: Probe },
): Repair {
  const real = probe.realPath(file) ?? file;
  const gid = readersOf(seen, account, situation, probe);
  const after = { uid: seen.uid, gid, mode: (seen.mode & ~0o007) | 0o040 };
  const [, group = String(gid)] = probe.ownerName(seen.uid, gid).split(":");
  return {
    class: "B",
    advice: `Restrict read access to ${real} to its owner and the group ${group}`,
    commands: [
      ...(gid === seen.gid ? [] : [shellLine(["chgrp", group, real])]),
      shellLine(["chmod", octalMode(after.mode), real]),
    ],
    steps: [ownStep(real, seen, after, probe)],
  };
}

function readersOf(seen: Seen, account: Account, situation: Situation, probe: Probe): number {
  const needsGroup = account.uid !== 0 && account.uid !== seen.uid;
  if (needsGroup) return account.gids.includes(seen.gid) ? seen.gid : (account.gids[0] ?? seen.gid);
  if (seen.gid !== 0) return seen.gid;
  const sockets = (readConfig(situation)?.servers ?? []).flatMap((server) =>
    server.kind === "unix" && (server.mode & 0o020) !== 0 ? [server.owner?.gid ?? -1] : [],
  );
  const ofSocket = sockets.find((gid) => gid > 0);
  return ofSocket ?? probe.group(situation.service.name)?.gid ?? seen.gid;
}
