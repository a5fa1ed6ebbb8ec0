// Which processes of a host are daemons of tsv or Supervisor, the configuration of each, and which of them belongs to the
// examined configuration.

import { printable } from "../../core/base/printable.ts";
import { joinPath, splitPath } from "../../core/config/paths.ts";
import { socketPathOf } from "../../core/config/server-address.ts";
import { redactPatterns } from "../../core/redact/patterns.ts";
import { userName } from "./access.ts";
import { isConfigHidden } from "./config-facts.ts";
import type { ConfigFacts, DoctorFacts, RunningDaemon, ServerAnswer } from "./doctor-facts.ts";
import { isSamePath, type Probe, type SeenProcess } from "./probe.ts";
import { isTrusted, listenersOf, ownAnswers, type ServerQuestion, type Trust } from "./servers.ts";

/** The default paths of Supervisor and tsv that do not depend on the working directory. */
const USUAL = [
  "/etc/tsv/tsv.conf",
  "/etc/supervisord.conf",
  "/etc/supervisor/supervisord.conf",
] as const;

/** All daemons of this host, without those in containers. */
export function findDaemons(probe: Probe): readonly RunningDaemon[] {
  return probe.processes().flatMap((process) => daemonOf(process, probe) ?? []);
}

/** The daemon that a process is; null if it is none of this host. */
export function daemonOf(process: SeenProcess, probe: Probe): RunningDaemon | null {
  const words = daemonWords(process);
  if (words === null || process.contained) return null;
  const { pid, uid, startTicks, startedMs, command, state, exe, exeDeleted, isKeeper } = process;
  const config = configOf(words.rest, process, probe);
  const { kind } = words;
  const its = { exe, exeDeleted, isKeeper };
  return { kind, pid, uid, startTicks, startedMs, command, config, state, ...its };
}

/**
 * Daemons that the caller can trust: those of root, of the caller, and of named accounts.
 * @remarks Any user can name a process `tsv daemon -c FILE`. Root must not use such a FILE for checks and repairs, nor
 * read variables from the environment of such a process, nor give logs to its user.
 */
export function believedDaemons(
  daemons: readonly RunningDaemon[],
  caller: number,
  accounts: readonly number[] = [],
): readonly RunningDaemon[] {
  return daemons.filter(({ uid }) => isTrusted(uid, { caller, accounts }));
}

interface DaemonWords {
  readonly kind: RunningDaemon["kind"];
  /** The arguments of the daemon. */
  readonly rest: readonly string[];
}

function daemonWords({ command, name, state }: SeenProcess): DaemonWords | null {
  if (state === "Z") return null;
  const [first = "", second = "", ...more] = command;
  if (/(?:^|\/)(?:python|pypy)[\d.]*$/.test(first)) {
    return base(second) === "supervisord" ? { kind: "supervisor", rest: more } : null;
  }
  // The script of Supervisor may appear as /usr/bin/supervisord, with the process name of the script, like tsv: the
  // executable decides.
  if (base(first) === "node" || name === "node") return nodeWords(command.slice(1));
  if (base(first) === "supervisord") return { kind: "tsv", rest: [second, ...more] };
  // The name may be that of a download: tsv-linux-amd64.
  const isTsv = /^tsv(?:[-_.\d]|$)/.test(base(first));
  return isTsv && second === "daemon" ? { kind: "tsv", rest: more } : null;
}

/** For tsv as a script on the distribution's Node. */
function nodeWords(words: readonly string[]): DaemonWords | null {
  const at = words.findIndex((word) => !word.startsWith("-"));
  const script = words[at] ?? "";
  const rest = words.slice(at + 1);
  if (base(script) === "supervisord") return { kind: "tsv", rest };
  const isTsv = /^tsv(?:\.c?js)?$/.test(base(script));
  return isTsv && rest[0] === "daemon" ? { kind: "tsv", rest: rest.slice(1) } : null;
}

function base(path: string): string {
  return splitPath(path).tail;
}

/** `-c FILE`, `-cFILE`, `--configuration FILE` or `=FILE`; otherwise the first existing default path. */
function configOf(words: readonly string[], { cwd }: SeenProcess, probe: Probe): string | null {
  for (const [index, word] of words.entries()) {
    const long = /^--conf[a-z]*(?:=(.*))?$/.exec(word);
    const given = long === null ? /^-[a-z]*c(.*)$/.exec(word)?.[1] : (long[1] ?? "");
    if (given === undefined || (long === null && word.startsWith("--"))) continue;
    const path = given === "" ? words[index + 1] : given;
    if (path === undefined) return null;
    if (path.startsWith("/")) return path;
    const near = cwd === null ? null : joinPath(cwd, path);
    return near !== null && probe.look(near).ok ? near : null;
  }
  return USUAL.find((path) => probe.look(path).ok) ?? null;
}

