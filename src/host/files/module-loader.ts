// Loads JavaScript modules from files, also inside the executable, whose own require() finds only Node's built-in modules.
//
// sync-ok(createRequire, import): modules of users, loaded once at the start of a generation or at
// a takeover, after their file system was asked: see the ADR

import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { err, ok, type Result, thrownStack } from "../../core/base/result.ts";
import type { ModuleReference } from "../../core/config/model.ts";
import type { ModuleLoader } from "../../ports/module-loader.ts";
import { codeOf } from "../error-code.ts";
import { answers } from "./answers.ts";
import { distrust } from "./path-trust.ts";

/** The import() of the script that starts the bundle, inserted by the bundler: the bundle itself has none. */
declare const TSV_IMPORT: ((url: string) => Promise<unknown>) | undefined;

/** A loader that trusts files of root and of this process's effective user. */
export function createModuleLoader(): ModuleLoader {
  return {
    async load(module) {
      const { path } = module;
      if (!(await answers(path))) return err(`${path}: its file system does not answer`);
      const problem = distrust(path, process.geteuid?.() ?? 0);
      if (problem !== null) return err(problem);
      try {
        return pick(await loadFile(path), module);
      } catch (error) {
        return err(describeFailure(error, path));
      }
    },
  };
}

/** require() loads both kinds of modules since Node 20.19; older versions need import() for ES modules. */
async function loadFile(path: string): Promise<unknown> {
  try {
    return createRequire(path)(path);
  } catch (error) {
    if (codeOf(error) !== "ERR_REQUIRE_ESM") throw error;
    const url = pathToFileURL(path).href;
    return typeof TSV_IMPORT === "undefined" ? await import(url) : await TSV_IMPORT(url);
  }
}

function pick(loaded: unknown, { name, path }: ModuleReference): Result<unknown, string> {
  const exported = member(loaded, name);
  if (exported !== undefined) return ok(exported);
  // module.exports = function
  if (name === "default" && typeof loaded === "function") return ok(loaded);
  return err(`${path} has no ${name === "default" ? "default export" : `export named ${name}`}`);
}

function member(loaded: unknown, name: string): unknown {
  if (loaded === null || (typeof loaded !== "object" && typeof loaded !== "function")) return;
  return (loaded as Readonly<Record<string, unknown>>)[name];
}

function describeFailure(error: unknown, path: string): string {
  if (codeOf(error) === "ERR_REQUIRE_ASYNC_MODULE") {
    return `${path} uses await at its top level; move it into a function`;
  }
  if (error instanceof SyntaxError) return `${path} cannot be parsed: ${placeOf(error)}`;
  return `${path} failed while it was loaded: ${thrownStack(error)}`;
}

/** The stack of a SyntaxError begins with FILE:LINE and the text of that line. */
function placeOf(error: SyntaxError): string {
  const [place = ""] = (error.stack ?? "").split("\n");
  return /:\d+$/.test(place) ? `${error.message} (${place})` : error.message;
}
