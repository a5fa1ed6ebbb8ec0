// A reporter for Node's test runner that writes down, one to a line, the compiled test files in which something failed.

import { relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../", import.meta.url));

/** With source maps a test is told by its source. */
function compiled(file) {
  const path = relative(root, file);
  return path.endsWith(".ts") ? `build/js/${path.slice(0, -".ts".length)}.js` : path;
}

// biome-ignore lint/style/noDefaultExport: a reporter is asked for by its file.
export default async function* failures(events) {
  for await (const { type, data } of events) {
    if (type === "test:fail" && data.file !== undefined) yield `${compiled(data.file)}\n`;
  }
}
