// One start in progress: looks up its user, gathers its environment (user_env, env_file, env_command), runs pre_start, opens
// its socket, spawns its child. Each step may take as long as the disks and servers behind it; the main thread does
// not wait.

import { err, ok, type Result, thrownMessage } from "../../core/base/result.ts";
import { FIRST_SOCKET, listenVariables } from "../../core/config/sockets.ts";
import {
  type EnvCommand,
  type EnvCommandOutcome,
  readEnvCommand,
  type StartFailure,
} from "../../core/environment/env-command.ts";
import { type Gathered, NOTHING_GATHERED, type UserEntry } from "../../core/environment/layers.ts";
import {
  environmentStrings,
  type LaunchContext,
  type LaunchUser,
  type PlannedProgram,
  planOwnCommand,
  planProgram,
} from "../../core/process/launch.ts";
import {
  isHostFailure,
  lateText,
  type SpawnSubject,
  type StartActivity,
  startLimitMs,
  stepError,
} from "../../core/process/spawn-errors.ts";
import { isSecretName } from "../../core/redact/secret-names.ts";
import type { ProcessRecord } from "../../core/supervisor/model.ts";
import type { EnvironmentSources } from "../../ports/environment-sources.ts";
import type { ProgramHost } from "../../ports/program-host.ts";
import type { Admission, Paths, PendingSpawn, Spawned, Spawner } from "../../ports/spawner.ts";
import type { GatheredVariables } from "./gathered.ts";
import type { PreStart } from "./hooks.ts";
import type { Notifications, PassedChannel } from "./notifications.ts";
import type { ProgramSockets, StartSockets } from "./program-sockets.ts";

const STDIN = 0;

interface StartDeps {
  readonly preStart: PreStart;
  readonly spawner: Spawner;
  readonly host: ProgramHost;
  readonly context: LaunchContext;
  readonly sockets: ProgramSockets;
  readonly sources: Pick<EnvironmentSources, "runCommand">;
  readonly gathered: GatheredVariables;
  readonly notifications: Pick<Notifications, "acquire" | "release">;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** Continues a start that had to wait, in its turn. */
  readonly turn: (proceed: () => void) => void;
}

/** A program that executes, and its gathered environment. */
export interface Started extends Spawned {
  readonly gathered: Gathered;
}

/** A shorter wait for a place or a turn is part of the time limit of a start. */
const LONG_WAIT_MS = 1000;

export class Start {
  /** The begin of the present work, monotonic milliseconds; null while it waits for a place or its turn. */
  busySince: number | null = null;
  /** The end of the last long wait of that kind, monotonic milliseconds: its time limit begins anew then. */
  #waitedUntil = Number.NEGATIVE_INFINITY;
  readonly #deps: StartDeps;
  readonly #record: ProcessRecord;
  readonly #settled: (outcome: Result<Started, StartFailure>) => void;
  #gathered: Gathered = NOTHING_GATHERED;
  #plan: PlannedProgram = { argv: [], candidates: [], environment: {} };
  #activity: StartActivity = "user";
  #isGathering = false;
  #child: PendingSpawn | null = null;
  #cancelLookup: () => void = () => {};
  #cancelCommand: () => void = () => {};
  /** Closes what was prepared to be passed to the program. */
  #closeChannel: () => void = () => {};
  #admission: Admission | null = null;
  /** Gives its place back when its command is gone, too; null if it has none. */
  #leave: (() => void) | null = null;
  /** `begin` has not returned. */
  #isBeginning = true;
  #isOver = false;

  /** @param settled called once, perhaps before `begin` returns; not after `abandon` */
  constructor(
    deps: StartDeps,
    record: ProcessRecord,
    settled: (outcome: Result<Started, StartFailure>) => void,
  ) {
    this.#deps = deps;
    this.#record = record;
    this.#settled = settled;
  }

