// What a program gets as its environment: that of its run, or of the next start. Looking starts nothing and runs no command.

import type { ProcessKey } from "../../core/base/ids.ts";
import { type Gathered, NOTHING_GATHERED } from "../../core/environment/gathered.ts";
import { environmentLayers, type Layer } from "../../core/environment/layers.ts";
import type { LaunchContext } from "../../core/process/launch.ts";
import { pidOf } from "../../core/process/model.ts";
import type { ProcessRecord } from "../../core/supervisor/model.ts";
import type { EnvironmentSources } from "../../ports/environment-sources.ts";
import type { ProgramHost, UserAnswer } from "../../ports/program-host.ts";
import type { EnvironmentView, SupervisorApi } from "./api.ts";
import type { Children } from "./children.ts";
import { readEnvFiles } from "./gathering.ts";
import type { Loop } from "./loop.ts";
import type { SaidReady } from "./said-ready.ts";

/** Files and the user database may take so long, milliseconds. */
const LIMIT_MS = 3000;

interface EnvironmentViewDeps {
  readonly loop: Pick<Loop, "state">;
  readonly children: Pick<Children, "gathered">;
  readonly said: Pick<SaidReady, "variables">;
  readonly sources: EnvironmentSources;
  readonly host: ProgramHost;
  readonly context: LaunchContext;
}

export function createEnvironmentView(
  deps: EnvironmentViewDeps,
): Pick<SupervisorApi, "environment"> {
  return {
    async environment(key, ofNext) {
      const record = deps.loop.state.processes.get(key);
      if (record === undefined) return null;
      const gathered = ofNext ? null : deps.children.gathered(key);
      return gathered === null
        ? await viewOfNext(deps, record)
        : viewOfRun(deps, key, record, gathered);
    },
  };
}

function viewOfRun(
  { context, said }: EnvironmentViewDeps,
  key: ProcessKey,
  { config, group, state }: ProcessRecord,
  gathered: Gathered,
): EnvironmentView {
  const notify: Layer = {
    source: "notify",
    variables: said.variables(key, config),
    placeOf: () => null,
  };
  const layers = [...environmentLayers(config, group, context, gathered), notify];
  return { group, name: config.name, pid: pidOf(state), layers, problem: "", command: "" };
}

async function viewOfNext(
  { context, host, sources }: EnvironmentViewDeps,
  { config, group }: ProcessRecord,
): Promise<EnvironmentView> {
  const { envFiles, userEnv, envCommand } = config;
  const uid = config.uid ?? host.ownUid;
  const [files, user] = await Promise.all([
    sources.withinLimit(readEnvFiles(envFiles, sources), LIMIT_MS),
    userEnv ? sources.withinLimit(lookUp(host, uid), LIMIT_MS) : null,
  ]);
  const gathered: Gathered = {
    ...NOTHING_GATHERED,
    files: files?.ok === true ? files.value : [],
    user: user !== null && !("errno" in user) ? user.entry : null,
  };
  const late = "a file of env_file is on a file system that does not answer";
  const problem = files === null ? late : files.ok ? "" : files.error.text;
  const layers = environmentLayers(config, group, context, gathered);
  return { group, name: config.name, pid: 0, layers, problem, command: envCommand ?? "" };
}

function lookUp(host: ProgramHost, uid: number): Promise<UserAnswer> {
  return new Promise((resolve) => void host.user(uid, resolve));
}
