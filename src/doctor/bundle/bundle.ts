// The contents of a support bundle (`tsv doctor --bundle`): named texts without secrets.

import { plainSettings } from "../../core/base/plain-ini.ts";
import { REDACTED } from "../../core/redact/secret-names.ts";
import { hasUnits } from "../../install/services/registry.ts";
import type { Examined } from "../checks/examine.ts";
import type { DoctorFacts } from "../facts/doctor-facts.ts";
import { wholeLines } from "../facts/logs.ts";
import { assignments } from "../facts/service.ts";
import type { Redactor } from "../redact/redactor.ts";
import { namedPaths, permissionsText } from "./named-paths.ts";
import { cleaned, familyOf, redactorFor, shownDiagnosis, shownFacts, textOf } from "./secrets.ts";

/** A file of a bundle. */
interface BundleText {
  /** Relative, with slashes: "config/etc/tsv/tsv.conf". */
  readonly name: string;
  readonly text: string;
}

const README = `This is a support bundle, written by "tsv doctor --bundle".

diagnosis.json    findings of doctor
facts.json    facts: daemon, programs and their states, service, servers, listeners
config/           the configuration and the files it includes
service/          unit or init script, its settings, its state in the init system
logs/             the last lines of the activity log and of the programs' logs
processes.txt     the daemon and its processes
environment.txt   names of variables; values only of variables that are known to be public
permissions.txt   mode and owner of every path in the configuration and service, and of its parents
host.txt          the kernel and the system, mounts and free space, limits of the daemon

Passwords, tokens and values of variables are replaced by ${REDACTED}, in every file and in every known
encoding. Rules find them, and rules can miss one: review the files before you share them.
`;

/** The texts, in the order of reading. All of them are redacted. */
export function bundleTexts({ facts, diagnosis }: Examined): readonly BundleText[] {
  const redactor = redactorFor(facts);
  const json = (value: unknown): string => `${JSON.stringify(cleaned(value, redactor), null, 2)}\n`;
  const texts: readonly BundleText[] = [
    { name: "README.txt", text: README },
    { name: "diagnosis.json", text: json(shownDiagnosis(diagnosis)) },
    { name: "facts.json", text: json(shownFacts(facts, redactor)) },
    ...configTexts(facts, redactor),
    ...serviceTexts(facts, redactor),
    { name: "processes.txt", text: processesText(facts, redactor) },
    { name: "environment.txt", text: environmentText(facts, redactor) },
    {
      name: "permissions.txt",
      text: redactor.text(permissionsText(namedPaths(facts), facts.probe)),
    },
    { name: "host.txt", text: redactor.text(hostText(facts)) },
    ...logTexts(facts, redactor),
  ];
  return texts.map(({ name, text }) => ({ name: redactor.text(name), text }));
}

function configTexts({ config, probe }: DoctorFacts, redactor: Redactor): readonly BundleText[] {
  return config.files.map((file) => {
    const text = textOf(file, probe);
    const shown = text === null ? "(could not be read)\n" : redactor.config(text);
    return { name: nameIn("config", file), text: shown };
  });
}

/** "config/etc/tsv/tsv.conf". */
function nameIn(directory: string, path: string): string {
  return `${directory}/${path.replace(/^\/+/, "")}`;
}

function serviceTexts({ service, probe }: DoctorFacts, redactor: Redactor): readonly BundleText[] {
  const { file, layout, properties, init, name } = service;
  const texts: BundleText[] = [];
  if (file !== null) {
    texts.push({ name: nameIn("service", file.path), text: redactor.unit(file.text) });
  }
  const settingsFile = layout.environmentFile ?? "";
  const settings = settingsFile === "" ? null : textOf(settingsFile, probe);
  if (settings !== null) {
    const text = variableLines(redactor.environment(assignments(settings)));
    texts.push({ name: nameIn("service", settingsFile), text });
  }
  if (!hasUnits(init)) return texts;
  texts.push({ name: "service/properties.txt", text: redactor.unit(variableLines(properties)) });
  const journal = probe.ask(["journalctl", "-u", `${name}.service`, "-n", "100", "--no-pager"]);
  if (journal.status === 0) {
    texts.push({ name: "service/journal.txt", text: redactor.text(journal.output) });
  }
  return texts;
}

