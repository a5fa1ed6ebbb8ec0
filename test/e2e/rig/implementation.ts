// Which daemon and which ctl: Debian's, or tsv under Supervisor's names.

import { chmodSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { TSV, withoutSupervisor, withoutTsv } from "./places.ts";

/** The programs of Supervisor that tsv answers as. */
export type ProgramName = "supervisord" | "supervisorctl" | "echo_supervisord_conf" | "pidproxy";

/** One of the two. */
export interface Implementation {
  readonly name: "debian" | "tsv";
  /** The executable of that name. */
  path(program: ProgramName): string;
  /** The reason why tests cannot use it, or false. */
  absent(): string | false;
}

/** Debian's Supervisor 4.2.5. */
export const DEBIAN: Implementation = {
  name: "debian",
  path: (program) => `/usr/bin/${program}`,
  absent: withoutSupervisor,
};

/** dist/tsv, called through symbolic links of Supervisor's names. */
export const TSV_BY_NAME: Implementation = {
  name: "tsv",
  path: (program) => join(names(), program),
  absent: withoutTsv,
};

let directory: string | null = null;

/** A directory of links, made on first use and removed with this process. */
function names(): string {
  if (directory !== null) return directory;
  const made = mkdtempSync("/tmp/tsv-e2e-names-");
  chmodSync(made, 0o755); // other users run them too
  for (const name of ["supervisord", "supervisorctl", "echo_supervisord_conf", "pidproxy"]) {
    symlinkSync(TSV, join(made, name));
  }
  process.on("exit", () => rmSync(made, { recursive: true, force: true }));
  directory = made;
  return made;
}
