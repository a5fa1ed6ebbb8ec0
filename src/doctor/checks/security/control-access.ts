// Who can control the daemon: a port without a secret password (SEC-001), and a socket that is open to all users (SEC-007).

import { SHA_PREFIX } from "../../../core/access/passwords.ts";
import { octalMode } from "../../../core/base/permission-words.ts";
import { printable } from "../../../core/base/printable.ts";
import type { Credentials } from "../../../core/config/model.ts";
import { bracketed } from "../../../core/net/tcp-table.ts";
import {
  daemonAccount,
  firstPathProblem,
  OTHER_USER,
  ownership,
  readConfig,
  userName,
} from "../../facts/access.ts";
import type { DoctorFacts } from "../../facts/doctor-facts.ts";
import type { Seen } from "../../facts/probe.ts";
import { listenersAt } from "../../facts/servers.ts";
import type { Finding, Repair } from "../../model.ts";
import { type OptionChange, optionPlace } from "../../repairs/config-edits.ts";
import { fix, repair } from "../../repairs/fix.ts";
import { byHand } from "../../repairs/repairs.ts";
import { check, finding, setOptions } from "../check.ts";
import {
  answerOf,
  type InetServer,
  inetServers,
  type UnixServer,
  unixServers,
} from "../socket/addresses.ts";
import { socketFix } from "../socket/socket-access.ts";

export const OPEN_PORT = check("SEC-001", (facts) => {
  const exposed = inetServers(facts).filter(
    ({ host, sslClientCa }) => !isLoopback(host) && sslClientCa === null,
  );
  return exposed.map((server) => {
    const { credentials } = server;
    if (credentials === null) return hasUsers(facts) ? null : openServer(server, facts);
    const isSample = isWellKnown(credentials) && !isFromEnvironment(server, facts);
    return isSample ? guessable(server, facts) : null;
  });
});

export const OPEN_SOCKET = check("SEC-007", (facts) =>
  unixServers(facts).map((server) =>
    server.credentials === null ? openSocket(server, facts) : null,
  ),
);

/** With a section [user:x], every such server asks for a password. */
function hasUsers(facts: DoctorFacts): boolean {
  return (readConfig(facts)?.users.length ?? 0) > 0;
}

/** Reachable only from this machine. */
export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[(.*)\]$/, "$1");
  return (
    /^127(?:\.\d{1,3}){1,3}$/.test(bare) ||
    bare === "::1" ||
    /^(?:localhost|ip6-localhost|ip6-loopback|localhost\.localdomain|.+\.localhost)$/.test(bare)
  );
}

function openServer(server: InetServer, facts: DoctorFacts): Finding {
  const { section, host, port } = server;
  const advice = "Make it listen on 127.0.0.1 only, or set username= and password=";
  return finding("warning", section, {
    symptom: "Server 'inet_http_server' running without any HTTP authentication checking",
    cause: reachable(server, facts),
    evidence: [
      `port=${host === "" ? "*" : printable(bracketed(host))}:${port} without username and password`,
    ],
    place: optionPlace(facts.config, section, "port"),
    repair: setOptions(advice, section, { port: `127.0.0.1:${port}` }, facts),
  });
}

function reachable({ host, port }: InetServer, facts: DoctorFacts): string {
  const shown = host === "" ? "all interfaces" : printable(host);
  const user = userName(daemonAccount(facts).uid, facts.probe);
  return `It listens on ${shown}, port ${port}, and anyone who can reach it controls programs as ${user}.`;
}

/** Passwords of samples and tutorials, each with its SHA-1. */
const WORDS: readonly (readonly [word: string, sha1: string])[] = [
  ["123", "40bd001563085fc35165329ea1ff5c5ecbdbbeef"],
  ["1234", "7110eda4d09e062aa5e4a390b0a572ac0d2c0220"],
  ["12345", "8cb2237d0679ca88db6464eac60da96345513964"],
  ["123456", "7c4a8d09ca3762af61e59520943dc26494f8941b"],
  ["12345678", "7c222fb2927d828af22f592134e8932480637c0d"],
  ["admin", "d033e22ae348aeb5660fc2140aec35850c4da997"],
  ["password", "5baa61e4c9b93f3f0682250b6cf8331b7ee68fd8"],
  ["pass", "9d4e1e23bd5b727046a9e3b4b7db57bd8d6ee684"],
  ["user", "12dea96fec20593566ab75692c9949596833adc9"],
  ["root", "dc76e9f0c0006e8f919e0c515c66dbba3982f785"],
  ["test", "a94a8fe5ccb19ba61c4c0873d391e987982fbbd3"],
  ["secret", "e5e9fa1ba31ecd1ae84f75caaa474f3a663f05f4"],
  ["changeme", "fa9beb99e4029ad5a6615399e7bbae21356086b3"],
  ["supervisor", "0f4d09e43d208d5e9222322fbc7091ceea1a78c3"],
  ["thepassword", "82ab876d1387bfafe46cc1c8a2ef074eae50cb1d"],
];

