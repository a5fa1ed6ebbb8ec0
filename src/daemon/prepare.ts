// Prepares the process of the daemon once, before anything else: limits, privileges, umask, directory.
//
// sync-ok(chdir): at the first start, before anything is supervised

import { err, ok, type Result } from "../core/base/result.ts";
import type { Config, ConfigNotice } from "../core/config/model.ts";
import { requireLimit } from "../host/system/limits.ts";
import { dropPrivileges } from "../host/system/privileges.ts";
import { raiseLimits } from "./resources.ts";

/** Limits before rights: only root may raise a hard limit. */
export function prepare(config: Config): Result<readonly ConfigNotice[], string> {
  const { user, directory, umask } = config.daemon;
  const lines: ConfigNotice[] = [];
  const raised = raiseLimits(config.daemon, requireLimit);
  if (!raised.ok) return raised;
  if (user !== null) {
    const problem = dropPrivileges(user);
    if (problem !== null) return err(problem);
    lines.push(info(`Set uid to user ${user.uid} succeeded`));
  }
  lines.push(...raised.value.map(info));
  process.umask(umask);
  if (directory !== null) {
    try {
      process.chdir(directory);
      lines.push(info(`set current directory: '${directory}'`));
    } catch (error) {
      lines.push({ level: "CRIT", text: `can't chdir into '${directory}': ${String(error)}` });
    }
  }
  return ok(lines);
}

function info(text: string): ConfigNotice {
  return { level: "INFO", text };
}
