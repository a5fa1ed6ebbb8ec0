// What clients ask of a group: that it is there, or is not. What joins and has autostart is started in its turn.

import type { ProcessKey } from "../../core/base/ids.ts";
import { err } from "../../core/base/result.ts";
import { isDown } from "../../core/process/public-state.ts";
import { fault } from "../../core/xmlrpc/faults.ts";
import type { EventsApi } from "../events/api.ts";
import type { Configuration } from "./configuration.ts";
import type { Loop } from "./loop.ts";
import type { StartRequests } from "./start-requests.ts";
import { type Answer, DONE } from "./verdicts.ts";

export interface GroupCommandsDeps {
  readonly loop: Loop;
  readonly requests: StartRequests;
  /** Names the groups that there are to be. */
  readonly configuration: Configuration;
  readonly events: Pick<EventsApi, "supervisorChanged">;
}

/** The commands of SupervisorApi that name a group. */
export class GroupCommands {
  readonly #deps: GroupCommandsDeps;

  constructor(deps: GroupCommandsDeps) {
    this.#deps = deps;
  }

  /** Adds every group of the configuration, then starts what has autostart. @returns when all were told to start */
  begin(): Promise<void> {
    const { loop, configuration, events, requests } = this.#deps;
    const { groups } = configuration.current;
    for (const config of groups) loop.post({ kind: "add-group", config });
    events.supervisorChanged("RUNNING");
    for (const { name } of groups) this.#autostart(name);
    return requests.settled(loop.state.queued.keys());
  }

  add(name: string): Answer {
    const { loop, configuration } = this.#deps;
    if (loop.state.groups.has(name)) return err(fault("ALREADY_ADDED", name));
    const config = configuration.current.groups.find((group) => group.name === name);
    if (config === undefined) return err(fault("BAD_NAME", name));
    loop.post({ kind: "add-group", config });
    this.#autostart(name);
    return DONE;
  }

  remove(name: string): Answer {
    const { loop } = this.#deps;
    const { groups, processes } = loop.state;
    const group = groups.get(name);
    if (group === undefined) return err(fault("BAD_NAME", name));
    const isUp = (key: ProcessKey): boolean => {
      const record = processes.get(key);
      return record !== undefined && !isDown(record.state);
    };
    if (group.keys.some(isUp)) return err(fault("STILL_RUNNING", name));
    loop.post({ kind: "remove-group", name });
    return DONE;
  }

  #autostart(name: string): void {
    const { loop } = this.#deps;
    loop.post({ kind: "autostart", keys: loop.state.groups.get(name)?.keys ?? [] });
  }
}
