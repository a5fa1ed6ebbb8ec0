// Several test files in one process: of pure tests most of the time goes into starting Node. Each file is a suite with its own
// name and hooks.

import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";

/** So many files are worth a process of their own. */
const LEAST_FILES = 20;

/** @typedef {{ name: string, module: string, files: string[] }} Unit what one process runs; all paths are below the root */

/**
 * @param {string} root
 * @param {string[]} files
 * @param {number} most
 * @returns {Unit[]} at most `most`
 */
export function groupFiles(root, files, most) {
  const directory = join(root, "build/js/test/groups");
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  const size = Math.max(LEAST_FILES, Math.ceil(files.length / most));
  /** @type {Unit[]} */
  const groups = [];
  // Neighbours stay together: they import the same modules.
  for (let at = 0; at < files.length; at += size) {
    const number = groups.length + 1;
    const module = relative(root, join(directory, `${number}.js`));
    const part = files.slice(at, at + size);
    writeFileSync(join(root, module), textOf(part, root, directory));
    groups.push({
      name: `group ${number} of ${Math.ceil(files.length / size)}`,
      module,
      files: part,
    });
  }
  return groups;
}

/**
 * @param {string[]} files
 * @param {string} root
 * @param {string} directory
 */
function textOf(files, root, directory) {
  const suites = files.map((file) => {
    const module = JSON.stringify(relative(directory, resolve(root, file)));
    return `describe(${JSON.stringify(file)}, async () => { await import(${module}); });`;
  });
  return `import { describe } from "node:test";\n${suites.join("\n")}\n`;
}