  begin(): void {
    const { userEnv, envFiles, envCommand } = this.#record.config;
    this.busySince = this.#deps.now();
    if (userEnv || envFiles.length > 0 || envCommand !== null) {
      const paths = { directory: null, files: envFiles.map(({ path }) => path) };
      this.#findUser((user) => this.#admit(paths, () => this.#gather(user)));
    } else if (this.#planWith(NOTHING_GATHERED)) {
      this.#findUser((user) => this.#prepare(user));
    }
    this.#isBeginning = false;
  }

  /** Ends it without an outcome; an env_command or pre_start is killed. @returns the error if it took too long */
  abandon(): string {
    const { key, config } = this.#record;
    this.#isOver = true;
    this.#cancelLookup();
    this.#cancelCommand();
    const { awaits = null } = this.#admission ?? {};
    if (awaits !== null && awaits !== "place") this.#activity = awaits;
    this.#admission?.cancel();
    if (this.#child === null) this.#leave?.();
    else this.#activity = this.#child.abandon();
    this.#closeChannel();
    this.#deps.sockets.release(key);
    this.#deps.notifications.release(key);
    return lateText(this.#subject(), this.#activity, startLimitMs(config));
  }

  /** Whether its time is over at the end of its limit: that of waiting for a place or its turn does not count. */
  get isLate(): boolean {
    const { now } = this.#deps;
    const isWaiting = this.#activity === "turn" || this.#admission?.awaits === "place";
    return !isWaiting && now() - this.#waitedUntil >= startLimitMs(this.#record.config);
  }

  /** What it has gathered for the environment of its program. */
  get gathered(): Gathered {
    return this.#gathered;
  }

  /** It reads its environment, or waits for a place or its turn: nothing was done that a successor could not repeat. */
  get isRepeatable(): boolean {
    const { awaits = null } = this.#admission ?? {};
    return this.#isGathering || awaits !== null || this.#activity === "turn";
  }

  #findUser(found: (user: LaunchUser | null) => void): void {
    const { uid } = this.#record.config;
    const { host } = this.#deps;
    if (uid === null || uid === host.ownUid) {
      found(null);
    } else if (host.ownUid !== 0) {
      this.#fail(`couldn't setuid to ${uid}: Can't drop privilege as nonroot user`);
    } else {
      this.#cancelLookup = host.user(uid, (user) => {
        if (this.#isOver) return;
        if (user === null) this.#fail(`couldn't setuid to ${uid}: Can't find uid ${uid}`);
        else if ("errno" in user) this.#fail(`couldn't setuid to ${uid}: ${user.errno}`, true);
        else found(user);
      });
    }
  }

  #gather(user: LaunchUser | null): void {
    this.#isGathering = true;
    if (!this.#record.config.userEnv) this.#readFiles(user, null);
    else if (user !== null) this.#readFiles(user, user.entry);
    else this.#findOwnEntry();
  }

