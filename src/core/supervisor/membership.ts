// Processes that join or leave an active group while the daemon runs. The group's configuration changes with them, so
// that a reread sees what is different from the file.

import { type ProcessKey, processKey } from "../base/ids.ts";
import type { Instant } from "../base/time.ts";
import type { ProcessConfig } from "../config/model.ts";
import { NEVER_STARTED, pidOf } from "../process/model.ts";
import { isDown } from "../process/public-state.ts";
import { NO_RUNS } from "../process/runs.ts";
import { noteAdded, touch } from "./dependents.ts";
import type { Draft } from "./draft.ts";
import { link, unlink } from "./links.ts";
import { addSchedules, removeSchedule } from "./schedules.ts";
import { dropStart } from "./starts.ts";

/** Adds processes to a group. Not during a shutdown, whose plan already exists. */
export function addProcesses(
  draft: Draft,
  name: string,
  processes: readonly ProcessConfig[],
  now: Instant,
): void {
  const group = draft.groups.get(name);
  if (group === null || draft.mood !== "RUNNING") return;
  const fresh = processes.filter(
    (each) => draft.processes.get(processKey(name, each.name)) === null,
  );
  const keys = fresh.map((each) => processKey(name, each.name));
  const records = fresh.map((config) => {
    const key = processKey(name, config.name);
    return { key, group: name, config, state: NEVER_STARTED, runs: NO_RUNS };
  });
  for (const record of records) draft.processes.set(record.key, record);
  link(draft, records);
  draft.groups.set(name, {
    config: { ...group.config, processes: [...group.config.processes, ...fresh] },
    keys: [...group.keys, ...keys],
  });
  noteAdded(draft, records);
  addSchedules(draft, records, now);
  draft.effects.push({ kind: "processes-added", keys });
}

/** Takes a process out of its group, if nothing of it runs. */
export function removeProcess(draft: Draft, key: ProcessKey): void {
  const record = draft.processes.get(key);
  const group = record === null ? null : draft.groups.get(record.group);
  if (record === null || group === null || draft.mood !== "RUNNING") return;
  if (!isDown(record.state) || pidOf(record.state) !== 0) return;
  const { name } = record.config;
  draft.groups.set(record.group, {
    config: {
      ...group.config,
      processes: group.config.processes.filter((each) => each.name !== name),
    },
    keys: group.keys.filter((each) => each !== key),
  });
  dropStart(draft, key, "removed");
  removeSchedule(draft, key);
  unlink(draft, [record]);
  draft.processes.set(key, null);
  touch(draft, record);
  draft.effects.push({ kind: "process-removed", key });
}
