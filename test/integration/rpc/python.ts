// Debian's Python, whose xmlrpc.client Supervisor and most clients use.

import { execFileSync, spawnSync } from "node:child_process";

const PYTHON = "/usr/bin/python3";

/** Why tests against Python cannot run here, or false when they can. In the form that node:test's `skip` takes. */
export function missingPython(): string | false {
  const tried = spawnSync(PYTHON, ["-c", "import xmlrpc.client"]);
  if (tried.status === 0) return false;
  return `${PYTHON} with xmlrpc.client is not installed: nothing to compare with`;
}

/** Runs a script with JSON on its standard input and returns the JSON that it printed. */
export function runPython(script: string, input: unknown): unknown {
  const output = execFileSync(PYTHON, ["-c", script], {
    input: JSON.stringify(input),
    maxBuffer: 256 * 1024 * 1024,
    encoding: "utf8",
  });
  return JSON.parse(output);
}
