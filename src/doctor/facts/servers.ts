// Which control servers to query, with which credentials, and which of their answers to trust.

import { isHashed } from "../../core/access/passwords.ts";
import type { Config, CtlOptions } from "../../core/config/model.ts";
import { dirname, splitPath } from "../../core/config/paths.ts";
import { PRIVATE_SECTION, readServerUrl, serverUrlOf } from "../../core/config/server-address.ts";
import { type TlsAccess, tlsAccessOf, tlsFilesOf } from "../../core/net/certificates.ts";
import type {
  ConfigFacts,
  DoctorFacts,
  KnownProgram,
  ProgramStatus,
  ServerAnswer,
  ServiceState,
} from "./doctor-facts.ts";
import type { Listener, Probe } from "./probe.ts";

/** A server to query. */
export interface ServerQuestion {
  readonly section: string;
  /** `unix:///path`, `http://host:port` or `https://host:port`. */
  readonly url: string;
  /** Absent for a server without TLS. */
  readonly tls?: TlsAccess;
  readonly credentials: { readonly username: string; readonly password: string } | null;
  /** The uid of the daemon in the configuration; null if it names no user. */
  readonly daemonUser?: string | null;
}

/**
 * The servers of a configuration, then the address of ctl if it is different.
 * @param unnamed the path of a control socket that no section names: the private one of a daemon without servers, or that
 * of a service whose configuration this user cannot read; null for none
 */
export function serversToAsk(
  config: Config | null,
  ctl: CtlOptions | null,
  unnamed: string | null,
): readonly ServerQuestion[] {
  const ofCtl = ctl === null ? null : credentialsOf(ctl);
  const uid = config?.daemon.user?.uid;
  const daemonUser = uid === undefined ? (ctl?.daemonUser ?? null) : String(uid);
  const own = (config?.servers ?? []).map((server): ServerQuestion => {
    const { section, credentials } = server;
    const isPlain = credentials !== null && !isHashed(credentials.password);
    const known = isPlain ? credentials : credentials === null ? null : ofCtl;
    const files = tlsFilesOf(server);
    const tls = files === null ? {} : { tls: tlsAccessOf(ctl ?? {}, files.cert) };
    return { section, url: serverUrlOf(server), credentials: known, daemonUser, ...tls };
  });
  const socket = `unix://${unnamed}`;
  const privately = { section: PRIVATE_SECTION, url: socket, credentials: null, daemonUser };
  const ofDaemon = config === null || unnamed === null ? [] : [privately];
  if (config !== null && own.length === 0 && ctl?.isServerNamed !== true) return ofDaemon;
  if (config === null && ctl === null && unnamed !== null) {
    return [{ section: "unix_http_server", url: socket, credentials: null }];
  }
  const all = own.length === 0 ? [] : [...own, ...ofDaemon];
  if (ctl === null || own.some(({ url }) => isSameServer(url, ctl.serverUrl))) return all;
  const { serverUrl: url } = ctl;
  const tls = url.startsWith("https:") ? { tls: tlsAccessOf(ctl, ctl.pinned ?? null) } : {};
  return [...all, { section: "supervisorctl", url, credentials: ofCtl, daemonUser, ...tls }];
}

/** The socket that a service has by default, if this user cannot read which one its configuration names; otherwise null. */
export function hiddenSocket({
  config: { daemon, ctl },
  service: { file, layout },
}: {
  readonly config: Pick<ConfigFacts, "daemon" | "ctl">;
  readonly service: ServiceState;
}): string | null {
  return daemon?.ok === false && ctl === null && file !== null ? layout.socket : null;
}

/** The answers of the servers of the configuration; also that of ctl's address while the configuration cannot be read. */
export function ownAnswers({
  config,
  servers,
}: Pick<DoctorFacts, "config" | "servers">): readonly ServerAnswer[] {
  if (config.daemon?.ok !== true) return servers;
  return servers.filter(({ section }) => section !== "supervisorctl");
}

/** `localhost` and `127.0.0.1` are equal; a server on all addresses is reached at either. */
export function isSameServer(left: string, right: string): boolean {
  const plain = (url: string): string =>
    url
      .replace(/^(https?):\/\/(?:localhost|127\.0\.0\.1)(?=[:/]|$)/, "$1://local")
      .replace(/\/$/, "");
  return plain(left) === plain(right);
}

function credentialsOf({ username, password }: CtlOptions): ServerQuestion["credentials"] {
  return username === null || password === null ? null : { username, password };
}

/** A host may have a thousand healthy programs; at most this many others are queried. */
const MOST_ASKED = 200;

/**
 * The programs with relevant history: those that are not RUNNING, and those whose run is younger than an hour.
 * @param one the only program to query: "web", "pool:a", or a group
 */
