// The files of the web page: inside the executable they are one string of JSON in the bundle, which is parsed when the
// first page is asked for; from the sources (tests) they are read where they lie.

import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { invariant } from "../core/base/assert.ts";
import type { Assets } from "../ports/assets.ts";

/** Put in by the bundler: name to text, as JSON. */
declare const TSV_ASSETS: string | undefined;

const FOLDER = "src/services/web/pages";

/** The embedded files, or those of the checkout. */
export function createAssets(): Assets {
  if (typeof TSV_ASSETS === "string") {
    const files: ReadonlyMap<string, string> = new Map(Object.entries(JSON.parse(TSV_ASSETS)));
    return {
      read(name) {
        const text = files.get(name);
        invariant(text !== undefined, `no file ${name} was built in`);
        return text;
      },
    };
  }
  const folder = findFolder(dirname(fileURLToPath(import.meta.url)));
  return {
    read: (name) => readFileSync(join(folder, name), name.endsWith(".png") ? "base64" : "utf8"),
  };
}

/** Compiled tests lie in a folder of their own below the checkout. */
function findFolder(from: string): string {
  const folder = join(from, FOLDER);
  try {
    readFileSync(join(folder, "status.mustache"));
    return folder;
  } catch (error) {
    if (dirname(from) === from) throw error;
    return findFolder(dirname(from));
  }
}
