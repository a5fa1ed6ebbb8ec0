// Dry run of an upgrade: checks whether this executable can replace a running daemon. Reads its state and its configuration,
// loads what it will need, and reports in one line. Opens nothing else and changes nothing.

import { thrownMessage } from "../core/base/thrown.ts";
import { parseDaemonArguments } from "../core/command-line/arguments.ts";
import { readDaemonConfig } from "../core/config/read.ts";
import { RUN_PROGRAM } from "../core/run/config.ts";
import type { Snapshot } from "../core/snapshot/snapshot.ts";
import { decodeSnapshot } from "../core/snapshot/snapshot.ts";
import { dryRunLine, SNAPSHOT_FD, SNAPSHOT_ONLY } from "../core/upgrade/dry-run.ts";
import { createConfigWorld } from "../host/files/config-world.ts";
import { posix } from "../host/posix.ts";
import { createAccounts } from "../host/system/accounts.ts";
import { print } from "../host/terminal/output.ts";
import { readDocument } from "../host/upgrade/document-file.ts";
import { VERSION } from "../version.ts";
import { EXIT } from "./errors.ts";

/** Answers on standard output. @returns exit status */
export function rehearse(words: readonly string[]): number {
  const readsConfig = !words.includes(SNAPSHOT_ONLY);
  print(dryRunLine({ tsv: VERSION, problem: findProblem(readsConfig) }));
  return EXIT.OK;
}

function findProblem(readsConfig: boolean): string | null {
  try {
    posix();
    const handover = decodeSnapshot(readDocument(SNAPSHOT_FD).document);
    if (!handover.ok) return handover.error;
    return readsConfig ? configProblem(handover.value) : null;
  } catch (error) {
    return thrownMessage(error);
  }
}

/** The configuration is not put into effect, but what is broken now would be found at the worst of times. */
function configProblem({ program, words, cwd, config }: Snapshot): string | null {
  const world = createConfigWorld(createAccounts(), cwd);
  if (program === RUN_PROGRAM) return null;
  const command = parseDaemonArguments([program, ...words], world);
  if (!command.ok) return `it rejects the command line of the daemon: ${command.error}`;
  if (command.value.kind !== "run") return "for it, the command line of the daemon asks for help";
  const file = world.readText(config.daemon.configFile);
  // A daemon that has given up its rights cannot read it either.
  if (!file.ok && (file.error.code === "EACCES" || file.error.code === "EPERM")) return null;
  const read = readDaemonConfig(command.value.args, world);
  return read.ok ? null : `the configuration has an error: ${read.error.text}`;
}