export function worthAsking(
  programs: readonly ProgramStatus[],
  one: string | null = null,
): readonly string[] {
  const wanted = one?.replace(/:\*?$/, "");
  const chosen = programs.filter(({ group, name, state, start, now, description }) => {
    if (wanted !== undefined) return [group, name, `${group}:${name}`].includes(wanted);
    const isYoung = now - start < 3600;
    const isRelevant = state !== "RUNNING" || isYoung || description.startsWith("unhealthy: ");
    return start !== 0 && isRelevant;
  });
  return chosen.slice(0, MOST_ASKED).map(({ group, name }) => `${group}:${name}`);
}

/**
 * Selects the server whose programs are known, to query their runs: the methods that it has, and the names of programs.
 * @param servers in the order of the questions
 * @param program whose runs are queried even if it is healthy
 */
export function runsToAsk(
  questions: readonly ServerQuestion[],
  servers: readonly QueriedServer[],
  program: string | null,
): { question: ServerQuestion; methods: readonly string[]; names: readonly string[] } | null {
  const index = servers.findIndex(({ programs }) => programs !== null);
  const question = questions[index];
  const { answer, programs } = servers[index] ?? {};
  if (question === undefined || !answer?.daemon) return null;
  return { question, methods: answer.daemon.methods, names: worthAsking(programs ?? [], program) };
}

// Whether to trust a listener: while a daemon is down, any user may listen on its port, or on its socket in /tmp.

/** The answer of a server, with its programs and how it has read them; null if they are unknown. */
export interface QueriedServer {
  readonly answer: ServerAnswer;
  readonly programs: readonly ProgramStatus[] | null;
  readonly known: readonly KnownProgram[] | null;
}

/** The user who runs doctor, and the accounts besides root and this user that are trusted. */
export interface Trust {
  readonly caller: number;
  readonly accounts: readonly number[];
}

export function isTrusted(uid: number, { caller, accounts }: Trust): boolean {
  return uid === 0 || uid === caller || accounts.includes(uid);
}

/** The queries, without passwords if another user's process is listening. */
export function safeQuestions(
  questions: readonly ServerQuestion[],
  trust: Trust,
  probe: Probe,
): readonly ServerQuestion[] {
  return questions.map((question) => {
    if (question.credentials === null) return question;
    const isForeign = ownersAt(question.url, probe).some(
      (uid) => uid !== null && !isTrusted(uid, trust),
    );
    return isForeign ? { ...question, credentials: null } : question;
  });
}

/** The answers, without the programs of servers that are not believed. */
export function believedAnswers(
  servers: readonly QueriedServer[],
  trust: Trust,
  probe: Probe,
): readonly QueriedServer[] {
  return servers.map((server) =>
    isBelieved(server.answer.url, trust, probe)
      ? server
      : { ...server, programs: null, known: null },
  );
}

/**
 * Whether the listeners at an address belong to trusted accounts.
 * @param url `unix:///path` or `http://host:port`
 * @remarks Only root sees the owners of all sockets, and only root can be tricked into harming others: for other users, an
 * unknown owner does not matter.
 */
function isBelieved(url: string, trust: Trust, probe: Probe): boolean {
  const isRoot = trust.caller === 0;
  const owners = ownersAt(url, probe);
  if (isRoot && owners.length === 0) return false;
  return owners.every((uid) => (uid === null ? !isRoot : isTrusted(uid, trust)));
}

/** The users of the listeners; null for an unknown one. */
function ownersAt(url: string, probe: Probe): readonly (number | null)[] {
  return listenersOf(url, probe).map(({ pid }) =>
    pid === null ? null : (probe.process(pid)?.uid ?? null),
  );
}

/** All processes that listen on the port, at any address: "localhost" may have several. */
export function listenersOf(url: string, probe: Probe): readonly Listener[] {
  const address = readServerUrl(url);
  if (!address.ok) return [];
  const { value } = address;
  if (value.kind === "unix") return listenersAt(value.path, probe);
  return probe.listeners().filter((one) => one.kind === "tcp" && one.port === value.port);
}

/**
 * The listener of a Unix socket with that path in the kernel's list, even if its file was removed.
 * @remarks Supervisor binds `path.PID` and hard-links it to `path`, so the kernel knows only the first name.
 * /var/run and /run are one directory: names are compared with symlinks in their directories resolved.
 */
export function listenersAt(path: string, probe: Probe): readonly Listener[] {
  const name = splitPath(path).tail;
  const directory = resolved(path, probe);
  return probe.listeners().filter(({ kind, address }) => {
    if (kind !== "unix") return false;
    const own = splitPath(address).tail;
    const pid = own.startsWith(`${name}.`) ? own.slice(name.length + 1) : "";
    if (own !== name && !/^\d+$/.test(pid)) return false;
    return dirname(address) === dirname(path) || resolved(address, probe) === directory;
  });
}

/** The real directory of a path; the directory as written if it does not exist. */
export function resolved(path: string, probe: Probe): string {
  const directory = dirname(path);
  return probe.realPath(directory) ?? directory;
}
