// One start in progress: looks up its user, opens its socket, begins its child. Each step may take as long as the disks and
// servers behind it; the main thread does not wait.

import { err, ok, type Result, thrownMessage } from "../../core/base/result.ts";
import type { ProcessConfig } from "../../core/config/model.ts";
import type { EnvFileValue } from "../../core/config/value-types.ts";
import {
  type EnvCommand,
  type GatheringFailure,
  readEnvCommand,
} from "../../core/environment/env-command.ts";
import {
  type EnvVariable,
  envReadText,
  envSyntaxText,
  parseEnvBytes,
} from "../../core/environment/env-file.ts";
import {
  type Gathered,
  type GatheredFile,
  NOTHING_GATHERED,
  type UserEntry,
} from "../../core/environment/layers.ts";
import {
  type CommandPlan,
  commandProblem,
  environmentStrings,
  type LaunchContext,
  type LaunchUser,
  planCommand,
  programEnvironment,
} from "../../core/process/launch.ts";
import {
  isHostFailure,
  lateText,
  type SpawnSubject,
  type StartActivity,
  spawnErrorText,
  startLimitMs,
  unusableOf,
} from "../../core/process/spawn-errors.ts";
import { isSecretName } from "../../core/redact/secret-names.ts";
import type { ProcessRecord } from "../../core/supervisor/model.ts";
import type { EnvironmentSources } from "../../ports/environment-sources.ts";
import type { ProgramHost } from "../../ports/program-host.ts";
import type { PendingSpawn, Spawned, Spawner, SpawnFailure } from "../../ports/spawner.ts";
import type { FcgiSockets } from "./fcgi-sockets.ts";
import type { Notifications, PassedChannel } from "./notifications.ts";

interface StartDeps {
  readonly spawner: Spawner;
  readonly host: ProgramHost;
  readonly context: LaunchContext;
  readonly sockets: FcgiSockets;
  readonly sources: EnvironmentSources;
  readonly notifications: Pick<Notifications, "acquire" | "release">;
  /** Has a start continue, in its turn, whose user or socket became known later. */
  readonly turn: (unsuspend: () => void) => void;
}

/** Why there is no program. */
export interface StartFailure {
  readonly text: string;
  /** It says nothing about the program. */
  readonly byHost: boolean;
}

/** A program that executes, and what was gathered for it. */
export interface Started extends Spawned {
  readonly gathered: Gathered;
}

type StartOutcome = Result<Started, StartFailure>;

export class Start {
  /** Since when it is looked up, or its child is under way; monotonic milliseconds. null while it waits for its turn. */
  busySince: number | null = null;
  readonly #deps: StartDeps;
  readonly #record: ProcessRecord;
  readonly #now: () => number;
  readonly #settled: (outcome: StartOutcome) => void;
  #gathered: Gathered = NOTHING_GATHERED;
  #environment: Readonly<Record<string, string>> = {};
  #plan: CommandPlan = { argv: [], candidates: [] };
  #gathering: Gathering | null = null;
  #activity: StartActivity = "user";
  #child: PendingSpawn | null = null;
  #forgetUser: () => void = () => {};
  /** `begin` has not returned. */
  #isBeginning = true;
  #isOver = false;

  /** @param settled called once, perhaps before `begin` returns; not after `abandon` */
  constructor(
    deps: StartDeps,
    record: ProcessRecord,
    now: () => number,
    settled: (outcome: StartOutcome) => void,
  ) {
    this.#deps = deps;
    this.#record = record;
    this.#now = now;
    this.#settled = settled;
  }