/** Whether the daemon of this host is a Supervisor. */
export function isSupervisor({ daemon }: DoctorFacts): boolean {
  return daemon?.kind === "supervisor";
}

/**
 * Whether no daemon runs with the configuration, as far as this user can see: a server of it that answers, even if only to
 * reject this user, has a daemon whose process may be hidden.
 */
export function isDown(facts: DoctorFacts): boolean {
  const { config, daemon, service } = facts;
  // A daemon cannot run with a file that is only for inclusion.
  const isFragment = config.raw !== null && !config.raw.sections.has("supervisord");
  if (config.path === null || daemon !== null || isFragment) return false;
  // Which socket it has is unknown.
  if (isConfigHidden(facts) && service.isActive === true) return false;
  return !hasAnswer(facts);
}

/** Whether a server of the configuration answers, even if only to reject this user. */
export function hasAnswer(facts: Pick<DoctorFacts, "config" | "servers" | "caller">): boolean {
  return ownAnswers(facts).some(
    ({ kind, url }) =>
      kind === "answers" ||
      kind === "unauthorized" ||
      (kind === "denied" && facts.caller.uid !== 0 && socketPathOf(url) !== null),
  );
}

/** Whether the configuration is only examined: it was named explicitly, and no service uses it. */
export function isOnlyNamed({ config, service }: DoctorFacts): boolean {
  return config.chosenBy === "option" && service.file === null;
}

export interface DaemonCandidates {
  readonly config: Pick<ConfigFacts, "path" | "chosenBy">;
  readonly daemons: readonly RunningDaemon[];
  readonly questions: readonly ServerQuestion[];
  readonly servers: readonly ServerAnswer[];
}

/** Finds the daemon of the configuration and puts it first. */
export function findOwnDaemon(
  { config, daemons, questions, servers }: DaemonCandidates,
  trust: Trust,
  probe: Probe,
): Required<Pick<DoctorFacts, "daemons" | "daemon" | "isUnvouched">> {
  const believed = believedDaemons(daemons, trust.caller, trust.accounts);
  const vouched = ownDaemon(config, believed, servers, probe);
  // A user who names the configuration means the daemon that runs with it and listens where it says, whatever its user.
  const isListening = ({ pid }: RunningDaemon): boolean => listensFor(questions, pid, probe);
  const claimed =
    config.chosenBy === "option" ? ownDaemon(config, daemons.filter(isListening), [], probe) : null;
  const daemon = vouched ?? claimed;
  return {
    daemons: daemon === null ? daemons : [daemon, ...daemons.filter((one) => one !== daemon)],
    daemon,
    isUnvouched: vouched === null && daemon !== null,
  };
}

/** The one that runs with this configuration, else the one that answers and whose configuration is unknown. */
function ownDaemon(
  { path }: Pick<ConfigFacts, "path">,
  daemons: readonly RunningDaemon[],
  servers: readonly ServerAnswer[],
  probe: Probe,
): RunningDaemon | null {
  const pids = servers.flatMap(({ daemon, section }) =>
    daemon === null || section === "supervisorctl" ? [] : [daemon.pid],
  );
  const answering = daemons.find(({ pid, config }) => pids.includes(pid) && config === null);
  const configured = daemons.find(
    ({ config }) => config !== null && path !== null && isSamePath(config, path, probe),
  );
  return configured ?? answering ?? null;
}

function listensFor(questions: readonly ServerQuestion[], pid: number, probe: Probe): boolean {
  return questions.some(
    ({ section, url }) =>
      section !== "supervisorctl" && listenersOf(url, probe).some((one) => one.pid === pid),
  );
}

/** A daemon without supervisor's methods does not report its pid: the pid is that of the listener. */
export function withPid(answer: ServerAnswer, probe: Probe): ServerAnswer {
  const { daemon, url } = answer;
  if (daemon === null || daemon.pid !== 0) return answer;
  const listener = probe.listeners().find(({ address }) => url === `unix://${address}`);
  return { ...answer, daemon: { ...daemon, pid: listener?.pid ?? 0 } };
}

/** "pid 812: /usr/bin/python3 /usr/bin/supervisord -c /etc/x.conf", at most 200 characters. */
export function describeProcess({ pid, command, name }: SeenProcess): string {
  // Readers of the report may not be allowed to see all processes.
  const words = command.length === 0 ? `[${name}]` : redactPatterns(command.join(" "));
  const text = words.length > 200 ? `${words.slice(0, 199)}…` : words;
  return `pid ${pid}: ${printable(text)}`;
}

/** "supervisord, pid 812 of root, with /etc/supervisor/supervisord.conf". */
export function describeDaemon({ kind, pid, uid, config }: RunningDaemon, probe: Probe): string {
  const name = kind === "tsv" ? "a tsv daemon" : "Supervisor's supervisord";
  const end = config === null ? "" : `, with ${config}`;
  return printable(`${name}, pid ${pid} of ${userName(uid, probe)}${end}`);
}
