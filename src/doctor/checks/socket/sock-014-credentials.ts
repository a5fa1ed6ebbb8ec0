// SOCK-014: the user names or passwords of ctl and its server differ.

import { SHA_PREFIX } from "../../../core/config/hashed-password.ts";
import type { Credentials, CtlOptions, ServerConfig } from "../../../core/config/model.ts";
import type { PlannedStep } from "../../../install/plan/steps.ts";
import { readConfig } from "../../facts/daemon-account.ts";
import type { Probe } from "../../facts/probe.ts";
import { isSameServer } from "../../facts/servers.ts";
import type { Situation } from "../../facts/situation.ts";
import type { Finding } from "../../model.ts";
import { changeOptions, optionPlace, writtenValue } from "../../repairs/option-edits.ts";
import { defineCheck } from "../check.ts";
import { addressOf, answerOf } from "./control-sockets.ts";

const CTL = "supervisorctl";

export const CREDENTIALS = defineCheck({
  code: "SOCK-014",
  area: "socket",
  title: "ctl without the server's password",
  repairs: ["B", "C"],
  page: {
    symptom:
      "`Server requires authentication`, or `error: <class 'xmlrpc.client.ProtocolError'>, <ProtocolError for 127.0.0.1/RPC2: 401 Unauthorized>`.",
    cause:
      "The server that ctl connects to has `username` and `password` in its section, and those in `[supervisorctl]` are missing or different. There are four independent pairs: in `[unix_http_server]`, in `[inet_http_server]`, in `[supervisorctl]` and on ctl's command line. If the server's section contains the password as a `{SHA}` hash, ctl's section needs it in clear text. A running daemon uses the password that it was started with, even if the file was changed.",
    repair:
      "After you confirm, doctor copies the pair from the server's section into `[supervisorctl]` of the same configuration, where it has the same protection. It cannot copy a hashed password: write the password there yourself, or use `-u` and `-p`.",
  },
  look(situation, probe) {
    const { ctl } = situation.config;
    const servers = readConfig(situation)?.servers ?? [];
    if (ctl === null) return [];
    const server = servers.find((one) => {
      const url = answerOf(one, situation)?.url;
      return url !== undefined && isSameServer(url, ctl.serverUrl);
    });
    if (server === undefined || server.credentials === null) return [];
    const kind = kindOf(server, server.credentials, ctl, situation);
    return kind === null ? [] : [differing(kind, server, situation, probe)];
  },
});

/** `none`: ctl has no pair. `hash`: it has the hash. `other`: the pairs differ. `stale`: they are equal, but the daemon refuses them. */
type Kind = "none" | "hash" | "other" | "refused" | "stale";

function kindOf(
  server: ServerConfig,
  { username, password }: Credentials,
  ctl: CtlOptions,
  situation: Situation,
): Kind | null {
  const isRefused = answerOf(server, situation)?.kind === "unauthorized";
  if (ctl.username === null || ctl.password === null) return "none";
  if (ctl.password.startsWith(SHA_PREFIX) && password.startsWith(SHA_PREFIX)) return "hash";
  if (ctl.username !== username) return "other";
  if (password.startsWith(SHA_PREFIX)) return isRefused ? "refused" : null;
  if (ctl.password !== password) return "other";
  return isRefused ? "stale" : null;
}

const CAUSES: Readonly<Record<Kind, string>> = {
  none: "The server requires a user name and password, but [supervisorctl] has none: ctl works only with -u and -p.",
  hash: "[supervisorctl] contains the hash of the password, but ctl has to send the password itself.",
  other: "The user names or passwords of the server and of [supervisorctl] differ.",
  refused: "The password in [supervisorctl] does not match the hash of the server.",
  stale: "The daemon still uses the user name and password that it was started with.",
};

function differing(kind: Kind, server: ServerConfig, situation: Situation, probe: Probe): Finding {
  const { config } = situation;
  const { section } = server;
  const steps = kind === "none" || kind === "other" ? copySteps(server, situation, probe) : null;
  const has = (of: string, key: string): string =>
    writtenValue(config, of, key) === null ? "no" : "a";
  return {
    severity: "error",
    subject: section,
    symptom: "Server requires authentication (401 Unauthorized)",
    cause: CAUSES[kind],
    evidence: [
      `${addressOf(server)}: [${section}] has a username and a password`,
      `[${CTL}] has ${has(CTL, "username")} username and ${has(CTL, "password")} password`,
    ],
    place: optionPlace(config, CTL, "password"),
    repair: {
      class: steps === null ? "C" : "B",
      advice: adviceFor(kind, section, steps !== null),
      commands: [],
      steps: steps ?? [],
    },
  };
}

function adviceFor(kind: Kind, section: string, canCopy: boolean): string {
  if (kind === "stale") return "Restart the daemon when its programs may be restarted";
  if (canCopy) return `Copy username and password of [${section}] into [${CTL}]`;
  return `Write the username of [${section}] and the password in clear text into [${CTL}], or use -u and -p`;
}

/** The pair as written, with expansions; null if it is hashed or cannot be copied as text. */
function copySteps(
  { section, credentials }: ServerConfig,
  { config }: Situation,
  probe: Probe,
): readonly PlannedStep[] | null {
  if (credentials === null || credentials.password.startsWith(SHA_PREFIX)) return null;
  const changes = (["username", "password"] as const).flatMap((key) => {
    const value = writtenValue(config, section, key);
    return value === null || /[\n;]|%\((?!ENV_)/.test(value) ? [] : [{ section: CTL, key, value }];
  });
  return changes.length === 2 ? changeOptions(config, changes, probe) : null;
}
