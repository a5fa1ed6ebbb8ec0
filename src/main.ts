// Which program this is: by the name it was called with, or by the first word after `tsv`. Each face is loaded only when
// it is the one, because ctl must answer in a blink.

import { basename } from "node:path";
import { thrownStack } from "./core/base/thrown.ts";
import { type Runner, VERBS } from "./core/base/verbs.ts";
import { REHEARSE_VERB } from "./core/handover/rehearsal.ts";
import { READ_VERB } from "./core/reader/verb.ts";
import { endProcess } from "./host/system/end-process.ts";
import { print } from "./host/terminal/output.ts";
import { VERSION } from "./version.ts";

/** Names that make the executable one of Supervisor's programs, argument for argument. */
const PROGRAMS = ["supervisord", "supervisorctl", "echo_supervisord_conf", "pidproxy"] as const;

async function main(): Promise<number> {
  const args = process.argv.slice(2);
  const called = basename(process.argv0);
  switch (PROGRAMS.find((name) => name === called)) {
    case "supervisord":
      return await supervisord(args, process.argv0);
    case "supervisorctl":
      return await supervisorctl(args, process.argv0);
    case "echo_supervisord_conf":
      return (await import("./cli/main.ts")).printSampleConfig();
    case "pidproxy":
      return await pidproxy(args, process.argv0);
    case undefined:
      return await tsv(args);
  }
}

async function tsv(args: readonly string[]): Promise<number> {
  const [verb = "help", ...rest] = args;
  const [topic = ""] = rest;
  const isExplained = ["ctl", "face"].includes(runnerOf(topic)) || topic === "pidproxy";
  if (verb === "help" && isExplained) return await tsv([topic, "--help"]);
  if (runnerOf(verb) === "ctl") return await (await import("./ctl/main.ts")).runVerb(verb, rest);
  switch (verb) {
    case "daemon":
      return await supervisord(rest, "tsv daemon");
    case "ctl":
      return await supervisorctl(rest, "tsv ctl");
    case "pidproxy":
      return await pidproxy(rest, "tsv pidproxy");
    case REHEARSE_VERB:
      return (await import("./daemon/rehearsal.ts")).rehearse(rest);
    case READ_VERB:
      return (await import("./daemon/read-config.ts")).readConfigForDaemon();
    case "install":
      return await (await import("./install/cli/main.ts")).runInstall(rest);
    case "uninstall":
      return await uninstall(rest);
    case "doctor":
      return await (await import("./doctor/cli/main.ts")).runDoctor(rest);
    case "why":
      return await (await import("./doctor/cli/why.ts")).runWhy(rest);
    case "version":
    case "--version":
    case "-v":
      print(`${VERSION}\n`);
      return 0;
    default:
      return await (await import("./cli/main.ts")).runTsv(args);
  }
}

function runnerOf(verb: string): Runner {
  return VERBS.find(({ name }) => name === verb)?.runner ?? "main";
}

async function uninstall(args: readonly string[]): Promise<number> {
  const { createRepairRecords } = await import("./doctor/host/repair-records.ts");
  const undosIn = (directory: string) =>
    createRepairRecords(directory)
      .all()
      .flatMap(({ undos }) => undos);
  return await (await import("./install/cli/main.ts")).runUninstall(args, undosIn);
}

async function supervisord(args: readonly string[], program: string): Promise<number> {
  return await (await import("./daemon/main.ts")).runSupervisord(args, program);
}

async function supervisorctl(args: readonly string[], program: string): Promise<number> {
  return await (await import("./ctl/main.ts")).runSupervisorctl(args, program);
}

async function pidproxy(args: readonly string[], program: string): Promise<number> {
  return await (await import("./pidproxy/main.ts")).runPidproxy(args, program);
}

main().then(
  (status) => endProcess(status),
  (error: unknown) => {
    const text = thrownStack(error);
    process.stderr.write(`Error: tsv failed unexpectedly: ${text}\n`);
    endProcess(1);
  },
);
