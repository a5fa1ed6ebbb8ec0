// SOCK-014: ctl and the server that it asks have different names or passwords.

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
  page: {
    symptom:
      "`Server requires authentication`, or `error: <class 'xmlrpc.client.ProtocolError'>, <ProtocolError for 127.0.0.1/RPC2: 401 Unauthorized>`.",
    cause:
      "The server that ctl asks has `username` and `password` in its section, and `[supervisorctl]` has none or others. The four pairs of a configuration are independent: those of `[unix_http_server]`, of `[inet_http_server]`, of `[supervisorctl]` and those on ctl's command line. A password that the server's section holds as `{SHA}` with its hash has to stand in clear text in ctl's. A daemon that runs knows the password it was started with, whatever the file says now.",
    repair:
      "After a yes doctor copies the pair of the server's section into `[supervisorctl]` of the same configuration, where it is as well protected as the original. A hashed password it cannot copy: write it there yourself, or give `-u` and `-p`.",
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

/** `none`: ctl has no pair. `hash`: it has the hash. `other`: the pairs differ. `stale`: they do not, and the daemon refuses. */
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
  none: "The server wants a name and a password, and [supervisorctl] has none: ctl works only with -u and -p.",
  hash: "[supervisorctl] holds the hash of the password, and ctl has to send the password itself.",
  other: "The names or passwords of the server and of [supervisorctl] differ.",
  refused: "The password in [supervisorctl] is not the one whose hash the server has.",
  stale: "The daemon still has the name and password that it was started with.",
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
  return `Write the username of [${section}] and the password in clear text into [${CTL}], or give -u and -p`;
}

/** The pair as it is written, so that an expansion stays one; null when it is hashed or cannot be copied as text. */
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
