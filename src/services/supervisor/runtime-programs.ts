// Programs that join and leave active groups at run time, described by a struct of options instead of a file.

import { processKey } from "../../core/base/ids.ts";
import { err } from "../../core/base/result.ts";
import { hasDependencies, problemOfJoining } from "../../core/config/dependencies.ts";
import type { ProcessConfig } from "../../core/config/model.ts";
import { isDown, pidOf } from "../../core/process/model.ts";
import type { SupervisorInput, SupervisorState } from "../../core/supervisor/model.ts";
import { fault } from "../../core/xmlrpc/faults.ts";
import type { ActivityLog } from "../logs/api.ts";
import type { SupervisorApi } from "./api.ts";
import type { Configuration } from "./configuration.ts";
import type { Loop } from "./loop.ts";
import { type Answer, DONE } from "./waiters.ts";

interface RuntimeProgramsDeps {
  readonly loop: Loop;
  readonly activity: Pick<ActivityLog, "log">;
  /** Reads programs that no file mentions. Shows what joins and leaves as long as its groups are those that run. */
  readonly configuration: Configuration;
}

const SHUTTING_DOWN: Answer = err(fault("SHUTDOWN_STATE"));

/** The commands of SupervisorApi that change the members of a group. */
export function createRuntimePrograms({
  loop,
  activity,
  configuration,
}: RuntimeProgramsDeps): Pick<SupervisorApi, "addProgram" | "removeProcess"> {
  const change = (name: string, input: SupervisorInput): void => {
    const before = loop.state.groups.get(name)?.config;
    loop.post(input);
    configuration.replaceGroup(before, loop.state.groups.get(name)?.config);
  };
  return {
    async addProgram(program) {
      const name = program.group;
      const refused = whyNotInto(loop.state, name);
      if (refused !== null) return refused;
      const read = await configuration.readProgram(program);
      if (!read.ok) return read;
      // The group may have gone meanwhile, and everything may be stopping.
      const isRunning = loop.state.daemonState === "RUNNING";
      const after = isRunning ? whyNotInto(loop.state, name) : SHUTTING_DOWN;
      if (after !== null) return after;
      const { processes, notices } = read.value;
      const keys = processes.map((process) => processKey(name, process.name));
      const taken = keys.findIndex((key) => loop.state.processes.has(key));
      if (taken >= 0) return err(fault("BAD_NAME", processes[taken]?.name ?? name));
      const problem = problemOfJoin(loop.state, name, processes);
      if (problem !== null) return err(fault("INCORRECT_PARAMETERS", problem));
      for (const { level, text } of notices) activity.log(level, text);
      change(name, { kind: "add-processes", group: name, processes });
      loop.post({ kind: "autostart", keys });
      return DONE;
    },
    removeProcess(key) {
      const record = loop.state.processes.get(key);
      if (record === undefined) return err(fault("BAD_NAME", key));
      const { state, config, group } = record;
      if (!isDown(state) || pidOf(state) !== 0) return err(fault("STILL_RUNNING", config.name));
      change(group, { kind: "remove-process", key });
      return DONE;
    },
  };
}

/** What would be wrong with the dependencies of the programs that run; null for nothing. */
function problemOfJoin(
  { groups, dependents }: SupervisorState,
  name: string,
  processes: readonly ProcessConfig[],
): string | null {
  if (dependents.size === 0 && !processes.some(hasDependencies)) return null;
  const configs = [...groups.values()].map(({ config }) => config);
  return problemOfJoining(configs, name, processes);
}

/** @returns null for a group that takes programs */
function whyNotInto({ groups }: SupervisorState, name: string): Answer | null {
  const group = groups.get(name);
  if (group === undefined) return err(fault("BAD_NAME", `group: ${name}`));
  if (group.config.kind !== "eventlistener") return null;
  const text = `group ${name} is a pool of event listeners, which takes no other programs`;
  return err(fault("INCORRECT_PARAMETERS", text));
}
