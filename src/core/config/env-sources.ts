// The values of env_file= and environment_pass=.

import { pyRepr } from "../base/py-repr.ts";
import { err, ok, type Result } from "../base/result.ts";
import { resolvePath } from "./paths.ts";
import { strip } from "./py-text.ts";
import type { EnvFileValue } from "./value-types.ts";
import type { ConfigWorld } from "./world.ts";

/** `/etc/a.env, ?b.env`, or one in each line. They need not exist: they are read at each start. */
export function parseEnvFiles(
  text: string,
  world: ConfigWorld,
): Result<readonly EnvFileValue[], string> {
  const files: EnvFileValue[] = [];
  for (const part of partsOf(text)) {
    const isOptional = part.startsWith("?");
    const path = isOptional ? strip(part.slice(1)) : part;
    if (path === "" || path.includes("\0")) {
      return err(`not a valid list of files: ${pyRepr(text)}: write /etc/a.env, ?/etc/b.env`);
    }
    files.push({ path: resolvePath(path, world), isOptional });
  }
  return ok(files);
}

/** `PATH,LC_*`: names in which `*` is any text and `?` any character. No name passes nothing. */
export function parseVariablePatterns(text: string): Result<readonly string[], string> {
  const patterns = partsOf(text);
  const bad = patterns.find((pattern) => /[\s="'$]/.test(pattern));
  return bad === undefined
    ? ok(patterns)
    : err(`not the name of a variable: ${pyRepr(bad)}: write PATH,LC_*`);
}

function partsOf(text: string): readonly string[] {
  return text
    .split(/[,\n]/)
    .map(strip)
    .filter((part) => part !== "");
}
