// The commands of SupervisorApi that add and remove groups. Added processes that have autostart are queued to start.

import type { ProcessKey } from "../../core/base/ids.ts";
import { err } from "../../core/base/result.ts";
import { isDown } from "../../core/process/public-state.ts";
import { fault } from "../../core/xmlrpc/faults.ts";
import type { EventsApi } from "../events/api.ts";
import type { SupervisorApi } from "./api.ts";
import type { Configuration } from "./configuration.ts";
import type { Loop } from "./loop.ts";
import type { StartRequests } from "./start-requests.ts";
import { DONE } from "./verdicts.ts";

interface GroupCommandsDeps {
  readonly loop: Loop;
  readonly requests: StartRequests;
  /** Names the groups that there are to be. */
  readonly configuration: Configuration;
  readonly events: Pick<EventsApi, "supervisorChanged">;
}

export interface GroupCommands extends Pick<SupervisorApi, "addGroup" | "removeGroup"> {
  /** Adds every group of the configuration, then starts programs with autostart. @returns when all starts were requested */
  begin(): Promise<void>;
}

export function createGroupCommands({
  loop,
  requests,
  configuration,
  events,
}: GroupCommandsDeps): GroupCommands {
  const autostart = (name: string, boot: { readonly isBoot?: true } = {}): void =>
    loop.post({ kind: "autostart", keys: loop.state.groups.get(name)?.keys ?? [], ...boot });
  const isUp = (key: ProcessKey): boolean => {
    const record = loop.state.processes.get(key);
    return record !== undefined && !isDown(record.state);
  };
  return {
    begin() {
      const { groups } = configuration.current;
      for (const config of groups) loop.post({ kind: "add-group", config });
      events.supervisorChanged("RUNNING");
      for (const { name } of groups) autostart(name, { isBoot: true });
      return requests.settled(loop.state.queued.keys());
    },
    addGroup(name) {
      if (loop.state.groups.has(name)) return err(fault("ALREADY_ADDED", name));
      const config = configuration.current.groups.find((group) => group.name === name);
      if (config === undefined) return err(fault("BAD_NAME", name));
      loop.post({ kind: "add-group", config });
      autostart(name);
      return DONE;
    },
    removeGroup(name) {
      const group = loop.state.groups.get(name);
      if (group === undefined) return err(fault("BAD_NAME", name));
      if (group.keys.some(isUp)) return err(fault("STILL_RUNNING", name));
      loop.post({ kind: "remove-group", name });
      return DONE;
    },
  };
}
