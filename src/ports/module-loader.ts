// JavaScript modules that a configuration names: code of the user, which runs with all privileges of the process.

import type { Result } from "../core/base/result.ts";
import type { ModuleReference } from "../core/config/model.ts";

export interface ModuleLoader {
  /**
   * Loads a module, if only root and our own user could have written it.
   * @returns the export that is named, or in one sentence why not
   */
  load(module: ModuleReference): Promise<Result<unknown, string>>;
}