function variableLines(variables: Readonly<Record<string, string>>): string {
  return Object.entries(variables)
    .map(([name, value]) => `${name}=${value}\n`)
    .join("");
}

function processesText(facts: DoctorFacts, redactor: Redactor): string {
  const lines = familyOf(facts).map((process) => {
    const { pid, parent, uid, state, startedMs, command, name, exeDeleted, cwdDeleted } = process;
    const marks = `${exeDeleted ? " (executable deleted)" : ""}${cwdDeleted ? " (cwd deleted)" : ""}`;
    const shown = command.length === 0 ? `[${name}]` : redactor.command(command);
    const seconds = Math.round((facts.nowMs - startedMs) / 1000);
    return `pid ${pid} parent ${parent} uid ${uid} ${state} for ${seconds} s${marks}: ${shown}\n`;
  });
  return lines.join("");
}

function environmentText(
  { daemon, caller, config, probe }: DoctorFacts,
  redactor: Redactor,
): string {
  const real = daemon === null ? null : probe.environment(daemon.pid);
  const sorted = (variables: Readonly<Record<string, string>>): string =>
    variableLines(Object.fromEntries(Object.entries(redactor.environment(variables)).sort()));
  return (
    `# of the daemon${real === null ? " (expected)" : ""}\n${sorted(real ?? config.environment)}\n` +
    `# of the user who ran doctor\n${sorted(caller.environment)}\n`
  );
}

function hostText({ daemon, probe }: DoctorFacts): string {
  const commands = ["uname -a", "df -h", "df -i"];
  const ofDaemon = ["limits", "cgroup"].map((name) => `/proc/${daemon?.pid}/${name}`);
  const files = ["/proc/self/mounts", ...(daemon === null ? [] : ofDaemon)];
  // A redactor hides the values of lines NAME=value.
  const system = plainSettings(probe.readText("/etc/os-release") ?? "").get("PRETTY_NAME");
  return [
    `# /etc/os-release\n${system ?? "(unknown)"}\n`,
    ...commands.map((line) => `# ${line}\n${probe.ask(line.split(" ")).output}\n`),
    ...files.map((file) => `# ${file}\n${probe.readText(file) ?? "(could not be read)"}\n`),
  ].join("\n");
}

// The last lines of logs: first those of programs that are not running, with a limit for each, so that all fit. Whole lines
// only: part of a line could contain part of a secret, which redaction would not recognize.

const MAIN_BYTES = 256 * 1024;
const PROGRAM_BYTES = 16 * 1024;
/** For all programs together. */
const MOST_BYTES = 4 * 1024 * 1024;

/** One text for each existing log. */
function logTexts(facts: DoctorFacts, redactor: Redactor): readonly BundleText[] {
  const { programs, probe } = facts;
  const texts: BundleText[] = [];
  const mainText = wholeLines(mainLog(facts), MAIN_BYTES, probe);
  if (mainText !== null) texts.push({ name: "logs/daemon.log", text: redactor.text(mainText) });
  const down = (programs ?? []).filter(({ state }) => state !== "RUNNING");
  const running = (programs ?? []).filter(({ state }) => state === "RUNNING");
  const seen = new Set<string>();
  let room = MOST_BYTES;
  for (const { group, name, stdoutLog, stderrLog } of [...down, ...running]) {
    for (const [channel, path] of [
      ["stdout", stdoutLog],
      ["stderr", stderrLog],
    ] as const) {
      if (path === "" || seen.has(path) || room <= 0) continue;
      seen.add(path);
      const text = wholeLines(path, PROGRAM_BYTES, probe);
      if (text === null || text === "") continue;
      room -= text.length;
      const file = `${group}.${name}`.replace(/[^\w.-]/g, "_");
      texts.push({ name: `logs/${file}.${channel}.log`, text: redactor.text(text) });
    }
  }
  return texts;
}

/** Also for a configuration with errors: then the log contains the reason. */
function mainLog({ config, service }: DoctorFacts): string {
  if (config.daemon?.ok === true) return config.daemon.value.daemon.logfile;
  const written = config.raw?.sections.get("supervisord")?.options.get("logfile")?.value;
  return written?.startsWith("/") ? written : `${service.layout.logDirectory}/tsv.log`;
}
