// Completions for bash, zsh and fish, from the verbs and options of the manual. Names of programs and groups are asked of the
// daemon that the command line is about.

import { readdirSync, readFileSync } from "node:fs";
import { readActions, readConfOptions, readManual, readOptions } from "./manual.mjs";

const SIGNALS = "HUP INT QUIT KILL USR1 USR2 TERM STOP CONT WINCH TTIN TTOU";

/** Lines of `tsv status` that are programs: errors are on the same stream, as Supervisor's are. */
const NAMES = `awk '$2 ~ /^(STOPPED|STARTING|RUNNING|BACKOFF|STOPPING|EXITED|FATAL|UNKNOWN)$/ { print $1 }'`;

/** Of groups with more than one program, the name as actions take it; the program's own otherwise. */
const GROUPS = `awk '{ sub(/:.*/, ""); print }' | sort -u`;

/** The same names, and `group:*` for whole groups. */
const WITH_GROUPS = `awk '{ print } sub(/:.*/, ":*") { print }' | sort -u`;

const SHELLS = ["bash", "zsh", "fish"];
const AREAS = [
  ...["binary", "boot", "socket", "config", "programs", "logs", "limits", "security", "board"],
];
const SECTIONS = [
  ...["supervisord", "supervisorctl", "unix_http_server", "inet_http_server", "program"],
  ...["fcgi-program", "eventlistener", "program-default", "template", "group", "include"],
  ...["rpcinterface", "ctlplugin"],
];
/** The words after `help conf`. */
const REFERENCE = [...SECTIONS, ...readConfOptions()].join(" ");
const CHANNELS = ["stdout", "stderr"];

/** The names in the installer's registry. */
function initSystems() {
  const text = readFileSync("src/install/services/registry.ts", "utf8");
  const names = /^export const INIT_SYSTEMS = \{([^}]+)\};$/m.exec(text)?.[1];
  if (names === undefined) throw new Error("registry.ts has no INIT_SYSTEMS on one line");
  return names.split(",").map((name) => name.trim());
}

/** The codes of the doctor, each with a page. */
function codes() {
  const names = readdirSync("docs/doctor").filter((name) => /^[A-Z]+-\d+\.md$/.test(name));
  return names.map((name) => name.slice(0, -".md".length)).sort();
}

/**
 * @typedef {"signal" | "scale" | "names" | "tail" | "groups" | "files" | "help" | "words" | "nothing"} Kind
 * @typedef {import("./manual.mjs").Option & { words: string[] }} Option
 * @typedef {Omit<import("./manual.mjs").Verb, "options"> & { kind: Kind, words: string[], options: Option[] }} Verb
 */

/** Words that may follow a verb, and nothing else may. @returns {Readonly<Record<string, string[]>>} */
function wordsOfVerbs() {
  return {
    ...{ doctor: [...AREAS, ...codes()], completion: SHELLS, ctl: readActions() },
    service: ["add", "remove"],
    fleet: ["hosts", "status", "start", "stop", "restart", "apply", "logs", "run"],
  };
}

/** Words that an option takes. @returns {Readonly<Record<string, string[]>>} */
function wordsOfOptions() {
  return {
    ...{ "--init": initSystems(), "--explain": codes() },
    "--to": ["systemd", "supervisor", "procfile"],
    "--exit-on": ["any", "exit", "fatal", "all", "never"],
    "--format": ["prefix", "plain", "json", "logfmt"],
  };
}

/**
 * What may follow a verb besides options.
 * @param {import("./manual.mjs").Verb} verb
 * @param {boolean} hasWords
 * @returns {Kind}
 */
function kindOf({ name, args }, hasWords) {
  if (hasWords) return "words";
  if (name === "signal" || name === "scale" || name === "tail" || name === "help") return name;
  if (/\bAr name\b/.test(args)) return "names";
  if (/\bAr group\b/.test(args)) return "groups";
  return /\bAr (?:file|path)\b/.test(args) || name === "pidproxy" ? "files" : "nothing";
}

