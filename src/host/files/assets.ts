// The files that are part of tsv: web page and its library, templates of init scripts, manual, pages of the doctor, completions. The
// executable contains them as JSON, which is parsed on demand, the documents apart from the files that a daemon uses; from the
// sources (tests) they are read in place, except completions, which the build generates.
//
// sync-ok(readFileSync): parts of our own executable, in memory

import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { invariant } from "../../core/base/result.ts";
import type { Assets } from "../../ports/assets.ts";
import { embedded } from "../embedded.ts";

/** Names that begin with one of these are below the checkout or its docs; all others are files of the web page. */
const OF_CHECKOUT = ["initscripts/", "node_modules/"];
const DOCUMENTS = ["man/", "doctor/"];
const PAGES = "src/services/web/pages";

/** The embedded files, or those of the checkout. */
export function createAssets(): Assets {
  if (embedded("files") === undefined) {
    const checkout = findCheckout(dirname(fileURLToPath(import.meta.url)));
    return {
      read: (name) =>
        readFileSync(join(checkout, pathOf(name)), name.endsWith(".png") ? "base64" : "utf8"),
    };
  }
  const parts = new Map<string, ReadonlyMap<string, string>>();
  return {
    read(name) {
      const part = isDocument(name) ? "documents" : "files";
      const files = parts.get(part) ?? parsed(part);
      parts.set(part, files);
      const text = files.get(name);
      invariant(text !== undefined, `no file ${name} was built in`);
      return text;
    },
  };
}

function parsed(part: "files" | "documents"): ReadonlyMap<string, string> {
  const text = new TextDecoder().decode(embedded(part) ?? undefined);
  return new Map(Object.entries(JSON.parse(text)));
}

function isDocument(name: string): boolean {
  return DOCUMENTS.some((folder) => name.startsWith(folder));
}

function pathOf(name: string): string {
  if (OF_CHECKOUT.some((folder) => name.startsWith(folder))) return name;
  return isDocument(name) ? join("docs", name) : join(PAGES, name);
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