  /** The daemon's own user may have no entry: containers run as any uid. */
  #findOwnEntry(): void {
    const { host } = this.#deps;
    this.#cancelLookup = host.user(host.ownUid, (answer) => {
      if (this.#isOver) return;
      if (answer !== null && "errno" in answer) {
        this.#fail(`couldn't look up uid ${host.ownUid} for user_env: ${answer.errno}`, true);
      } else this.#readFiles(null, answer?.entry ?? null);
    });
  }

  #readFiles(user: LaunchUser | null, entry: UserEntry | null): void {
    const { envFiles } = this.#record.config;
    if (envFiles.length === 0) {
      this.#runCommand(user, { ...NOTHING_GATHERED, user: entry });
      return;
    }
    this.#activity = "env_file";
    this.#deps.gathered.read(envFiles).then(
      (files) => {
        if (this.#isOver) return;
        if (!files.ok) this.#fail(files.error.text, files.error.byHost);
        else this.#runCommand(user, { ...NOTHING_GATHERED, user: entry, files: files.value });
      },
      (error) => {
        if (!this.#isOver) this.#fail(`env_file: ${thrownMessage(error)}`, true);
      },
    );
  }

  #runCommand(user: LaunchUser | null, gathered: Gathered): void {
    const { envCommand, envCommandTimeout } = this.#record.config;
    if (envCommand === null) {
      this.#useGathered(user, gathered);
      return;
    }
    const { context, sources } = this.#deps;
    const planned = planOwnCommand(this.#record, envCommand, context, gathered);
    if (!planned.ok) {
      this.#fail(`env_command: ${planned.error.text}`);
      return;
    }
    const command = { ...planned.value, user, timeoutMs: envCommandTimeout * 1000 };
    const { candidates, cwd: directory } = command;
    this.#admit({ directory, search: candidates.map(({ path }) => path) }, () => {
      this.#activity = "env_command";
      const secrets = secretsOf(command, gathered);
      const done = (outcome: EnvCommandOutcome): void => {
        if (this.#isOver) return;
        const read = readEnvCommand(command, outcome, secrets);
        if (read.ok) {
          const source = `command ${this.#record.config.programName}`;
          const shared = this.#deps.gathered.shared(source, read.value);
          this.#useGathered(user, { ...gathered, command: shared });
        } else this.#fail(read.error.text, read.error.byHost);
      };
      this.#cancelCommand = sources.runCommand(command, done, this.#holdPlace());
    });
  }

  /** Keeps the place beyond the start, for a command that may not end. @returns gives it back */
  #holdPlace(): () => void {
    const leave = this.#leave ?? (() => {});
    let holders = 2;
    const one = (): void => {
      holders -= 1;
      if (holders === 0) leave();
    };
    this.#leave = one;
    return one;
  }

  #useGathered(user: LaunchUser | null, gathered: Gathered): void {
    this.#isGathering = false;
    if (this.#planWith(gathered)) this.#prepare(user);
  }

  /** @returns whether there is something to execute; else the start has failed */
  #planWith(gathered: Gathered): boolean {
    this.#gathered = gathered;
    const planned = planProgram(this.#record, this.#deps.context, gathered);
    if (planned.ok) this.#plan = planned.value;
    else this.#fail(planned.error.text);
    return planned.ok;
  }

  /** Runs pre_start, which may take its time: others get the place of the start meanwhile. */
  #prepare(user: LaunchUser | null): void {
    if (this.#record.config.preStart === null) {
      this.#openSocket(user);
      return;
    }
    this.#leave?.();
    this.#leave = null;
    this.#activity = "pre_start";
    this.busySince = null;
    this.#cancelCommand = this.#deps.preStart(this.#record, this.#gathered, (outcome) => {
      if (this.#isOver) return;
      if (outcome.ok) this.#openSocket(user);
      else this.#fail(`pre_start failed: ${outcome.text}`, outcome.byHost);
    });
  }

  #openSocket(user: LaunchUser | null): void {
    this.#activity = "socket";
    this.#deps.sockets.acquire(this.#record, (socket) => {
      if (this.#isOver) return;
      if (socket.ok) this.#openChannel(user, socket.value);
      else this.#fail(socket.error);
    });
  }

  /** Opens the channel for notifications of the program. */
  #openChannel(user: LaunchUser | null, sockets: StartSockets): void {
    this.#deps.notifications.acquire(this.#record, (channel) => {
      if (this.#isOver) return;
      if (!channel.ok) {
        this.#fail(`couldn't prepare ready_check: ${channel.error}`);
        return;
      }
      this.#closeChannel = channel.value.done;
      const { directory } = this.#record.config;
      const search = this.#plan.candidates.map(({ path }) => path);
      const proceed = (): void => this.#spawnInTurn(user, sockets, channel.value);
      this.#admit({ directory, search }, proceed);
    });
  }

  /** Waits for a place among the starts in progress, if it has none, and perhaps for the file systems of paths. */
  #admit(paths: Paths, admitted: () => void): void {
    const { spawner, now } = this.#deps;
    const { config, state } = this.#record;
    const isSuspect = state.history.hostFailures > 0;
    const claim = { program: config.programName, uid: config.uid, isSuspect };
    const since = now();
    this.busySince = null;
    const entered = (leave: () => void): void => {
      this.#leave = leave;
      this.busySince = now();
      this.#noteWait(since);
      admitted();
    };
    this.#admission = spawner.admit(paths, claim, entered, this.#leave);
  }

  #noteWait(since: number): void {
    const now = this.#deps.now();
    if (now - since >= LONG_WAIT_MS) this.#waitedUntil = now;
  }

  /** Many starts may have waited for the same user, socket or place; they do not all spawn at once. */
  #spawnInTurn(user: LaunchUser | null, sockets: StartSockets, channel: PassedChannel): void {
    if (this.#isBeginning) {
      this.#spawn(user, sockets, channel);
      return;
    }
    this.#activity = "turn";
    this.busySince = null;
    const since = this.#deps.now();
    this.#deps.turn(() => {
      this.#noteWait(since);
      if (!this.#isOver) this.#spawn(user, sockets, channel);
    });
  }

  #spawn(user: LaunchUser | null, sockets: StartSockets, channel: PassedChannel): void {
    const { key, config } = this.#record;
    const { spawner, context, now } = this.#deps;
    const { argv, candidates, environment } = this.#plan;
    const inherited = context.stdinReader === key ? STDIN : null;
    const listens = listenVariables(config);
    this.#activity = "fork";
    this.busySince = now();
    const child = spawner.spawn(
      {
        ...{ argv, candidates, user, stdinFd: sockets.stdin ?? inherited },
        env: environmentStrings({ ...environment, ...channel.environment, ...listens }),
        ...(sockets.passed.length > 0 ? { listens: true } : {}),
        passed: [
          ...sockets.passed.map((source, index) => ({ target: FIRST_SOCKET + index, source })),
          ...(channel.passed === null ? [] : [channel.passed]),
        ],
        cwd: config.directory,
        umask: config.umask,
        softFileLimit: context.softFileLimit,
        redirectStderr: config.redirectStderr,
        tty: config.tty,
        limits: config,
        owner: {
          ...{ key, signal: config.stopSignal, toGroup: config.stopAsGroup },
          killMode: config.killMode,
        },
      },
      (result) => {
        if (result.ok) this.#settle(ok({ ...result.value, gathered: this.#gathered }));
        else {
          const text = stepError(this.#plan, this.#subject(), result.error);
          this.#fail(text, isHostFailure(result.error.errno));
        }
      },
      this.#leave ?? undefined,
    );
    this.#closeChannel();
    this.#closeChannel = () => {};
    if (!this.#isOver) this.#child = child;
  }

  #fail(text: string, byHost = false): void {
    this.#isGathering = false;
    if (this.#activity !== "fork") this.#leave?.();
    this.#deps.sockets.release(this.#record.key);
    this.#deps.notifications.release(this.#record.key);
    this.#settle(err({ text, byHost }));
  }

  #settle(outcome: Result<Started, StartFailure>): void {
    this.#isOver = true;
    this.#settled(outcome);
  }

  #subject(): SpawnSubject {
    const { name, directory, uid } = this.#record.config;
    return { name, directory, uid, argv0: this.#plan.argv[0] ?? "" };
  }
}

/** The values of env_file, and of variables with secret names. */
function secretsOf({ env }: EnvCommand, { files }: Gathered): readonly string[] {
  const named = env.flatMap((variable) => {
    const at = variable.indexOf("=");
    return isSecretName(variable.slice(0, at)) ? [variable.slice(at + 1)] : [];
  });
  return [...files.flatMap(({ variables }) => variables.map(({ value }) => value)), ...named];
}