  begin(): void {
    this.busySince = this.#now();
    if (isGathered(this.#record.config)) {
      this.#findUser((user) => this.#gather(user));
    } else if (this.#planWith(NOTHING_GATHERED)) {
      this.#findUser((user) => this.#openSocket(user));
    }
    this.#isBeginning = false;
  }

  /** Ends it without an outcome. @returns the message if it took too long */
  abandon(): string {
    this.#isOver = true;
    this.#forgetUser();
    this.#gathering?.cancel();
    this.#activity = this.#child?.abandon() ?? this.#gathering?.activity ?? this.#activity;
    this.#deps.sockets.release(this.#record.key);
    this.#deps.notifications.release(this.#record.key);
    return lateText(this.#subject(), this.#activity, startLimitMs(this.#record.config));
  }

  /** Reads its environment: nothing was done that another daemon could not do again. */
  get isGathering(): boolean {
    return this.#gathering !== null;
  }

  #gather(user: LaunchUser | null): void {
    const gathering = new Gathering(this.#deps, this.#record, user, (gathered) => {
      this.#gathering = null;
      if (!gathered.ok) this.#fail(gathered.error.text, gathered.error.byHost);
      else if (this.#planWith(gathered.value)) this.#openSocket(user);
    });
    this.#gathering = gathering;
    gathering.begin();
  }

  /** @returns whether there is something to execute; else it has failed */
  #planWith(gathered: Gathered): boolean {
    const { context } = this.#deps;
    const { config, group } = this.#record;
    this.#gathered = gathered;
    this.#environment = programEnvironment(config, group, context, gathered);
    const planned = planCommand(config, this.#environment, context.builtInCommand ?? null);
    if (planned.ok) this.#plan = planned.value;
    else this.#fail(planned.error.text);
    return planned.ok;
  }

  #findUser(found: (user: LaunchUser | null) => void): void {
    const { uid } = this.#record.config;
    const { host } = this.#deps;
    if (uid === null || uid === host.ownUid) {
      found(null);
    } else if (host.ownUid !== 0) {
      this.#fail(`couldn't setuid to ${uid}: Can't drop privilege as nonroot user`);
    } else {
      this.#forgetUser = host.user(uid, (user) => {
        if (this.#isOver) return;
        if (user === null) this.#fail(`couldn't setuid to ${uid}: Can't find uid ${uid}`);
        else if ("errno" in user) this.#fail(`couldn't setuid to ${uid}: ${user.errno}`, true);
        else found(user);
      });
    }
  }

  #openSocket(user: LaunchUser | null): void {
    const { key, config } = this.#record;
    this.#activity = "socket";
    this.#deps.sockets.acquire(key, config, (socket) => {
      if (this.#isOver) return;
      if (socket.ok) this.#openChannel(user, socket.value);
      else this.#fail(socket.error);
    });
  }

  /** On which the program says that it is ready, if it does. */
  #openChannel(user: LaunchUser | null, stdinFd: number | null): void {
    this.#deps.notifications.acquire(this.#record, (pass) => {
      if (this.#isOver) return;
      if (pass.ok) this.#spawnInTurn(user, stdinFd, pass.value);
      else this.#fail(`couldn't prepare ready_check: ${pass.error}`);
    });
  }

  /** Many may have waited for the same user or socket; they are not all begun at once. */
  #spawnInTurn(user: LaunchUser | null, stdinFd: number | null, pass: PassedChannel): void {
    if (this.#isBeginning) {
      this.#spawn(user, stdinFd, pass);
      return;
    }
    this.#activity = "turn";
    this.busySince = null;
    this.#deps.turn(() => {
      if (this.#isOver) pass.done();
      else this.#spawn(user, stdinFd, pass);
    });
  }

  #spawn(user: LaunchUser | null, stdinFd: number | null, pass: PassedChannel): void {
    const { config, state } = this.#record;
    const { spawner, context } = this.#deps;
    const { argv, candidates } = this.#plan;
    this.#activity = "fork";
    this.busySince = this.#now();
    const child = spawner.spawn(
      {
        ...{ argv, candidates, user, stdinFd },
        env: environmentStrings({ ...this.#environment, ...pass.environment }),
        passed: pass.passed === null ? [] : [pass.passed],
        cwd: config.directory,
        umask: config.umask,
        softFileLimit: context.softFileLimit,
        redirectStderr: config.redirectStderr,
        tty: config.tty,
        isSuspect: state.history.hostFailures > 0,
      },
      (result) => {
        if (result.ok) this.#settle(ok({ ...result.value, gathered: this.#gathered }));
        else this.#spawnFailed(result.error);
      },
    );
    pass.done();
    if (!this.#isOver) this.#child = child;
  }

  #spawnFailed({ stage, errno, index = -1, detail = errno }: SpawnFailure): void {
    if (stage === "find" && !isHostFailure(stage, errno)) {
      this.#fail(commandProblem(this.#plan, unusableOf(errno), index).text);
      return;
    }
    const text = spawnErrorText(this.#subject(), stage, detail);
    this.#fail(text, isHostFailure(stage, errno));
  }

  #fail(text: string, byHost = false): void {
    this.#deps.sockets.release(this.#record.key);
    this.#deps.notifications.release(this.#record.key);
    this.#settle(err({ text, byHost }));
  }

  #settle(outcome: StartOutcome): void {
    this.#isOver = true;
    this.#settled(outcome);
  }

  #subject(): SpawnSubject {
    const { name, directory, uid } = this.#record.config;
    return { name, directory, uid, argv0: this.#plan.argv[0] ?? "" };
  }
}

// Gathers the environment of a start: the account of its user, files, the output of a command. Each may take as long as the disks
// and servers behind it; the main thread does not wait.

interface GatheringDeps {
  readonly sources: EnvironmentSources;
  readonly host: ProgramHost;
  readonly context: LaunchContext;
}

type Outcome = Result<Gathered, GatheringFailure>;

/** Whether the environment of a program is known only after something was read. */
export function isGathered({ userEnv, envFiles, envCommand }: ProcessConfig): boolean {
  return userEnv || envFiles.length > 0 || envCommand !== null;
}