/** @param {string | null} takes */
function isPath(takes) {
  return takes !== null && /^(?:file|path|directory)$/.test(takes);
}

/** @returns `{ bash, zsh, fish }` */
export function completions() {
  const { verbs, common } = readManual();
  const ofVerbs = wordsOfVerbs();
  const ofOptions = wordsOfOptions();
  const help = { names: ["-h", "--help"], takes: null, summary: "Explain the verb" };
  /** @type {Readonly<Record<string, import("./manual.mjs").Option[]>>} */
  const elsewhere = {
    daemon: readOptions("docs/man/supervisord.1"),
    ctl: readOptions("docs/man/supervisorctl.1"),
  };
  /** @type {Verb[]} */
  const all = verbs.map((verb) => {
    const own = elsewhere[verb.name] ?? verb.options;
    const options = verb.asksDaemon ? [...own, ...common] : own;
    const isHelped = options.some(({ names }) => names.includes("--help"));
    return {
      ...verb,
      words: ofVerbs[verb.name] ?? [],
      kind: kindOf(verb, Object.hasOwn(ofVerbs, verb.name)),
      options: (isHelped ? options : [...options, help]).map((option) => ({
        ...option,
        words: option.names.flatMap((name) => ofOptions[name] ?? []),
      })),
    };
  });
  // Files of -c are configurations, whatever the manual's type of it is.
  for (const { options } of all) {
    for (const option of options) if (option.names.includes("-c")) option.takes = "file";
  }
  return { bash: bash(all), zsh: zsh(all), fish: fish(all) };
}

/** @param {Verb[]} verbs */
function bash(verbs) {
  /** @param {Option[]} some */
  const list = (some) => ` ${some.flatMap(({ names }) => names).join(" ")} `;
  const cases = verbs.map(({ name, kind, words, options }) => {
    const valued = options.filter(({ takes, words: each }) => takes !== null && each.length === 0);
    const parts = {
      options: options.flatMap(({ names }) => names).join(" "),
      paths: list(valued.filter(({ takes }) => isPath(takes))),
      values: list(valued.filter(({ takes }) => !isPath(takes))),
      fixed: words.join(" "),
    };
    const set = Object.entries(parts).filter(([, text]) => text.trim() !== "");
    return `    ${name}) kind=${kind} ${set.map(([part, text]) => `${part}='${text}'`).join(" ")} ;;`;
  });
  const choosing = verbs.flatMap(({ options }) => options.filter(({ words }) => words.length > 0));
  const choices = choosing.map(({ names, words }) => {
    return `    ${names.join(" | ")}) kind=words options= fixed='${words.join(" ")}' ;;`;
  });
  return `# Completion of tsv for bash. Made from tsv(1).

_tsv_names() {
  tsv status "\${where[@]}" 2>/dev/null | ${NAMES}
}

_tsv() {
  local word=\${COMP_LINE:0:COMP_POINT} verb= options= kind=verbs paths= values= fixed= previous= colons= index given=0
  local -a words=() where=() candidates=()
  # Bash cuts words at colons, and names of processes have them: the line is cut at blanks again.
  read -ra words <<<"$word"
  case $word in *[[:space:]]) word= ;; *) word=\${words[\${#words[@]} - 1]} ; unset "words[\${#words[@]}-1]" ;; esac
  for ((index = 1; index < \${#words[@]}; index++)); do
    previous=\${words[index - 1]}
    case $previous in -c | --config | --configuration | -s | --serverurl | -u | -p) where+=("$previous" "\${words[index]}"); continue ;; esac
    case \${words[index]} in -*) ;; *) [ -n "$verb" ] && given=$((given + 1)) || verb=\${words[index]} ;; esac
  done
  previous=\${words[\${#words[@]} - 1]}
  case $verb in
${cases.join("\n")}
  esac
  case $paths in *" $previous "*) kind=files ;; esac
  case $values in *" $previous "*) return 0 ;; esac
  case $previous in
${choices.join("\n")}
  esac
  if [ "$kind" = signal ]; then
    [ "$previous" = signal ] && candidates=(${SIGNALS}) || kind=names
  fi
  if [ "$kind" = scale ]; then
    kind=groups
    [[ " \${words[*]} " == *" --reset "* ]] || { kind=sizes; compopt -o nospace 2>/dev/null; }
  fi
  if [ "$kind" = tail ]; then
    [ "$given" -eq 0 ] && kind=names || candidates=(${CHANNELS.join(" ")})
  fi
  if [ "$kind" = help ]; then
    [[ " \${words[*]} " == *" conf "* ]] && candidates=(${REFERENCE}) || candidates=(all conf ${verbs.map(({ name }) => name).join(" ")})
  fi
  case $word in -*) kind=options ;; esac
  case $kind in
    verbs) candidates=(${verbs.map(({ name }) => name).join(" ")}) ;;
    words) mapfile -t candidates < <(printf '%s\\n' $fixed) ;;
    options) mapfile -t candidates < <(printf '%s\\n' $options) ;;
    names) mapfile -t candidates < <(_tsv_names | ${WITH_GROUPS}; echo all) ;;
    groups) mapfile -t candidates < <(_tsv_names | ${GROUPS}) ;;
    sizes) mapfile -t candidates < <(_tsv_names | ${GROUPS} | sed 's/$/=/') ;;
    files) mapfile -t COMPREPLY < <(compgen -f -- "$word"); compopt -o filenames 2>/dev/null; return 0 ;;
  esac
  case $COMP_WORDBREAKS in *:*) case $word in *:*) colons=\${word%"\${word##*:}"} ;; esac ;; esac
  mapfile -t COMPREPLY < <(compgen -W "\${candidates[*]}" -- "$word")
  for index in "\${!COMPREPLY[@]}"; do COMPREPLY[index]=\${COMPREPLY[index]#"$colons"}; done
}

complete -F _tsv tsv
`;
}

