// The directory of what the daemon keeps over its restarts: decisions of operators, and the history of programs.

import { applyDecisions, decisionsPath, defaultStateDirectory } from "./decisions.ts";
import type { DaemonOptions, Decision } from "./model.ts";
import type { DAEMON } from "./options/daemon.ts";
import type { ValuesOf } from "./options/entry.ts";
import { resolvePath } from "./paths.ts";
import { notice, type Reading } from "./reading.ts";
import { parseValue } from "./values.ts";

/** Decisions, and the directory that keeps them: absolute, null for none, which an empty `state_directory` means. */
export function readState(
  { stateDirectory, user, history }: Pick<ValuesOf<typeof DAEMON>, StateOption>,
  reading: Reading,
): { readonly decisions: readonly Decision[]; readonly stateDirectory: string | null } {
  const { world } = reading;
  const uid = user === null ? null : parseValue("user", user, world);
  const account = uid?.ok === true ? world.findUser(uid.value) : null;
  const usual = defaultStateDirectory(account, world);
  const given = stateDirectory === null ? usual : resolvePath(stateDirectory, world);
  const directory = stateDirectory === "" ? null : given;
  const ownUid = account?.uid ?? world.uid;
  if (history === "disk") checkHistoryPlace(reading, directory, ownUid);
  return { decisions: applyDecisions(reading, directory, ownUid), stateDirectory: directory };
}

type StateOption = "stateDirectory" | "user" | "history";

function checkHistoryPlace(reading: Reading, directory: string | null, uid: number): void {
  const problem =
    directory === null
      ? "state_directory is empty"
      : (reading.world.unwritable?.(directory, uid) ?? null);
  if (problem === null) return;
  const text = `history=disk is kept in memory only: ${problem}`;
  const option = { section: "supervisord", key: "history" };
  notice(reading, { level: "WARN", text, rule: "unkept-history", option });
}

/** The file of `history=disk`: beside that of decisions, whose names have no `+`. Null where nothing is kept. */
export function historyPath(
  daemon: Pick<DaemonOptions, "history" | "stateDirectory" | "here" | "configFile">,
): string | null {
  const { history, stateDirectory } = daemon;
  if (history !== "disk" || stateDirectory === null) return null;
  return `${decisionsPath(stateDirectory, daemon)}+history`;
}
