// Runs the face that is called for. Each is loaded only when it is the one: in the executable most of them are not even in
// the same bundle.

import type { CheckHost } from "./cli/check.ts";
import { complaintLines, complaintOf } from "./core/base/complaint.ts";
import { USUAL_COLUMNS } from "./core/base/printable.ts";
import { thrownStack } from "./core/base/result.ts";
import { type Call, callOf } from "./core/command-line/face.ts";
import { setProcessName } from "./host/system/identity.ts";
import { endProcess } from "./host/system/signals.ts";

async function run({ face, args, program }: Call): Promise<number> {
  setProcessName(process.argv0);
  switch (face) {
    case "supervisord":
      return await (await import("./daemon/main.ts")).runSupervisord(args, program);
    case "run":
      return await (await import("./run/main.ts")).runForeground(args);
    case "dry-run-upgrade":
      return (await import("./daemon/dry-run.ts")).dryRun(args);
    case "read-config":
      return await (await import("./daemon/read-config.ts")).readConfigForDaemon();
    case "watch-files":
      return await (await import("./daemon/watch-files.ts")).watchFilesForDaemon();
    case "supervisorctl":
      return await (await import("./ctl/main.ts")).runSupervisorctl(args, program);
    case "verb":
      return await (await import("./ctl/run-verb.ts")).runVerb(args[0] ?? "", args.slice(1));
    case "pidproxy":
      return await (await import("./pidproxy/main.ts")).runPidproxy(args, program);
    case "stdout-listener":
      return (await import("./stdout-listener/main.ts")).runStdoutListener();
    case "mcp":
      return await (await import("./mcp/main.ts")).runMcp(args);
    case "fleet":
      return await (await import("./fleet/main.ts")).runFleet(args);
    case "sample-config":
      return (await import("./cli/main.ts")).printSampleConfig();
    case "install":
      return await (await import("./install/cli/main.ts")).runInstall(args);
    case "uninstall":
      return await uninstall(args);
    case "doctor":
      return await (await import("./doctor/cli/main.ts")).runDoctor(args);
    case "why":
      return await (await import("./doctor/cli/why.ts")).runWhy(args);
    case "tsv":
      return await (await import("./cli/main.ts")).runTsv(args, applyFixes);
    case "version":
      return (await import("./cli/help.ts")).printVersion();
    case "help":
      return await (await import("./cli/help.ts")).runHelp(args);
    case "completion":
      return (await import("./cli/main.ts")).runCompletion(args);
    case "unknown":
      return await (await import("./cli/help.ts")).refuseVerb(args);
    case "refused":
      return (await import("./cli/help.ts")).refuse(args[0] ?? "");
  }
}

/** Fixes of `tsv check` are written as doctor writes its repairs. */
const applyFixes: CheckHost["applyFixes"] = async (files, asked) =>
  await (await import("./doctor/cli/check-fix.ts")).applyFixes(files, asked);

async function uninstall(args: readonly string[]): Promise<number> {
  const { createRepairRecords } = await import("./doctor/host/repair-records.ts");
  const undosIn = (directory: string) =>
    createRepairRecords(directory)
      .all()
      .flatMap(({ undos }) => undos);
  return await (await import("./install/cli/main.ts")).runUninstall(args, undosIn);
}

run(callOf(process.argv0, process.argv.slice(2))).then(
  (status) => endProcess(status),
  (error: unknown) => {
    const complaint = complaintOf(error);
    const lines =
      complaint === null
        ? [`Error: tsv failed unexpectedly: ${thrownStack(error)}`]
        : complaintLines(complaint, USUAL_COLUMNS);
    process.stderr.write(`${lines.join("\n")}\n`);
    endProcess(1);
  },
);
