// Collects the facts about this host, in the order in which one answer leads to the next question. `../facts` decides what the
// answers mean.

import type { Config } from "../../core/config/model.ts";
import {
  absoluteKey,
  firstServer,
  PRIVATE_SECTION,
  privateKey,
  serverUrlOf,
} from "../../core/config/server-address.ts";
import type { ConfigWorld } from "../../core/config/world.ts";
import { createConfigWorld } from "../../host/files/config-world.ts";
import { findSilentMounts } from "../../host/files/silent-mounts.ts";
import { findEarlier, findPrivateSocket, findRun } from "../../host/sockets/private-socket.ts";
import { createAccounts } from "../../host/system/accounts.ts";
import { ownUser } from "../../host/system/identity.ts";
import { gatherEvidence } from "../../install/host/gather-facts.ts";
import { runningExecutable } from "../../install/host/processes.ts";
import { BUILT_MS, VERSION } from "../../version.ts";
import { daemonAccounts } from "../facts/access.ts";
import {
  type ConfigChoice,
  chooseConfig,
  ctlOf,
  readConfigFacts,
  readServers,
  worldAtStart,
} from "../facts/config-facts.ts";
import {
  believedDaemons,
  daemonOf,
  findDaemons,
  findOwnDaemon,
  withPid,
} from "../facts/daemons.ts";
import type {
  Caller,
  ConfigFacts,
  DoctorFacts,
  HostFacts,
  RunningDaemon,
  ServiceState,
} from "../facts/doctor-facts.ts";
import type { Probe } from "../facts/probe.ts";
import {
  believedAnswers,
  hiddenSocket,
  runsToAsk,
  type ServerQuestion,
  safeQuestions,
  serversToAsk,
  type Trust,
} from "../facts/servers.ts";
import { serviceConfig } from "../facts/service.ts";
import { askPid, askRuns, askServers } from "../host/ask-servers.ts";
import { bootTime, machineName } from "../host/process-probe.ts";
import { gatherService } from "../host/service-state.ts";
import { findNamed } from "../why/explain.ts";

/** Collects the facts. @param given with --config */
export async function gather(given: string | null, probe: Probe): Promise<DoctorFacts> {
  await findSilentMounts();
  const world = createConfigWorld(createAccounts());
  const service = gatherService(given, probe);
  // A run comes before a configuration that is found, but not before the service of this host.
  const isOfService = given === null && serviceConfig(service, probe) !== null;
  const key = given === null ? null : absoluteKey(given, world.cwd);
  const run = isOfService ? null : findRun(key, world.cwd);
  const known: Known = { given, world, service, run, program: null };
  return await gatherFrom(known, probe, findDaemons(probe));
}

/**
 * Collects the facts about one program. If a daemon answers that has the program, no other process of the host is examined.
 * @param given with --config
 * @param program whose runs are queried even if it is healthy
 */
export async function gatherFor(
  program: string,
  given: string | null,
  probe: Probe,
): Promise<DoctorFacts> {
  await findSilentMounts();
  const world = createConfigWorld(createAccounts());
  // No check of a program needs Supervisors.
  const service = gatherService(given, probe, () => NO_SUPERVISORS);
  // A run comes before a configuration that is found.
  const key = given === null ? null : absoluteKey(given, world.cwd);
  const run = findRun(key, world.cwd);
  const known: Known = { given, world, service, run, program };
  const answering = await answeringDaemons(known, probe);
  if (answering !== null) {
    const facts = await gatherFrom(known, probe, answering);
    if (!("problem" in findNamed(program, facts.programs ?? []))) return facts;
  }
  return await gatherFrom(known, probe, findDaemons(probe));
}

const NO_SUPERVISORS = { services: [], processes: [], configs: [] } as const;

/** What is known before any daemon is asked. */
interface Known {
  readonly given: string | null;
  readonly world: ConfigWorld;
  readonly service: ServiceState;
  /** The control socket of a `tsv run`; null if a configuration is examined. */
  readonly run: string | null;
  readonly program: string | null;
}

/** The daemon that answers where the configuration says; null if none does. */
async function answeringDaemons(
  known: Known,
  probe: Probe,
): Promise<readonly RunningDaemon[] | null> {
  const { world, service, run } = known;
  const choice = chosenFor(known, [], probe);
  const config = reachable(readServers(choice, worldAtStart(world, service)), choice, known);
  const { questions } = whomToAsk(config, { uid: world.uid, service, run }, probe);
  const pids = await Promise.all(questions.map(askPid));
  const pid = pids.find((one) => one !== null) ?? null;
  if (pid === null) return null;
  probe.suspect(pid);
  const process = probe.process(pid);
  const daemon = process === null ? null : daemonOf(process, probe);
  return daemon === null ? [] : [daemon];
}

