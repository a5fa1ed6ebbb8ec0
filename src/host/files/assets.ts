// The files that are part of tsv: web page, templates of init scripts, manual, shell completions. The executable contains them
// as JSON, which is parsed on demand; from the sources (tests) they are read in place, except completions, which the build
// generates.
//
// sync-ok(readFileSync): parts of our own executable, in memory

import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { invariant } from "../../core/base/assert.ts";
import type { Assets } from "../../ports/assets.ts";
import { embedded } from "../embedded.ts";

/** Names that begin with one of these are below the checkout; all others are files of the web page. */
const INIT_SCRIPTS = "initscripts/";
const MANUAL = "man/";
const PAGES = "src/services/web/pages";

/** The embedded files, or those of the checkout. */
export function createAssets(): Assets {
  const carried = embedded("files");
  if (carried) {
    const text = new TextDecoder().decode(carried);
    const files: ReadonlyMap<string, string> = new Map(Object.entries(JSON.parse(text)));
    return {
      read(name) {
        const text = files.get(name);
        invariant(text !== undefined, `no file ${name} was built in`);
        return text;
      },
    };
  }
  const checkout = findCheckout(dirname(fileURLToPath(import.meta.url)));
  return {
    read(name) {
      return readFileSync(join(checkout, placeOf(name)), name.endsWith(".png") ? "base64" : "utf8");
    },
  };
}

function placeOf(name: string): string {
  if (name.startsWith(INIT_SCRIPTS)) return name;
  return name.startsWith(MANUAL) ? join("docs", name) : join(PAGES, name);
}

/** Searches upwards: compiled tests are in a directory below the checkout. */
function findCheckout(from: string): string {
  try {
    readFileSync(join(from, PAGES, "status.mustache"));
    return from;
  } catch (error) {
    if (dirname(from) === from) throw error;
    return findCheckout(dirname(from));
  }
}
