// Several test files in one process: of pure tests most of the time goes into starting Node. Each file is a suite with its own
// name and hooks.

import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";

/** So many files are worth a process of their own. */
const LEAST_FILES = 20;

/**
 * @param {string} root
 * @param {string[]} files
 * @param {number} most
 * @returns paths of modules that import `files`, in at most `most` parts; all are seen from `root`
 */
export function groupFiles(root, files, most) {
  const directory = join(root, "build/js/test/groups");
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  const size = Math.max(LEAST_FILES, Math.ceil(files.length / most));
  const groups = [];
  // Neighbours stay together: they import the same modules.
  for (let at = 0; at < files.length; at += size) {
    const path = join(directory, `${groups.length + 1}.js`);
    writeFileSync(path, textOf(files.slice(at, at + size), root, directory));
    groups.push(relative(root, path));
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
