// The settings of ctl: another address than that of the daemon, or another configuration (SOCK-005), an invalid one (SOCK-006), no
// RPC interface (SOCK-013) or other credentials (SOCK-014).

import { isHashed } from "../../../core/access/passwords.ts";
import { printable } from "../../../core/base/printable.ts";
import type { Credentials, CtlOptions, ServerConfig } from "../../../core/config/model.ts";
import { joinPath, splitPath } from "../../../core/config/paths.ts";
import { readServerUrl, serverUrlOf } from "../../../core/config/server-address.ts";
import { bracketed } from "../../../core/net/tcp-table.ts";
import { MAIN_FACTORY } from "../../../core/plugins/known.ts";
import type { PlannedStep } from "../../../install/plan/steps.ts";
import { readConfig } from "../../facts/access.ts";
import { describeDaemon } from "../../facts/daemons.ts";
import type { DoctorFacts } from "../../facts/doctor-facts.ts";
import { isSamePath } from "../../facts/probe.ts";
import { isSameServer, listenersAt, resolved } from "../../facts/servers.ts";
import type { Finding } from "../../model.ts";
import { shellWord } from "../../repairs/commands.ts";
import {
  changeOptions,
  describeChanges,
  optionPlace,
  writtenValue,
} from "../../repairs/config-edits.ts";
import { fix, repair } from "../../repairs/fix.ts";
import { byHand } from "../../repairs/repairs.ts";
import { check, finding, type Results, setOptions, unknown } from "../check.ts";
import { fixRepair } from "../config/problems.ts";
import { optionsIn } from "../system-files.ts";
import { addressKey, addressOf, answerOf } from "./addresses.ts";

/** The section and the option of ctl with the address of the server. */
const CTL = "supervisorctl";
const KEY = "serverurl";

export const OTHER_ADDRESS = check("SOCK-005", (facts) => [
  differentUrl(facts),
  movedAddresses(facts),
  foundFirst(facts),
]);

/** serverurl is not an address of the same configuration. */
function differentUrl(facts: DoctorFacts): Finding | null {
  const { config, servers, daemon } = facts;
  const url = config.ctl?.serverUrl ?? null;
  const own = readConfig(facts)?.servers ?? [];
  const [first] = [...own].sort((left) => (left.kind === "unix" ? -1 : 1));
  if (url === null || first === undefined || !config.raw?.sections.has(CTL)) return null;
  if (!isLocal(url) || own.some((server) => isAddressOf(server, url, facts))) return null;
  const answer = servers.find((one) => isSameServer(one.url, url));
  const other = answer?.kind === "answers" ? answer.daemon : null;
  if (other !== null && other.pid === daemon?.pid) return null;
  const value = serverUrlOf(first).replaceAll("%", "%%");
  return finding("error", KEY, {
    symptom:
      other === null
        ? `${url} ${url.startsWith("unix://") ? "no such file" : "refused connection"}`
        : "ctl shows the programs of another daemon",
    cause: "serverurl of ctl is not the address of a server in this configuration.",
    evidence: [
      printable(`serverurl is ${url}`),
      ...own.map((server) => printable(`[${server.section}] is ${addressOf(server)}`)),
      other === null ? null : `pid ${other.pid} answers at serverurl`,
    ],
    place: optionPlace(config, CTL, KEY),
    repair: setOptions(`Set serverurl of ctl to ${value}`, CTL, { [KEY]: value }, facts),
  });
}

/** The address of another machine is intended. */
function isLocal(url: string): boolean {
  return (
    url.startsWith("unix:///") ||
    /^https?:\/\/(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])(?:[:/]|$)/.test(url)
  );
}

function isAddressOf(server: ServerConfig, url: string, facts: DoctorFacts): boolean {
  const asked = answerOf(server, facts)?.url;
  if (asked !== undefined && isSameServer(asked, url)) return true;
  const read = readServerUrl(url);
  if (!read.ok) return false;
  const { value } = read;
  // Any name of this machine may resolve to the address of a server with this port.
  if (server.kind === "inet") return value.kind === "tcp" && value.port === server.port;
  if (value.kind !== "unix") return false;
  const [left, right] = [value.path, server.path].map((path) =>
    joinPath(resolved(path, facts.probe), splitPath(path).tail),
  );
  return left === right;
}