function chosenFor(
  { given, world, service, run }: Known,
  daemons: readonly RunningDaemon[],
  probe: Probe,
): ConfigChoice {
  const found = chooseConfig(given, world, { service, daemons }, probe);
  return run === null || given !== null ? found : { ...found, path: null, chosenBy: null };
}

/** An error in the file does not hide the daemon that runs with it: its servers are found as ctl finds them. */
function reachable<Read extends Pick<ConfigFacts, "daemon" | "ctl">>(
  read: Read,
  { path }: ConfigChoice,
  { world, program }: Known,
): Read {
  const isBroken = program !== null && path !== null && read.daemon?.ok === false;
  return isBroken ? { ...read, ctl: ctlOf(path, world, findPrivateSocket) ?? read.ctl } : read;
}

/** The servers, and the accounts whose answers are believed. */
function whomToAsk(
  config: Pick<ConfigFacts, "daemon" | "raw" | "ctl">,
  { uid, service, run }: { uid: number; service: ServiceState; run: string | null },
  probe: Probe,
): { readonly trust: Trust; readonly questions: readonly ServerQuestion[] } {
  // A daemon that root started has the user of `user=` by now.
  const trust = { caller: uid, accounts: daemonAccounts({ config, service }, probe) };
  const read = config.daemon?.ok === true ? config.daemon.value : null;
  const unnamed = privateSocketOf(read) ?? hiddenSocket({ config, service });
  const named = serversToAsk(read, config.ctl, unnamed);
  const questions =
    run === null
      ? safeQuestions(named, trust, probe)
      : [{ section: PRIVATE_SECTION, url: `unix://${run}`, credentials: null }];
  return { trust, questions };
}

async function gatherFrom(
  known: Known,
  probe: Probe,
  daemons: readonly RunningDaemon[],
): Promise<DoctorFacts> {
  const { world, service, run, program } = known;
  const caller = callerFacts(world);
  const believed = believedDaemons(daemons, caller.uid);
  const choice = chosenFor(known, believed, probe);
  const config = reachable(readConfigFacts(choice, worldAtStart(world, service)), choice, known);
  const { trust, questions } = whomToAsk(config, { uid: caller.uid, service, run }, probe);
  const answers = believedAnswers(await askServers(questions), trust, probe);
  const servers = answers.map(({ answer }) => withPid(answer, probe));
  return {
    probe,
    nowMs: Date.now(),
    host: hostFacts(probe),
    caller,
    executable: { path: runningExecutable(), version: VERSION, builtMs: BUILT_MS },
    config,
    ...findOwnDaemon({ config, daemons, questions, servers }, trust, probe),
    servers,
    programs: answers.find(({ programs }) => programs !== null)?.programs ?? null,
    known: answers.find(({ known }) => known !== null)?.known ?? null,
    ...(await askRuns(runsToAsk(questions, answers, program))),
    service,
  };
}

function hostFacts(probe: Probe): HostFacts {
  const model = probe.readText("/proc/device-tree/model")?.replaceAll("\0", "").trim();
  return {
    platform: process.platform === "darwin" ? "darwin" : "linux",
    machine: machineName(),
    bootedMs: bootTime(),
    container: gatherEvidence().container,
    board: model === undefined || model === "" ? null : model,
  };
}

function callerFacts(world: ConfigWorld): Caller {
  const gids = process.getgroups?.() ?? [];
  const gid = process.getegid?.() ?? 0;
  return {
    uid: process.geteuid?.() ?? 0,
    gids: gids.includes(gid) ? gids : [gid, ...gids],
    ...ownUser(),
    environment: world.env,
    cwd: world.cwd,
  };
}

function privateSocketOf(config: Config | null): string | null {
  if (config === null) return null;
  const { here, configFile, user } = config.daemon;
  const key = privateKey(here, configFile);
  const daemonUser = user?.name ?? null;
  const server = firstServer(config.servers);
  if (server !== null) {
    return findEarlier(key, { serverUrl: serverUrlOf(server), daemonUser, isServerNamed: false });
  }
  const found = findPrivateSocket(key, daemonUser);
  return found.exists || found.isClosed ? found.path : null;
}
