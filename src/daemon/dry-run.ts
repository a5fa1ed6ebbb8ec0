// Dry run of an upgrade: checks whether this executable can replace a running daemon. It reads the daemon's snapshot and its
// configuration, loads the native addon, and reports in one line. It opens nothing else and changes nothing.

import { thrownMessage } from "../core/base/result.ts";
import { parseDaemonArguments } from "../core/command-line/arguments.ts";
import { readDaemonConfig } from "../core/config/read.ts";
import { RUN_PROGRAM } from "../core/run/config.ts";
import { decodeSnapshot, type Snapshot } from "../core/snapshot/snapshot.ts";
import { dryRunLine, SNAPSHOT_FD, SNAPSHOT_ONLY } from "../core/upgrade/dry-run.ts";
import { createConfigWorld } from "../host/files/config-world.ts";
import { posix } from "../host/posix.ts";
import { createAccounts } from "../host/system/accounts.ts";
import { print } from "../host/terminal/output.ts";
import { readUnnamed } from "../host/upgrade/unnamed-file.ts";
import { VERSION } from "../version.ts";
import { EXIT } from "./errors.ts";

/** Answers on standard output. @returns exit status */
export function dryRun(words: readonly string[]): number {
  const readsConfig = !words.includes(SNAPSHOT_ONLY);
  print(dryRunLine({ tsv: VERSION, problem: findProblem(readsConfig) }));
  return EXIT.OK;
}

function findProblem(readsConfig: boolean): string | null {
  try {
    posix();
    const snapshot = decodeSnapshot(readUnnamed(SNAPSHOT_FD));
    if (!snapshot.ok) return snapshot.error;
    return readsConfig ? configProblem(snapshot.value) : null;
  } catch (error) {
    return thrownMessage(error);
  }
}

/** The successor does not read the configuration, but an error in it is better found before the upgrade. */
function configProblem({ program, words, cwd, config }: Snapshot): string | null {
  const world = createConfigWorld(createAccounts(), cwd);
  if (program === RUN_PROGRAM) return null;
  const command = parseDaemonArguments([program, ...words], world);
  if (!command.ok) return `it rejects the command line of the daemon: ${command.error}`;
  if (command.value.kind !== "run") return "for it, the command line of the daemon asks for help";
  const file = world.readText(config.daemon.configFile);
  // A daemon that has dropped its privileges cannot read it either.
  if (!file.ok && (file.error.code === "EACCES" || file.error.code === "EPERM")) return null;
  const read = readDaemonConfig(command.value.args, world);
  return read.ok ? null : `the configuration has an error: ${read.error.text}`;
}