/** The daemon listens at another address than the configuration contains now. */
function movedAddresses(facts: DoctorFacts): Results {
  const { daemon, config, caller, probe } = facts;
  if (daemon === null || config.path === null) return null;
  const own = probe.listeners().filter(({ pid }) => pid === daemon.pid);
  const isHidden = own.length === 0 && caller.uid !== 0 && caller.uid !== daemon.uid;
  if (own.length === 0 && !isHidden) return null;
  return (readConfig(facts)?.servers ?? []).map((server) => {
    const kind = answerOf(server, facts)?.kind;
    if (kind !== "missing" && kind !== "refused") return null;
    const isThere =
      server.kind === "unix"
        ? listenersAt(server.path, probe).length > 0
        : own.some((one) => one.kind === "tcp" && one.port === server.port);
    if (isThere) return null;
    if (isHidden) return unknown(`where the daemon, pid ${daemon.pid}, listens (needs root)`);
    const old = own
      .filter((one) => one.kind === (server.kind === "unix" ? "unix" : "tcp"))
      .map(({ kind, address: at, port }) =>
        kind === "unix" ? `unix://${at.replace(/\.\d+$/, "")}` : `http://${bracketed(at)}:${port}`,
      );
    const address = addressOf(server);
    return finding("error", address, {
      symptom: `${address} ${server.kind === "unix" ? "no such file" : "refused connection"}`,
      cause: "The daemon was started before this address was written into its configuration.",
      evidence: [
        describeDaemon(daemon, probe),
        ...old.map((one) => printable(`it listens on ${one}`)),
      ],
      place: optionPlace(config, server.section, addressKey(server)),
      repair: byHand("Reload the daemon when its programs may be restarted", [
        `kill -HUP ${daemon.pid}   # restarts all programs`,
      ]),
    });
  });
}

/** ctl without -c reads the first file of the list, but the daemon uses another one. It finds that of a service by itself. */
function foundFirst({ config, servers, probe }: DoctorFacts): Finding | null {
  const { path, chosenBy, search } = config;
  if (path === null || chosenBy !== "daemon") return null;
  const found = search.find(({ exists }) => exists)?.path ?? null;
  if (found === null) return null;
  if (isSamePath(found, path, probe)) return null;
  const asked = optionsIn(found, CTL, probe)?.get(KEY);
  if (asked !== undefined && servers.some(({ url }) => isSameServer(url, asked))) return null;
  const list = search.map((one) => `${one.path}${one.exists ? " (exists)" : ""}`);
  return finding("warning", found, {
    symptom: "ctl without -c connects to another daemon, or to none",
    cause: `ctl reads ${found}, but the daemon runs with ${path}.`,
    evidence: [printable(`search order: ${Array.from(new Set(list)).join(", ")}`)],
    place: { file: found, line: null, section: null, key: null },
    repair: byHand("Name the configuration, or move the other file away", [
      `tsv status -c ${shellWord(path)}`,
    ]),
  });
}

/** Usually a path without unix://. */
export const BAD_SERVERURL = check("SOCK-006", ({ config, probe }) => {
  const url = config.ctl?.serverUrl ?? null;
  const problem = url === null ? null : problemOf(url);
  if (url === null || problem === null) return null;
  const written = writtenValue(config, CTL, KEY);
  const meant = prefixed(written ?? url, meantUrl(url));
  const changes = meant === null ? [] : [{ section: CTL, key: KEY, value: meant }];
  const hidden = url.replace(/\/\/[^/@]*@/, "//…@");
  return finding("error", KEY, {
    symptom: printable(problem.replace(url, () => hidden)),
    cause:
      "serverurl has to be unix:// with an absolute path, or http:// or https:// with host and port.",
    evidence: [`serverurl is ${printable(hidden)}`],
    place: optionPlace(config, CTL, KEY),
    repair: repair(
      meant === null ? "Write a valid address" : `Write ${printable(meant)}`,
      written !== null && meant !== null
        ? fix.options(config, changes, probe)
        : fix.manual(...describeChanges(config, changes)),
    ),
  });
});

/** The error message of ctl for a URL; null if the URL is valid. */
function problemOf(url: string): string | null {
  const read = readServerUrl(url);
  if (!read.ok) return read.error;
  const isRelative = read.value.kind === "unix" && !read.value.path.startsWith("/");
  return isRelative ? `Unknown protocol for serverurl ${url}` : null;
}

/** The intended URL; null if it cannot be guessed. */
export function meantUrl(url: string): string | null {
  const path = /^(?:unix:\/{0,2})?(\/[^/].*)$/i.exec(url)?.[1];
  if (path !== undefined) return `unix://${path}`;
  if (/^(?:tcp:\/\/)?(?:\[[\da-f:]+\]|[\w.-]+):\d+\/?$/i.test(url)) {
    return `http://${url.replace(/^tcp:\/\//i, "")}`;
  }
  return null;
}

/** The text as written, including expansions, with the right prefix. */
function prefixed(written: string, meant: string | null): string | null {
  if (meant === null) return null;
  const bare = written.replace(/^(?:unix:(?:\/\/(?!\/))?|tcp:\/\/)/i, "");
  return `${meant.startsWith("unix:") ? "unix" : "http"}://${bare}`;
}

const RPC_SECTION = "rpcinterface:supervisor";
const RPC_KEY = "supervisor.rpcinterface_factory";

export const NO_RPC_INTERFACE = check("SOCK-013", (facts) => {
  const config = readConfig(facts);
  const { path } = facts.config;
  if (config === null || path === null || config.servers.length === 0) return null;
  const isServed = config.rpcInterfaces.some(
    ({ name, factory }) => name === "supervisor" && factory.trim() === MAIN_FACTORY,
  );
  return isServed ? unread(path, facts) : missing(path, facts);
});

const NO_METHODS = "the daemon knows no request of ctl";

