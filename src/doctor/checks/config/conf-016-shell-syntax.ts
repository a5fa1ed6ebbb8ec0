// CONF-016: shell syntax in a command that is not run by a shell.

import { printable } from "../../../core/base/printable.ts";
import { globMatch } from "../../../core/config/glob.ts";
import { type CommandToken, commandTokens } from "../../../core/config/lint/command-tokens.ts";
import { splitPath } from "../../../core/config/paths.ts";
import type { RawOption, RawSection } from "../../../core/config/raw.ts";
import { redactPatterns } from "../../../core/redact/patterns.ts";
import type { Probe } from "../../facts/probe.ts";
import type { Finding, Repair } from "../../model.ts";
import { type ConfigEdit, editRepair } from "../../repairs/edit-config.ts";
import { byHand } from "../../repairs/repairs.ts";
import { defineCheck } from "../check.ts";
import { type Source, sourceReader, writtenAt } from "./sources.ts";

const OPERATOR = /^(?:&&|\|\|?|;|&|[0-9&]?>>?(?!=).*|<(?!=)\S*|[0-9]>&[0-9])$/;
const VARIABLE = /\$(?:[A-Za-z_][A-Za-z0-9_]*|\{[A-Za-z_][A-Za-z0-9_]*\})|\$\([a-z]|`[^`]*`/;

export const SHELL_SYNTAX = defineCheck({
  code: "CONF-016",
  area: "config",
  title: "shell syntax in a command",
  repairs: ["B", "C"],
  page: {
    symptom:
      "The program receives `&&`, `|`, `>` or `$HOME` as arguments and rejects them, `~/bin/app` is not found, or a redirection creates no file.",
    cause:
      "Supervisor and tsv start programs without a shell. They interpret quotes, but not variables, `~`, patterns, pipes, redirections or command lists.",
    repair:
      "With --fix, after you confirm, doctor changes the command to run in a shell: `/bin/sh -c 'exec ...'`, with `stopasgroup=true` if the shell has to keep running. Often `directory=`, `environment=` and `stdout_logfile=` do the same without a shell.",
  },
  look({ config }, probe) {
    const read = sourceReader(probe);
    return Array.from(config.raw?.sections.values() ?? []).flatMap((section) => {
      const option = section.options.get("command");
      if (option === undefined || !/^(?:program|fcgi-program|eventlistener):/.test(section.name))
        return [];
      const words = commandTokens(option.value);
      const syntax = shellSyntax(words, probe);
      return syntax.length === 0
        ? []
        : [finding(section, option, { words, syntax, source: read(option.file) }, probe)];
    });
  },
});

/** The words that a shell would interpret. After `sh -c`, a shell does. */
function shellSyntax(words: readonly CommandToken[], probe: Probe): readonly string[] {
  if (words.some(({ text }) => /(?:^|\/)(?:ba|da|z|k|c|tc|fi|a)?sh$/.test(text))) return [];
  return words.flatMap(({ source, bare, replaceable }, index) => {
    if (source === bare && OPERATOR.test(bare)) return [bare];
    if (VARIABLE.test(replaceable)) return [VARIABLE.exec(replaceable)?.[0] ?? source];
    if (/^~\w*\//.test(bare)) return [/^~\w*\//.exec(bare)?.[0] ?? "~"];
    return index > 0 && isPattern(bare, probe) ? [bare] : [];
  });
}

/** A pattern counts only if it matches files, because programs may expect an asterisk. */
function isPattern(word: string, probe: Probe): boolean {
  if (!/^\/.*[*?]/.test(word)) return false;
  const { head, tail } = splitPath(word);
  if (/[*?[]/.test(head)) return false;
  return (probe.list(head) ?? []).some((name) => !name.startsWith(".") && globMatch(tail, name));
}

interface Syntax {
  readonly words: readonly CommandToken[];
  readonly syntax: readonly string[];
  readonly source: Source | null;
}

function finding(section: RawSection, option: RawOption, found: Syntax, probe: Probe): Finding {
  const { file, line, key } = option;
  const signs = Array.from(new Set(found.syntax)).map((sign) => printable(redactPatterns(sign)));
  return {
    severity: "warning",
    subject: `${file} [${section.name}] command`,
    symptom: `the program receives ${signs.join(" and ")} literally`,
    cause: "The command is not run by a shell.",
    evidence: [],
    place: { file, line, section: section.name, key },
    repair: repairOf(section, option, found, probe),
  };
}

function repairOf(
  section: RawSection,
  option: RawOption,
  { words, source }: Syntax,
  probe: Probe,
): Repair {
  const advice = "Run the command in a shell";
  const written = writtenAt(source, option.line)?.option.value ?? "";
  const operators = words.filter(({ source: word, bare }) => word === bare && OPERATOR.test(bare));
  const isTooMuch = /['\n]/.test(written) || operators.some(({ bare }) => bare === "&");
  if (source === null || written === "" || isTooMuch) {
    return byHand("Move the command into a script, and use the script as the command");
  }
  const lists = operators.filter(({ bare }) => /^(?:&&|\|\|?|;)$/.test(bare));
  // In a list of && and ; the last command can replace the shell; in a pipe, the shell has to stay.
  const isChain = lists.every(({ bare }) => bare === "&&" || bare === ";");
  const last = lists.at(-1);
  const cut = last === undefined ? 0 : writtenCut(written, lists.length);
  if (cut === null)
    return byHand("Move the command into a script, and use the script as the command");
  const tail = written.slice(cut);
  const script =
    isChain && !/^exec\s/.test(tail) ? `${written.slice(0, cut)}exec ${tail}` : written;
  const command = `/bin/sh -c '${script}'`;
  const { file, line } = option;
  const edits: ConfigEdit[] = [{ kind: "set", line, key: "command", value: command }];
  if (!isChain && !section.options.has("stopasgroup")) {
    edits.push({ kind: "add", line, key: "stopasgroup", value: "true" });
  }
  const shown = printable(redactPatterns(command));
  return editRepair(
    advice,
    { file, edits, byHand: `# in ${file} line ${line} write: command=${shown}` },
    probe,
  );
}

/** The position, in the text of the file, of the command after the last operator of a list. */
function writtenCut(written: string, count: number): number | null {
  const lists = commandTokens(written).filter(({ source }) => /^(?:&&|\|\|?|;)$/.test(source));
  const last = lists.at(-1);
  if (last === undefined || lists.length !== count) return null;
  const after = last.at + last.source.length;
  return after + (/^\s*/.exec(written.slice(after))?.[0].length ?? 0);
}
