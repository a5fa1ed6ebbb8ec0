// JavaScript modules that a configuration names: code of the user's, which runs with all rights of whoever loads it.

import type { Result } from "../core/base/result.ts";
import type { ModuleReference } from "../core/config/model.ts";

export interface ModuleLoader {
  /**
   * Loads a module, if nobody but root and our own user could have written it.
   * @returns the export that is named, or in one sentence why not
   */
  load(module: ModuleReference): Promise<Result<unknown, string>>;
}
