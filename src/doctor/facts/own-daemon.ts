// Which of the daemons that run belongs to the configuration, and which accounts it may run as.

import { listenersOf } from "./answerers.ts";
import { believedDaemons } from "./daemons.ts";
import type { Probe } from "./probe.ts";
import { isSamePath } from "./same-path.ts";
import type { ServerQuestion } from "./servers.ts";
import type {
  ConfigFacts,
  RunningDaemon,
  ServerAnswer,
  ServiceState,
  Situation,
} from "./situation.ts";

/** The accounts besides root that the daemon of the configuration may run as: those that it or its service names. */
export function daemonAccounts(
  { daemon, raw }: Pick<ConfigFacts, "daemon" | "raw">,
  { properties }: Pick<ServiceState, "properties">,
  probe: Probe,
): readonly number[] {
  const written = raw?.sections.get("supervisord")?.options.get("user")?.value ?? "";
  const names = [daemon?.ok === false ? written : "", properties["User"] ?? ""];
  const users = names.map((name) =>
    name === "" ? null : probe.user(/^\d+$/.test(name) ? Number(name) : name),
  );
  const user = daemon?.ok === true ? daemon.value.daemon.user : null;
  return [user, ...users].flatMap((one) => (one === null ? [] : [one.uid]));
}

export interface DaemonCandidates {
  readonly config: Pick<ConfigFacts, "path" | "chosenBy">;
  readonly daemons: readonly RunningDaemon[];
  readonly questions: readonly ServerQuestion[];
  readonly servers: readonly ServerAnswer[];
  /** Who runs doctor. */
  readonly asker: number;
  /** See `daemonAccounts`. */
  readonly accounts: readonly number[];
}

type OwnDaemon = Required<Pick<Situation, "daemons" | "daemon" | "isUnvouched">>;

/** Finds the daemon of the configuration and puts it first. */
export function findOwnDaemon(candidates: DaemonCandidates, probe: Probe): OwnDaemon {
  const { config, daemons, questions, servers, asker, accounts } = candidates;
  const believed = believedDaemons(daemons, asker, accounts);
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

/** A daemon without supervisor's methods does not tell its pid; the kernel knows who listens. */
export function withPid(answer: ServerAnswer, probe: Probe): ServerAnswer {
  const { daemon, url } = answer;
  if (daemon === null || daemon.pid !== 0) return answer;
  const listener = probe.listeners().find(({ address }) => url === `unix://${address}`);
  return { ...answer, daemon: { ...daemon, pid: listener?.pid ?? 0 } };
}