/** Reads files in order. The first that cannot be read, or has a mistake, is the error. */
export async function readEnvFiles(
  files: readonly EnvFileValue[],
  { readFile }: Pick<EnvironmentSources, "readFile">,
): Promise<Result<readonly GatheredFile[], GatheringFailure>> {
  const read: GatheredFile[] = [];
  for (const { path, isOptional } of files) {
    const bytes = await readFile(path);
    if (!bytes.ok) {
      const errno = bytes.error;
      if (isOptional && errno === "ENOENT") continue;
      const byHost = errno === "EBUSY" || isHostFailure("find", errno);
      return err({ text: envReadText(path, errno), byHost });
    }
    const parsed = parseEnvBytes(bytes.value);
    if (!parsed.ok) return err({ text: envSyntaxText(path, parsed.error), byHost: false });
    read.push({ path, variables: parsed.value });
  }
  return ok(read);
}

export class Gathering {
  /** What it waits for. */
  activity: StartActivity = "user";
  readonly #deps: GatheringDeps;
  readonly #record: ProcessRecord;
  readonly #user: LaunchUser | null;
  readonly #done: (outcome: Outcome) => void;
  #cancel: () => void = () => {};
  #isOver = false;

  /**
   * @param user that the program runs as; null for the daemon's own
   * @param done called once, perhaps before `begin` returns; not after `cancel`
   */
  constructor(
    deps: GatheringDeps,
    record: ProcessRecord,
    user: LaunchUser | null,
    done: (outcome: Outcome) => void,
  ) {
    this.#deps = deps;
    this.#record = record;
    this.#user = user;
    this.#done = done;
  }

  begin(): void {
    const { userEnv } = this.#record.config;
    if (!userEnv) this.#readFiles(null);
    else if (this.#user !== null) this.#readFiles(this.#user.entry);
    else this.#findEntry();
  }

  /** Ends it without an outcome; a command that runs is killed. */
  cancel(): void {
    this.#isOver = true;
    this.#cancel();
  }

  /** Of the daemon's own user, who may have no entry: in a container any number will do. */
  #findEntry(): void {
    const { host } = this.#deps;
    this.#cancel = host.user(host.ownUid, (answer) => {
      if (this.#isOver) return;
      if (answer !== null && "errno" in answer) {
        const text = `couldn't look up uid ${host.ownUid} for user_env: ${answer.errno}`;
        this.#end(err({ text, byHost: true }));
      } else this.#readFiles(answer?.entry ?? null);
    });
  }

  #readFiles(user: UserEntry | null): void {
    const { envFiles } = this.#record.config;
    if (envFiles.length === 0) {
      this.#runCommand({ ...NOTHING_GATHERED, user });
      return;
    }
    this.activity = "env_file";
    const read = readEnvFiles(envFiles, this.#deps.sources);
    read.then(
      (files) => {
        if (this.#isOver) return;
        if (files.ok) this.#runCommand({ ...NOTHING_GATHERED, user, files: files.value });
        else this.#end(files);
      },
      (error) => this.#end(err({ text: `env_file: ${thrownMessage(error)}`, byHost: true })),
    );
  }

  #runCommand(gathered: Gathered): void {
    const planned = this.#planCommand(gathered);
    if (planned === null || !planned.ok) {
      this.#end(planned ?? ok(gathered));
      return;
    }
    this.activity = "env_command";
    const given = secretsOf(planned.value, gathered);
    this.#cancel = this.#deps.sources.runCommand(planned.value, (outcome) => {
      if (this.#isOver) return;
      const command = readEnvCommand(planned.value, outcome, given);
      this.#end(command.ok ? ok(withCommand(gathered, command.value)) : command);
    });
  }

  #planCommand(gathered: Gathered): Result<EnvCommand, GatheringFailure> | null {
    const { key, group, config } = this.#record;
    const { envCommand, envCommandTimeout, directory: cwd, umask } = config;
    if (envCommand === null) return null;
    const { context } = this.#deps;
    const environment = programEnvironment(config, group, context, gathered);
    const program = { ...config, command: envCommand };
    const plan = planCommand(program, environment, context.builtInCommand ?? null);
    if (!plan.ok) return err({ text: `env_command: ${plan.error.text}`, byHost: false });
    return ok({
      ...{ key, ...plan.value, cwd, umask, user: this.#user },
      env: environmentStrings(environment),
      softFileLimit: context.softFileLimit,
      timeoutMs: envCommandTimeout * 1000,
    });
  }

  #end(outcome: Outcome): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#done(outcome);
  }
}

/** All that files give, and what names call secret in the rest of its environment. */
function secretsOf({ env }: EnvCommand, { files }: Gathered): readonly string[] {
  const named = env.flatMap((variable) => {
    const at = variable.indexOf("=");
    return isSecretName(variable.slice(0, at)) ? [variable.slice(at + 1)] : [];
  });
  return [...files.flatMap(({ variables }) => variables.map(({ value }) => value)), ...named];
}

function withCommand(gathered: Gathered, command: readonly EnvVariable[]): Gathered {
  return { ...gathered, command };
}