function isWellKnown({ username, password }: Credentials): boolean {
  if (password.startsWith(SHA_PREFIX)) {
    return WORDS.some(([, sha1]) => sha1 === password.slice(SHA_PREFIX.length));
  }
  const lower = password.toLowerCase();
  return lower === username.toLowerCase() || WORDS.some(([word]) => word === lower);
}

/** The value comes from the environment, not from the file. */
function isFromEnvironment({ section }: InetServer, { config }: DoctorFacts): boolean {
  const written = config.raw?.sections.get(section)?.options.get("password")?.value ?? "";
  return written.includes("%(ENV_");
}

function guessable(server: InetServer, facts: DoctorFacts): Finding {
  const { section, port } = server;
  return finding("warning", section, {
    symptom: `the password of [${section}] is easy to guess`,
    cause: reachable(server, facts),
    evidence: [
      `port ${port}, with a password from a sample configuration, or one that equals the user name`,
    ],
    place: optionPlace(facts.config, section, "password"),
    repair: byHand(
      `Choose a new password for [${section}], and write it into [supervisorctl] too`,
      ["head -c 18 /dev/urandom | base64"],
    ),
  });
}

const OTHERS = 0o002;

function openSocket(server: UnixServer, facts: DoctorFacts): Finding | null {
  const { probe } = facts;
  const { path, mode, section } = server;
  const found = probe.look(path);
  // A stale socket accepts no connections; SOCK-003 removes it.
  const isDead =
    answerOf(server, facts)?.kind === "refused" && listenersAt(path, probe).length === 0;
  const isSocket = found.ok && found.kind === "socket" && !isDead;
  const isOpen = isSocket && (found.mode & OTHERS) !== 0;
  const willBeOpen = (mode & OTHERS) !== 0;
  if (!isOpen && !willBeOpen) return null;
  const pathProblem = firstPathProblem(path, "connect", OTHER_USER, probe);
  // The socket may be missing or restricted now; a restricted directory in its path is permanent.
  if (pathProblem !== null && pathProblem.path !== path) return null;
  const user = userName(daemonAccount(facts).uid, probe);
  return finding("warning", path, {
    symptom: `every user of this machine can control the programs through ${path}`,
    cause: willBeOpen
      ? `chmod=${octalMode(mode)} lets every user connect, and the daemon runs as ${user}.`
      : `The socket was opened to all users by hand, and the daemon runs as ${user}.`,
    evidence: [
      isSocket ? `${path} is ${ownership(found, probe)}` : null,
      willBeOpen ? `[${section}] chmod=${octalMode(mode)}` : null,
    ],
    place: optionPlace(facts.config, section, "chmod"),
    repair: closeSocket(server, isSocket ? found : null, facts),
  });
}

/** @param found the living socket, if there is one */
function closeSocket(
  { path, section, owner, mode }: UnixServer,
  found: Seen | null,
  facts: DoctorFacts,
): Repair {
  const { probe } = facts;
  const account = daemonAccount(facts);
  const uid = owner !== null && owner.uid >= 0 ? owner.uid : account.uid;
  const given = owner !== null && owner.gid > 0 ? owner.gid : null;
  const ofService = probe.group(facts.service.name)?.gid ?? null;
  // Only root can give a file to a group that it is not a member of.
  const mayGive = ofService !== null && (account.uid === 0 || account.gids.includes(ofService));
  const gid = given ?? (mayGive ? ofService : null);
  const isWritten = (mode & OTHERS) !== 0;
  // A manual change is reverted to the configuration, if that gives a group access.
  const open = !isWritten && given !== null ? mode : 0o770;
  const closed = gid === null ? 0o700 : open;
  const names = gid === null ? null : probe.ownerName(uid, gid);
  const changes: OptionChange[] = [];
  if (isWritten) changes.push({ section, key: "chmod", value: octalMode(closed) });
  if (isWritten && names !== null && given === null) {
    changes.push({ section, key: "chown", value: names });
  }
  const isThere = found !== null && probe.linkTarget(path) === null;
  const after = (seen: Seen) => ({ ...seen, ...(gid === null ? {} : { uid, gid }), mode: closed });
  return repair(
    gid === null
      ? "Restrict the socket to the daemon's user"
      : `Restrict the socket to the group ${names?.split(":")[1]}`,
    fix.options(facts.config, changes, probe),
    ...(isThere ? [socketFix(path, found, after(found), probe)] : []),
  );
}
