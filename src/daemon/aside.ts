// Continues when the state of the daemon before kills each new one: it is kept in a file, and the daemon continues with the
// configuration and the processes that the keeper knows.

import { err, ok, type Result } from "../core/base/result.ts";
import { parseDaemonArguments } from "../core/command-line/arguments.ts";
import type { Config, ConfigNotice } from "../core/config/model.ts";
import { readDaemonConfig } from "../core/config/read.ts";
import { newEpoch } from "../core/event-log/event-log.ts";
import { signalName } from "../core/process/signals.ts";
import { calledOf, type Rebuilt, rebuilt } from "../core/snapshot/rebuilt.ts";
import { configOf, type Recovered } from "../core/snapshot/snapshot.ts";
import { answers, withinLimit } from "../host/files/answers.ts";
import { createConfigWorld } from "../host/files/config-world.ts";
import { createRecordFile } from "../host/files/record-file.ts";
import type { Keeper, Left } from "../host/keeper/keeper.ts";
import { errnoName, posix } from "../host/posix.ts";
import { createProcessFacts, TICKS_PER_SECOND } from "../host/processes/process-stats.ts";
import { socketFile } from "../host/sockets/sockets.ts";
import { createAccounts } from "../host/system/accounts.ts";
import { calledPath } from "../host/system/identity.ts";
import { createClock } from "../host/time/clock.ts";
import { localOffsetMinutes } from "../host/time/local-time.ts";
import { VERSION } from "../version.ts";
import { NO_PIDFILE } from "./pid-lock.ts";
import { besidePidfile } from "./program-record.ts";

/** A state to continue with. */
export interface Usable extends Recovered {
  /** Lines for the activity log. */
  readonly notices: readonly ConfigNotice[];
}

interface Call {
  readonly program: string;
  readonly words: readonly string[];
}

/** Of the state in the file; the rest is cut off. */
const MOST_BYTES = 64 * 1024 * 1024;
/** Limit for writing it. */
const WRITE_MS = 5000;

/** @param reason why the state cannot be used @returns the error if no configuration is left */
export async function setAside(
  keeper: Keeper,
  left: Left,
  call: Call,
  reason: string,
): Promise<Result<Usable, string>> {
  const bytes = keeper.state();
  const state = bytes.toString("utf8");
  const [cwd, origin] = calledOf(state) ?? [process.cwd(), calledPath()];
  const former = configOf(left.snapshot, left.journal);
  const read = await readAnew(call, cwd);
  const config = read.ok ? read.value : former?.config;
  if (config === undefined) return err(`${reason}; ${read.ok ? "" : read.error}`);
  const facts = createProcessFacts();
  const now = createClock().now();
  const silent = await silentPaths(config);
  const { recovered, ...rest } = rebuilt({
    ...{ state, config, former: former?.groups ?? [], now, offset: localOffsetMinutes },
    ...{ programs: left.programs, daemonState: left.daemonState },
    exists: (pid) => errnoName(posix().kill(pid, 0, 0)) !== "ESRCH",
    ageOf(pid) {
      const ticks = facts.startTicks(pid);
      return ticks === null ? 0 : (facts.uptimeSecs() - ticks / TICKS_PER_SECOND) * 1000;
    },
    fileOf: (path) => (silent.has(path) ? null : socketFile(path)),
    daemon: {
      ...{ version: VERSION, ...call, cwd, origin, softFileLimit: keeper.softFileLimit },
      hadUsers: former?.hadUsers === true || config.users.length > 0,
      eventLog: { epoch: newEpoch(now.wall, process.pid), next: 1, events: [] },
    },
  });
  const kept = await keepState(config, bytes, reason);
  const source = read.ok
    ? "the configuration was read anew"
    : `the configuration cannot be read, and the one before is used: ${read.error}`;
  const text = `the state of the daemon before cannot be used: ${reason}; ${source}`;
  return ok({
    ...recovered,
    notices: [critical(text), critical(kept), ...release(keeper, rest)],
  });
}

/** As a daemon that starts reads it. */
async function readAnew({ program, words }: Call, cwd: string): Promise<Result<Config, string>> {
  const world = createConfigWorld(createAccounts(), cwd);
  const command = parseDaemonArguments([program, ...words], world);
  if (!command.ok || command.value.kind !== "run") return err("the command line asks for help");
  const args = command.value.args;
  for (const path of args.configFile === null ? args.searchPaths : [args.configFile]) {
    if (!(await answers(path))) return err(`the file system of ${path} does not answer`);
  }
  const config = readDaemonConfig(args, world);
  return config.ok ? config : err(config.error.text);
}

/** The sockets of servers whose file system does not answer. */
async function silentPaths({ servers }: Config): Promise<ReadonlySet<string>> {
  const silent = new Set<string>();
  for (const server of servers) {
    if (server.kind === "unix" && !(await answers(server.path))) silent.add(server.path);
  }
  return silent;
}

/** Keeps the state for a report. @returns a line for the activity log */
async function keepState({ daemon }: Config, state: Uint8Array, reason: string): Promise<string> {
  if (daemon.pidfile === NO_PIDFILE) return "that state is not kept: there is no pid file";
  const path = besidePidfile(daemon.pidfile, "aside");
  const head = Buffer.from(`tsv ${VERSION}: ${reason}\n`);
  const content = Buffer.concat([head, state.subarray(0, MOST_BYTES)]);
  const error = await withinLimit(createRecordFile(path).write(content), WRITE_MS);
  if (error !== null) return `that state is not kept: ${error}`;
  return `that state was kept for a report; it has environments, and only its owner can read it: less ${path}`;
}

/** Closes what nothing uses any more, and stops processes that cannot be supervised. @returns lines for the activity log */
function release(
  keeper: Keeper,
  { unused, nameless, unserved }: Omit<Rebuilt, "recovered">,
): readonly ConfigNotice[] {
  for (const fd of unused) {
    posix().close(fd);
    keeper.dropAside(fd);
  }
  for (const { pid, signal, toGroup } of nameless) posix().kill(pid, signal, toGroup ? 1 : 0);
  return [
    ...nameless.map(({ pid, signal }) =>
      critical(
        `process ${pid} was sent ${signalName(signal)}: its program is not known any more; if it runs on: kill -9 ${pid}`,
      ),
    ),
    ...unserved.map(({ section }) =>
      critical(
        `[${section}] is not served, because the daemon before did not listen there; to serve it, which restarts all programs: tsv reload`,
      ),
    ),
  ];
}

function critical(text: string): ConfigNotice {
  return { level: "CRIT", text };
}
