// What the executable starts: the bundle that is called for, out of the blob's assets, together with its code cache. A cache
// that does not fit the runtime is ignored by V8, which compiles then.

import { getRawAsset } from "node:sea";
import { Script } from "node:vm";
import { bundleOf, callOf } from "../../src/core/command-line/face.ts";

/** @param {string} name */
const asset = (name) => Buffer.from(/** @type {ArrayBuffer} */ (getRawAsset(name)));

/** @param {string} name */
function embedded(name) {
  try {
    return asset(name);
  } catch {
    return null; // pty.node, where it could not be built
  }
}

const name = bundleOf(callOf(process.argv0, process.argv.slice(2)));
const script = new Script(asset(`${name}.js`).toString("latin1"), {
  filename: "tsv",
  cachedData: asset(`${name}.cache`),
});
script.runInThisContext()(exports, require, module, embedded);