/** @param {string} text */
function quoted(text) {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** @param {Verb[]} verbs */
function zsh(verbs) {
  /** @param {string} text */
  const described = (text) => text.replace(/[[\]:]/g, "\\$&");
  /** @type {Readonly<Record<Exclude<Kind, "words">, string>>} */
  const ACTIONS = {
    names: "'*:program:_tsv_names'",
    groups: "'*:group:_tsv_groups'",
    signal: `'1:signal:(${SIGNALS})' '*:program:_tsv_names'`,
    scale: "'*:group:_tsv_sizes'",
    tail: `'1:program:_tsv_names' '2:log:(${CHANNELS.join(" ")})'`,
    files: "'*:file:_files'",
    help: `'1:verb:_tsv_verbs' '2:section or option:(${REFERENCE})' '3:option:(${REFERENCE})'`,
    nothing: "",
  };
  const cases = verbs.map(({ name, kind, words, options }) => {
    const specs = options.flatMap(({ names, takes, summary, words: some }) =>
      names.map((each) => {
        const choice = some.length > 0 ? `(${some.join(" ")})` : isPath(takes) ? "_files" : "";
        const argument = takes === null ? "" : `:${takes.replaceAll("|", "or")}:${choice}`;
        return quoted(`${each}[${described(summary)}]${argument}`);
      }),
    );
    const action = kind === "words" ? `'*:word:(${words.join(" ")})'` : ACTIONS[kind];
    return `    ${name}) _arguments ${[...specs, action].join(" ")} ;;`;
  });
  return `#compdef tsv
# Completion of tsv for zsh. Made from tsv(1).

_tsv_ask() {
  local -a where
  local index
  for ((index = 1; index < $#words; index++)); do
    case $words[index] in -c | --config | --configuration | -s | --serverurl | -u | -p) where+=($words[index] $words[index+1]) ;; esac
  done
  tsv status $where 2>/dev/null | ${NAMES}
}

_tsv_names() {
  local -a names
  names=(\${(f)"$(_tsv_ask | ${WITH_GROUPS})"} all)
  compadd -a names
}

_tsv_groups() {
  local -a groups
  groups=(\${(f)"$(_tsv_ask | ${GROUPS})"})
  compadd -a groups
}

_tsv_sizes() {
  (($words[(I)--reset])) && { _tsv_groups; return; }
  local -a groups
  groups=(\${(f)"$(_tsv_ask | ${GROUPS})"})
  groups=(\${^groups}=)
  compadd -S '' -a groups
}

_tsv_verbs() {
  local -a verbs
  verbs=(
${verbs.map(({ name, summary }) => `    ${quoted(`${name}:${described(summary)}`)}`).join("\n")}
    'conf:Options of the configuration'
  )
  ((CURRENT == 2)) && verbs=(\${verbs:#conf:*})
  _describe verb verbs
}

_tsv() {
  if ((CURRENT == 2)); then
    _tsv_verbs
    return
  fi
  local verb=$words[2]
  shift words
  ((CURRENT--))
  case $verb in
${cases.join("\n")}
  esac
}

_tsv "$@"
`;
}

/** @param {Verb[]} verbs */
function fish(verbs) {
  /** @param {string} words */
  const text = (words) => `'${words.replace(/[\\']/g, "\\$&")}'`;
  /** @param {string} name */
  const after = (name) => text(`__fish_seen_subcommand_from ${name}`);
  /** @type {Readonly<Record<Exclude<Kind, "words">, string | null>>} */
  const ACTIONS = {
    names: "-a '(__tsv_names | __tsv_with_groups) all'",
    groups: "-a '(__tsv_names | string replace -r \\':.*\\' \\'\\' | sort -u)'",
    signal: `-a '${SIGNALS} (__tsv_names)'`,
    scale: "-a '(__tsv_sizes)'",
    tail: `-a '(__tsv_names) ${CHANNELS.join(" ")}'`,
    files: "-F",
    help: `-a 'all conf ${verbs.map(({ name }) => name).join(" ")}'`,
    nothing: null,
  };
  const lines = verbs.flatMap(({ name, summary, kind, words, options }) => {
    const action = kind === "words" ? `-a '${words.join(" ")}'` : ACTIONS[kind];
    return [
      `complete -c tsv -n __fish_use_subcommand -a ${name} -d ${text(summary)}`,
      ...(action === null ? [] : [`complete -c tsv -n ${after(name)} ${action}`]),
      ...options.map(({ names, takes, summary: about, words: some }) => {
        const flags = names.map((each) =>
          each.startsWith("--") ? `-l ${each.slice(2)}` : `-s ${each.slice(1)}`,
        );
        const choice = some.length > 0 ? ` -x -a '${some.join(" ")}'` : " -x";
        const value = takes === null ? "" : isPath(takes) ? " -r -F" : choice;
        return `complete -c tsv -n ${after(name)} ${flags.join(" ")}${value} -d ${text(about)}`;
      }),
    ];
  });
  const section = "__fish_seen_subcommand_from help; and __fish_seen_subcommand_from conf";
  lines.push(`complete -c tsv -n ${text(section)} -a '${REFERENCE}'`);
  return `# Completion of tsv for fish. Made from tsv(1).

function __tsv_names
    set -l words (commandline -opc)
    set -l where
    for index in (seq (count $words))
        switch $words[$index]
            case -c --config --configuration -s --serverurl -u -p
                set -a where $words[$index] $words[(math $index + 1)]
        end
    end
    tsv status $where 2>/dev/null | ${NAMES}
end

function __tsv_with_groups
    ${WITH_GROUPS}
end

function __tsv_sizes
    set -l groups (__tsv_names | string replace -r ':.*' '' | sort -u)
    if contains -- --reset (commandline -opc)
        printf '%s\\n' $groups
    else
        printf '%s=\\n' $groups
    end
end

complete -c tsv -f
${lines.join("\n")}
`;
}
