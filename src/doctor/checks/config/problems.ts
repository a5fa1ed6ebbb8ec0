// The checks that explain problems of `tsv check`: one row for each code, whose problems core/config/rules.ts names. Facts
// about the host are added here; what is wrong with the text, and how to correct it, is decided in core/config/lint.

import { missingVariables } from "../../../core/config/lint/fix-values.ts";
import { namesFor } from "../../../core/config/lint/fixes.ts";
import { dirname } from "../../../core/config/paths.ts";
import type { CheckProblem, ConfigRule } from "../../../core/config/rules.ts";
import type { Probe } from "../../facts/probe.ts";
import type { Situation } from "../../facts/situation.ts";
import type { Finding, Repair, Unseen } from "../../model.ts";
import { byHand } from "../../repairs/repairs.ts";
import { shellWord } from "../../repairs/shell-quoting.ts";
import type { Check } from "../check.ts";
import { adviceOf, fixRepair, problemFinding, problemsOf } from "./problem-finding.ts";

/** What a row adds to the finding for one problem. */
interface Addition {
  readonly severity?: Finding["severity"];
  readonly symptom?: string;
  readonly cause?: string;
  readonly evidence?: readonly string[];
  readonly repair?: Repair;
  /** For a problem without a fix. */
  readonly commands?: readonly string[];
}

/** A check of the problems with one code. */
interface ProblemCheck extends Pick<Check, "title" | "repairs" | "page"> {
  readonly code: CheckProblem["code"];
  readonly cause: string;
  /** Causes of single rules. */
  readonly causes?: Partial<Readonly<Record<ConfigRule, string>>>;
  /** The advice for a problem that has neither a fix nor a suggestion. */
  readonly otherwise: string;
  /** Does the same as the fix, to be pasted; without it, the edits are described. */
  readonly command?: (file: string, problem: CheckProblem) => string;
  readonly explain?: (
    problem: CheckProblem,
    situation: Situation,
    probe: Probe,
  ) => Addition | Unseen;
}

/** The checks of all rows. */
export function problemChecks(): readonly Check[] {
  return ROWS.map((row): Check => {
    const { code, title, repairs, page } = row;
    const area = "config";
    return {
      ...{ code, area, title, repairs, page },
      look(situation, probe) {
        const findings = problemsOf(situation, code).map((problem) =>
          findingOf(problem, row, situation, probe),
        );
        // If a name is there three times, the problem of the last one covers all.
        return Array.from(
          new Map(
            findings.map((one) => ["unseen" in one ? one.unseen : one.subject, one]),
          ).values(),
        );
      },
    };
  });
}

function findingOf(
  problem: CheckProblem,
  row: ProblemCheck,
  situation: Situation,
  probe: Probe,
): Finding | Unseen {
  const { file, fix, rule } = problem;
  const addition = row.explain?.(problem, situation, probe) ?? {};
  if ("unseen" in addition) return addition;
  const command = row.command?.(file, problem) ?? null;
  const { commands = command === null ? [] : [command], ...more } = addition;
  return problemFinding(problem, situation, {
    cause: row.causes?.[rule] ?? row.cause,
    repair:
      fix === null
        ? byHand(adviceOf(problem, row.otherwise), commands)
        : fixRepair(file, fix, probe, command),
    ...more,
  });
}

/** A file for inclusion needs no such section, unless the daemon is started with it. */
function missingSection(problem: CheckProblem, { config }: Situation, probe: Probe): Addition {
  const { rule, file, fix } = problem;
  if (rule === "fragment" && config.chosenBy === "option") {
    return {
      cause: "The file contains only programs: it is meant to be included by another one.",
      repair: byHand("Name the main file instead, if you want to start a daemon"),
    };
  }
  const edits = [{ kind: "append", lines: ["[supervisord]"] }] as const;
  const edit = fix?.edits[0];
  return {
    severity: "error",
    symptom: ".ini file does not include supervisord section",
    repair: fixRepair(file, fix ?? { advice: "Add the section", edits }, probe),
    ...(edit?.kind === "line" ? { cause: `Its header in line ${edit.line} is misspelt.` } : {}),
  };
}

