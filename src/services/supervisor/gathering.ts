// Gathers the environment of a start: the account of its user, files, the output of a command. Each may take as long as the disks
// and servers behind it; the main thread does not wait.

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
  environmentStrings,
  type LaunchContext,
  type LaunchUser,
  planCommand,
  programEnvironment,
} from "../../core/process/launch.ts";
import { isHostFailure, type StartActivity } from "../../core/process/spawn-errors.ts";
import { isSecretName } from "../../core/redact/secret-names.ts";
import type { ProcessRecord } from "../../core/supervisor/model.ts";
import type { EnvironmentSources } from "../../ports/environment-sources.ts";
import type { ProgramHost } from "../../ports/program-host.ts";

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
