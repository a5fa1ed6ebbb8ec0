// The state of a service whose main file is a script or a property list.

import { existsSync } from "node:fs";
import { runCommand } from "../../install/host/commands.ts";
import { readTextFile } from "../../install/host/safe-files.ts";
import { INIT_SYSTEMS } from "../../install/services/registry.ts";
import type { ServiceQuestion } from "../../install/services/service.ts";
import {
  type AskedState,
  commandsOf,
  isRecorded,
  type KnownService,
  UNASKED,
} from "./known-service.ts";

/** If a script takes longer to answer, the state is unknown. */
const PATIENCE_MS = 3000;

/** Asks the init system. */
export function scriptState({ facts, plan }: KnownService): AskedState {
  const { files, init } = plan;
  const { scanner, isStatusForRoot } = INIT_SYSTEMS[init];
  const path = files.mainFile;
  // Without a scanner, a command of the init system checks them.
  const links = scanner === null ? [] : files.links;
  if (!existsSync(path)) return { ...UNASKED, isEnabled: false, isActive: false, links };
  const mayAsk = process.geteuid?.() === 0 || !isStatusForRoot;
  return {
    ...UNASKED,
    file: {
      path,
      text: readTextFile(path) ?? "",
      isPackaged: !isRecorded(path, facts) && facts.mark?.paths.includes(path) === true,
    },
    isEnabled: files.isEnabled === null ? true : answerTo(files.isEnabled),
    isActive: mayAsk ? answerTo(files.isRunning) : null,
    commands: commandsOf(files),
    links,
  };
}

/** null: unknown. */
function answerTo({ argv }: ServiceQuestion): boolean | null {
  const { status } = runCommand(argv, PATIENCE_MS);
  return status === null ? null : status === 0;
}