/** The section exists, but the running daemon was started without it. */
function unread(path: string, { daemon, servers }: DoctorFacts): Finding | null {
  const methods = servers.find((one) => one.daemon !== null)?.daemon?.methods ?? [];
  if (daemon === null || methods.length === 0) return null;
  if (methods.some((name) => name.startsWith("supervisor."))) return null;
  return finding("error", `pid ${daemon.pid}`, {
    symptom: NO_METHODS,
    cause: `The daemon was started before [${RPC_SECTION}] was added to its configuration.`,
    evidence: [`the daemon offers no methods of supervisor, but ${path} has the section`],
    repair: byHand("Reload the daemon when its programs may be restarted", [
      `kill -HUP ${daemon.pid}`,
    ]),
  });
}

function missing(path: string, facts: DoctorFacts): Finding {
  const { config, daemon, probe } = facts;
  const other = config.raw?.sections.get(RPC_SECTION)?.options.get(RPC_KEY);
  const lines = [`[${RPC_SECTION}]`, `${RPC_KEY} = ${MAIN_FACTORY}`];
  const command = `# in ${path} write: ${lines.join(" and ")}`;
  const restart =
    daemon === null ? "" : ", then restart the daemon when its programs may be restarted";
  return finding("error", path, {
    symptom: NO_METHODS,
    cause:
      other === undefined
        ? `The configuration has a control server, but no section [${RPC_SECTION}].`
        : `The factory of the section [${RPC_SECTION}] is not that of Supervisor's methods.`,
    evidence: other === undefined ? [] : [`${RPC_KEY} = ${other.value}`],
    place:
      other === undefined
        ? optionPlace(config, readConfig(facts)?.servers[0]?.section ?? "", "")
        : optionPlace(config, RPC_SECTION, RPC_KEY),
    repair:
      other === undefined
        ? fixRepair(
            path,
            {
              advice: `Add the section [${RPC_SECTION}]${restart}`,
              edits: [{ kind: "append", lines }],
            },
            probe,
            command,
          )
        : byHand(`Move the other factory to a section of another name${restart}`, [command]),
  });
}

export const CREDENTIALS = check("SOCK-014", (facts) => {
  const { ctl } = facts.config;
  if (ctl === null) return null;
  const server = (readConfig(facts)?.servers ?? []).find((one) => {
    const url = answerOf(one, facts)?.url;
    return url !== undefined && isSameServer(url, ctl.serverUrl);
  });
  if (server === undefined || server.credentials === null) return null;
  const kind = kindOf(server, server.credentials, ctl, facts);
  return kind === null ? null : differing(kind, server, facts);
});

/** Why ctl is refused; null if it is not. */
type Kind = "differs" | "hash" | "stale";

function kindOf(
  server: ServerConfig,
  { username, password }: Credentials,
  ctl: CtlOptions,
  facts: DoctorFacts,
): Kind | null {
  const isRefused = answerOf(server, facts)?.kind === "unauthorized";
  const isHash = isHashed(password);
  if (ctl.username !== null && isHash && isHashed(ctl.password ?? "")) return "hash";
  if (ctl.username !== username || ctl.password === null) return "differs";
  if (isHash) return isRefused ? "differs" : null;
  if (ctl.password !== password) return "differs";
  return isRefused ? "stale" : null;
}

const CAUSES: Readonly<Record<Kind, string>> = {
  differs: "The user name and password of the server are not those of [supervisorctl].",
  hash: "[supervisorctl] contains the hash of the password, but ctl has to send the password itself.",
  stale: "The daemon still uses the user name and password that it was started with.",
};

function differing(kind: Kind, server: ServerConfig, facts: DoctorFacts): Finding {
  const { config } = facts;
  const { section } = server;
  const steps = kind === "differs" ? copySteps(server, facts) : null;
  const has = (key: string): string => (writtenValue(config, CTL, key) === null ? "no" : "a");
  const advice =
    kind === "stale"
      ? "Restart the daemon when its programs may be restarted"
      : `Write the username of [${section}] and the password in clear text into [${CTL}], or use -u and -p`;
  return finding("error", section, {
    symptom: "Server requires authentication (401 Unauthorized)",
    cause: CAUSES[kind],
    evidence: [
      `${addressOf(server)}: [${section}] has a username and a password`,
      `[${CTL}] has ${has("username")} username and ${has("password")} password`,
    ],
    place: optionPlace(config, CTL, "password"),
    repair:
      steps === null
        ? byHand(advice)
        : repair(
            `Copy username and password of [${section}] into [${CTL}]`,
            fix.steps("B", [], steps),
          ),
  });
}

/** The pair as written, with expansions; null if it is hashed or cannot be copied as text. */
function copySteps(
  { section, credentials }: ServerConfig,
  { config, probe }: DoctorFacts,
): readonly PlannedStep[] | null {
  if (credentials === null || isHashed(credentials.password)) return null;
  const changes = (["username", "password"] as const).flatMap((key) => {
    const value = writtenValue(config, section, key);
    return value === null || /[\n;]|%\((?!ENV_)/.test(value) ? [] : [{ section: CTL, key, value }];
  });
  return changes.length === 2 ? changeOptions(config, changes, probe) : null;
}