/** The environment of the daemon differs from that of this shell. */
function invalidExpansion(problem: CheckProblem, { config, caller, service }: Situation): Addition {
  const { section, key, fix, rule } = problem;
  const written = config.raw?.sections.get(section ?? "")?.options.get(key ?? "")?.value ?? "";
  const missing = missingVariables(written, namesFor(problem, config.environment));
  const evidence = missing
    .filter((name) => caller.environment[name] !== undefined)
    .map((name) => `${name} is set in this shell, but not for the daemon`);
  if (fix !== null) return rule === "bare-percent" ? { cause: BARE, evidence } : { evidence };
  if (missing.length === 0) return { cause: "The expansion contains an unknown name.", evidence };
  const file = service.file === null ? null : service.layout.environmentFile;
  return {
    cause: `The environment of the daemon has no ${missing.join(" and no ")}.`,
    evidence,
    commands:
      file === null
        ? []
        : missing.map((name) => `# in ${file} write: ${name}=VALUE, then restart the service`),
  };
}

const BARE =
  "A percent sign without a name is not an expansion; Supervisor would insert all names and values here.";

/** An empty conf.d is normal in a new installation; a missing directory or file is an error. */
function includesNothing(
  { rule, message, fix }: CheckProblem,
  { caller }: Situation,
  probe: Probe,
): Addition | Unseen {
  if (rule === "include-without-files") {
    return fix === null ? { commands: ["# files=conf.d/*.conf"] } : {};
  }
  if (rule !== "include-matches-nothing") return {};
  const pattern = /^No file matches via include "(.*)"$/s.exec(message)?.[1] ?? "";
  const directory = dirname(pattern);
  const isPattern = /[*?[]/.test(directory);
  const found = probe.look(directory);
  const isListed = isPattern || probe.list(directory) !== null;
  const isHidden = found.ok ? !isListed : found.error === "EACCES";
  if (isHidden && caller.uid !== 0) {
    return { unseen: `which files ${pattern} matches (needs root)` };
  }
  const isEmpty = /[*?[]/.test(pattern) && (found.ok || isPattern);
  const missing = found.ok
    ? "The file does not exist."
    : `The directory ${directory} does not exist.`;
  return {
    severity: isEmpty ? "info" : "warning",
    cause: isEmpty ? "No file in the directory matches." : missing,
    evidence: found.ok ? [] : [`${found.error}: ${directory}`],
    repair: byHand("Create a matching file, or correct the pattern", [
      `ls -la ${shellWord(directory)}`,
    ]),
  };
}

const ROWS: readonly ProblemCheck[] = [
  {
    code: "CONF-002",
    title: "byte order mark before the first header",
    repairs: ["B"],
    page: {
      symptom:
        "`File contains no section headers. file: '...', line: 1 '\\ufeff[supervisord]\\n'`, although the first line looks like a header.",
      cause:
        "An editor, usually on Windows, inserted the invisible character U+FEFF at the beginning of the file. Supervisor and tsv read it as part of the first line, which is then not a header.",
      repair:
        "With --fix, doctor removes these three bytes after you confirm. The rest of the file stays unchanged.",
    },
    cause: "The file begins with a byte order mark, which is read as part of the first line.",
    otherwise: "Remove the byte order mark",
    command: (file) => `sed -i '1s/^\\xEF\\xBB\\xBF//' ${shellWord(file)}`,
    explain: () => ({
      symptom: "File contains no section headers.",
      evidence: ["the first bytes are EF BB BF"],
    }),
  },
  {
    code: "CONF-003",
    title: "Windows line endings",
    repairs: ["B"],
    page: {
      symptom:
        "The configuration works, but `grep '^x$'` finds nothing in it, diffs show every line, and scripts that were edited the same way fail with `$'\\r': command not found`.",
      cause:
        "Lines end with carriage return and line feed (CRLF). Supervisor and tsv accept such a file. Shells do not, and neither does the kernel when it reads the first line of a script.",
      repair:
        "The configuration itself needs no change. `dos2unix` or `sed -i 's/\\r$//'` converts it; convert the scripts that it starts, too.",
    },
    cause: "The file was edited on Windows. The configuration itself is not affected.",
    otherwise: "Convert the line endings",
    command: (file) => `sed -i 's/\\r$//' ${shellWord(file)}`,
    explain: ({ message }) => ({
      symptom: "Text tools do not match the ends of lines, and diffs show every line.",
      evidence: [message],
    }),
  },
  {
    code: "CONF-004",
    title: "configuration is not UTF-8",
    repairs: ["B", "C"],
    page: {
      symptom:
        "`Error: 'utf-8' codec can't decode byte 0xe9 in position 812: invalid continuation byte`; with Supervisor in the C locale also `'ascii' codec can't decode byte ...`.",
      cause:
        "The file was saved in another encoding, such as Latin-1, GBK or UTF-16. tsv always reads UTF-8, regardless of the locale.",
      repair:
        "With --fix, doctor converts a UTF-16 file after you confirm, because the byte order mark identifies it. If only comments are affected, doctor converts them from Windows-1252, because the daemon ignores comments. Otherwise doctor cannot know the encoding: run `iconv -f ENCODING -t UTF-8`.",
    },
    cause: "The file is not encoded in UTF-8.",
    otherwise: "Convert the file to UTF-8 from the encoding that it was saved in",
    command: (file, { line, fix }) => {
      const from = fix !== null && line === null ? "UTF-16" : "WINDOWS-1252";
      const name = shellWord(file);
      return `iconv -f ${from} -t UTF-8 ${name} >${name}.new && cat ${name}.new >${name}`;
    },
    explain: ({ line, fix }) => ({
      evidence: line === null ? [] : [`line ${line}${fix === null ? "" : ", in a comment"}`],
    }),
  },
  {
    code: "CONF-005",
    title: "no [supervisord] section",
    repairs: ["B"],
    page: {
      symptom: "`Error: .ini file does not include supervisord section`.",
      cause:
        "The section is missing, commented out or misspelt. Or the file is meant to be included by another one and contains only programs.",
      repair:
        "With --fix, after you confirm, doctor corrects a misspelt header or adds an empty `[supervisord]` section; all its options have defaults. If the file is meant to be included, name the main file with `-c` instead.",
    },
    cause: "The section is missing. All its options have defaults, but its header is required.",
    otherwise: "Add the section",
    explain: missingSection,
  },
  {
    code: "CONF-006",
    title: "value cut off by a comment character",
    repairs: ["B", "C"],
    page: {
      symptom:
        "Part of a command is missing: `bash -c 'a ; b'` becomes `bash -c 'a`, and the program fails with `can't parse command ...: No closing quotation` or runs only the first part.",
      cause:
        "In Supervisor's file format, a space followed by `;` or `#` begins a comment, even inside quotes. Doctor recognizes this by a value that ends inside a quotation.",
      repair:
        "A shell does not need the space before `;`. With --fix, doctor removes it after you confirm (`a; b`). If a space before `#` is needed, move the command into a script.",
    },
    cause: "A space followed by a comment character begins a comment, even inside quotes.",
    otherwise: "Move the command into a script, and use the script as the command",
  },
  {
    code: "CONF-007",
    title: "comment without a space before it",
    repairs: ["B"],
    page: {
      symptom:
        "`not a valid boolean value: 'true;restart it'`, or the name of a log file ends in `;the log`.",
      cause:
        "`;` and `#` begin a comment only at the beginning of a line or after a space. Without a space, they are part of the value.",
      repair: "With --fix, doctor inserts a space before the character after you confirm.",
    },
    cause: "A comment character without a space before it is part of the value.",
    otherwise: "Insert a space before the comment character",
  },
  {
    code: "CONF-008",
    title: "quotes around a value",
    repairs: ["B"],
    page: {
      symptom:
        '`The directory named as part of the path "/var/log/x.log" does not exist`, `Invalid user name \'web\'`, `couldn\'t chdir to "/srv/app": ENOENT`.',
      cause:
        "Supervisor's file format has no quotes: the value is everything between the equals sign and the end of the line, including quotes. Only `environment` and `command` interpret them.",
      repair: "With --fix, doctor removes the quotes after you confirm.",
    },
    cause: "Quotes around a value are part of it, except in command and environment.",
    otherwise: "Remove the quotes",
  },
  {
    code: "CONF-009",
    title: "percent sign that is not an expansion",
    repairs: ["B", "C"],
    page: {
      symptom:
        "`Format string 'date +%Y' for 'program:x.command' is badly formatted: ...` or `Format string '...' for '...' contains names ('ENV_X') which cannot be expanded. Available names: ...`.",
      cause:
        "`%(name)s` is expanded in values, so a literal percent sign has to be written as `%%`. `stdout_logfile` and `stderr_logfile` are expanded twice and need `%%%%`. Names that begin with `ENV_` are variables of the daemon's environment. The environment of a service differs from that of your shell.",
      repair:
        "With --fix, after you confirm, doctor doubles the percent signs, corrects a misspelt name and adds a missing `s`. Set a missing variable for the service, in its settings file, or in `environment=` of `[supervisord]`.",
    },
    cause: "A percent sign begins an expansion, and this one is invalid.",
    otherwise: "Correct the expansion",
    explain: invalidExpansion,
  },
  {
    code: "CONF-010",
    title: "[include] without effect",
    repairs: ["B", "C"],
    page: {
      symptom:
        '`.ini file has [include] section, but no files setting`, or the programs of included files are missing, and the log of the daemon contains `No file matches via include "..."`.',
      cause:
        "The option `files` is missing, its pattern matches nothing, or the section is in an included file, where it has no effect. Patterns are relative to the main file.",
      repair:
        "With --fix, doctor adds `files` after you confirm if there is a directory `conf.d` beside the configuration. An existing directory without a matching file is not an error; doctor mentions it only with --verbose.",
    },
    cause: "The section has no option that names the files to include.",
    causes: { "include-nested": "Only the main file can include others." },
    otherwise: "Include these files in the [include] section of the main file",
    explain: includesNothing,
  },
  {
    code: "CONF-012",
    title: "duplicate section or option",
    repairs: ["B", "C"],
    page: {
      symptom:
        "A change has no effect, one of two programs is missing, or a program has options that its section does not show. Supervisor does not report this.",
      cause:
        "Sections of the same name are merged, even across files, and if an option is given twice, the last one applies. Usually a block was copied without changing its header, or there is a copy of the file beside it.",
      repair:
        "With --fix, after you confirm, doctor removes an option that is overridden in the same section. If two sections have the same name, you have to decide which one to rename.",
    },
    cause: "Sections of the same name are merged into one.",
    causes: {
      "repeated-option": "If an option is given twice, the last one applies.",
      "repeated-group": "Programs and groups share one namespace; the first one is kept.",
      "repeated-process": "Processes of one group need different names.",
    },
    otherwise: "Rename one of the two, or merge them",
  },
  {
    code: "CONF-013",
    title: "invalid or inconsistent value",
    repairs: ["B", "C"],
    page: {
      symptom:
        "`Error: ...` when the daemon starts or rereads: `not a valid boolean value`, `invalid literal for int()`, `bad logging level name`, `is not a valid signal name`, `Invalid name: 'x y' because of character: ' '`, `%(process_num) must be present within process_name when numprocs > 1`, `Cannot set stopasgroup=true and killasgroup=false`, `names unknown program`, `section requires an \"events\" line`, `contains incomplete authentication`, `Source contains parsing errors`.",
      cause:
        "An option has a value that its type does not allow, two options contradict each other, or a line is not an option. Supervisor reports only the first error and exits. Doctor and `tsv check` report all of them, and also values that are valid but make no sense.",
      repair:
        "If the intended value is clear (a misspelt word, `10s`, `50 MB`, a missing equals sign), doctor writes it after you confirm. Otherwise `tsv help conf OPTION` shows the values that an option accepts.",
    },
    cause: "The daemon rejects this value.",
    causes: {
      "bad-line":
        "A line must be a header, an option, a comment or the indented continuation of an option.",
      "no-section-headers": "Only comments and empty lines are allowed before the first header.",
      name: "A name cannot contain spaces, colons or slashes, because commands could not refer to it.",
      "missing-option": "The section requires this option.",
      "unknown-program": "The group refers to a program without a section.",
      "unknown-event": "There is no event of this name.",
      combination: "Two options of the section contradict each other.",
      "out-of-range": "The daemon accepts the value, but it makes no sense.",
      "environment-separator":
        "Values need quotes if they contain characters other than letters, digits and ._-/:+().",
      "ignored-log": "The output goes to another log, so this option has no effect.",
      "syslog-as-file": "The option is deprecated in Supervisor; *_syslog=true does the same.",
      "stop-signal": "A program cannot handle this signal.",
      "kill-without-stop": "Only SIGKILL is sent to the whole process group.",
      "empty-command": "The option has no value.",
      "no-effect": "The option does not apply to this target of output.",
      "unknown-target": "Only @stdout, @stderr and @journal have a meaning of their own.",
      "log-is-backup": "A rotation of one log renames the file to which another program writes.",
      "mixed-formats": "Neither people nor programs can read a file with lines in two formats.",
    },
    otherwise: "Correct the value",
    explain: ({ key, fix }) =>
      fix === null && key !== null ? { commands: [`tsv help conf ${key}`] } : {},
  },
  {
    code: "CONF-014",
    title: "unknown option or section",
    repairs: ["B", "C"],
    page: {
      symptom:
        "An option has no effect (`autostrat=false`, `stdout_logfiles=...`), or a program is missing because its header is `[progam:x]`. Supervisor does not report this.",
      cause:
        "Unknown options and sections are ignored, because plugins of Supervisor may read them.",
      repair:
        "If there is a similar known name, doctor writes it after you confirm. Otherwise remove the line or turn it into a comment. Names without a similar known one are shown only with --verbose.",
    },
    cause: "Unknown names are silently ignored.",
    otherwise: "Remove it, or turn it into a comment",
    // It may be a private note or belong to a plugin: harmless, and there is nothing to suggest.
    explain: ({ rule }) => (rule.startsWith("foreign-") ? { severity: "info" } : {}),
  },
  {
    code: "CONF-015",
    title: "backslash at the end of a command line",
    repairs: ["B"],
    page: {
      symptom:
        "The program rejects an argument that looks correct, such as `unrecognized arguments: --port`, because the argument begins with a line feed.",
      cause:
        "In a shell, a backslash at the end of a line joins it with the next. In `command`, indented lines are joined anyway, and the backslash puts the line feed into the next argument.",
      repair: "With --fix, doctor removes the backslashes after you confirm.",
    },
    cause:
      "Indented lines are joined anyway, and the backslash adds the line feed to the argument.",
    otherwise: "Remove the backslashes",
  },
  {
    code: "CONF-016",
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
    cause: "The command is not run by a shell.",
    otherwise: "Move the command into a script, and use the script as the command",
  },
  {
    code: "CONF-018",
    title: "plugin is Python code",
    repairs: ["B", "C"],
    page: {
      symptom:
        "`nope:make cannot be resolved within [rpcinterface:foo]`, or methods and commands of a plugin are missing after migrating from Supervisor to tsv.",
      cause:
        "The section names a Python function, and tsv is not a Python program. Common plugins are built in, under the names that Supervisor's configurations use. For others, tsv loads JavaScript modules.",
      repair:
        "If the name of a built-in plugin is misspelt, doctor corrects it after you confirm. Otherwise write a module (see docs/plugins.md), or remove the section.",
    },
    cause: "tsv cannot load Python code.",
    otherwise: "Replace it with a JavaScript module, or remove the section",
  },
];
