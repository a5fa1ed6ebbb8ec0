// LOG-010: output is delayed, because an interpreter buffers it if its stdout is not a terminal.

import type { Config, ProcessConfig } from "../../../core/config/model.ts";
import { splitCommand } from "../../../core/config/posix-lexer.ts";
import { readConfig } from "../../facts/daemon-account.ts";
import type { Situation } from "../../facts/situation.ts";
import { optionPlace } from "../../repairs/option-edits.ts";
import { byHand } from "../../repairs/repairs.ts";
import { check, finding, groupBy } from "../check.ts";

export const BUFFERED_OUTPUT = check("LOG-010", "output may be delayed", (situation) => {
  const config = readConfig(situation);
  if (config === null) return null;
  const processes = config.groups.flatMap((group) => group.processes);
  const buffered = processes.filter((process) => isBuffered(process, config, situation));
  const sections = groupBy(buffered, ({ origin }) => origin.section);
  return Array.from(sections, ([section, [{ name }]]) =>
    finding("info", section, {
      symptom: `the log of ${name} may stay empty until it exits`,
      cause: "Python buffers up to 8 KB of output if its stdout is not a terminal.",
      evidence: ["the command calls Python without -u, and PYTHONUNBUFFERED is not set"],
      place: optionPlace(situation.config, section, "command"),
      repair: byHand("Call Python with -u, or set PYTHONUNBUFFERED", [
        `# in [${section}] write: environment=PYTHONUNBUFFERED="1"`,
      ]),
    }),
  );
});

function isBuffered(process: ProcessConfig, config: Config, { config: facts }: Situation): boolean {
  const { tty, stdout, command, environment } = process;
  if (tty || (stdout.logfile.kind === "none" && !stdout.syslog)) return false;
  const all = { ...facts.environment, ...config.daemon.environment, ...environment };
  if ((all["PYTHONUNBUFFERED"] ?? "") !== "") return false;
  const words = splitCommand(command);
  return words.ok && isPlainPython(words.value);
}

/** Options of Python that take an argument. */
const WITH_VALUE = /^-[A-Za-z]*[WX]$/;
/** The Python program follows: options end here. */
const PROGRAM = /^-[A-Za-z]*[cm]/;

/** `python3 app.py` and `env A=b python3 app.py`, without -u. */
function isPlainPython(words: readonly string[]): boolean {
  let at = 0;
  if (/(?:^|\/)env$/.test(words[0] ?? "")) {
    at = 1;
    while (/^[A-Za-z_]\w*=/.test(words[at] ?? "")) {
      if (/^PYTHONUNBUFFERED=./.test(words[at] ?? "")) return false;
      at += 1;
    }
  }
  if (!/(?:^|\/)(?:python|pypy)[\d.]*$/.test(words[at] ?? "")) return false;
  const options = words.slice(at + 1);
  for (let index = 0; index < options.length; index += 1) {
    const word = options[index] ?? "";
    if (!word.startsWith("-") || word === "-" || word === "--") break;
    if (/^-[A-Za-z]*u/.test(word) && !/^-[A-Za-z]*[cmWX].*u/.test(word)) return false;
    if (PROGRAM.test(word)) break;
    if (WITH_VALUE.test(word)) index += 1;
  }
  return options.length > 0;
}
