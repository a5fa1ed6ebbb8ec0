// Collects the facts about this host, in the order in which one answer leads to the next question. `../facts` decides what the
// answers mean.

import type { Config } from "../../core/config/model.ts";
import { absoluteKey, PRIVATE_SECTION, privateKey } from "../../core/config/server-address.ts";
import type { ConfigWorld } from "../../core/config/world.ts";
import { createConfigWorld } from "../../host/files/config-world.ts";
import { findPrivateSocket, findRun } from "../../host/sockets/private-socket.ts";
import { createAccounts } from "../../host/system/accounts.ts";
import { ownUser } from "../../host/system/identity.ts";
import { gatherEvidence } from "../../install/host/gather-facts.ts";
import { runningExecutable } from "../../install/host/processes.ts";
import { BUILT_MS, VERSION } from "../../version.ts";
import { daemonAccounts } from "../facts/access.ts";
import { chooseConfig, configHere, readConfigFacts, worldAtStart } from "../facts/config-facts.ts";
import { believedDaemons, findDaemons, findOwnDaemon, withPid } from "../facts/daemons.ts";
import type { Caller, DoctorFacts, HostFacts } from "../facts/doctor-facts.ts";
import type { Probe } from "../facts/probe.ts";
import {
  believedAnswers,
  hiddenSocket,
  runsToAsk,
  safeQuestions,
  serversToAsk,
} from "../facts/servers.ts";
import { askRuns, askServers } from "../host/ask-servers.ts";
import { bootTime } from "../host/process-probe.ts";
import { gatherService } from "../host/service-state.ts";

/**
 * Collects the facts.
 * @param given with --config
 * @param program whose runs are queried even if it is healthy
 */
export async function gather(
  given: string | null,
  probe: Probe,
  program: string | null = null,
): Promise<DoctorFacts> {
  const world = createConfigWorld(createAccounts());
  const service = gatherService(given ?? configHere(world), probe);
  const daemons = findDaemons(probe);
  const caller = callerFacts(world);
  const believed = believedDaemons(daemons, caller.uid);
  // A run comes before a configuration that is found. Without a program and a configuration, it is not meant.
  const key = given === null ? null : absoluteKey(given, world.cwd);
  const run = key === null && program === null ? null : findRun(key, world.cwd);
  const found = chooseConfig(given, world, { service, daemons: believed }, probe);
  const choice = run === null || given !== null ? found : { ...found, path: null, chosenBy: null };
  const config = readConfigFacts(choice, worldAtStart(world, service));
  // A daemon that root started has the user of `user=` by now.
  const trust = { caller: caller.uid, accounts: daemonAccounts({ config, service }, probe) };
  const read = config.daemon?.ok === true ? config.daemon.value : null;
  const unnamed = privateSocketOf(read) ?? hiddenSocket({ config, service });
  const named = serversToAsk(read, config.ctl, unnamed);
  const questions =
    run === null
      ? safeQuestions(named, trust, probe)
      : [{ section: PRIVATE_SECTION, url: `unix://${run}`, credentials: null }];
  const answers = believedAnswers(await askServers(questions), trust, probe);
  const servers = answers.map(({ answer }) => withPid(answer, probe));
  const runs = runsToAsk(questions, answers, program);
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
    ...(runs === null
      ? { histories: null, pools: null, lost: null }
      : await askRuns(runs.question, runs.methods, runs.names)),
    service,
  };
}

function hostFacts(probe: Probe): HostFacts {
  const model = probe.readText("/proc/device-tree/model")?.replaceAll("\0", "").trim();
  return {
    platform: process.platform === "darwin" ? "darwin" : "linux",
    machine: probe.ask(["uname", "-m"]).output,
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
  if (config === null || config.servers.length > 0) return null;
  const { here, configFile, user } = config.daemon;
  const found = findPrivateSocket(privateKey(here, configFile), user?.name ?? null);
  return found.exists || found.isClosed ? found.path : null;
}
