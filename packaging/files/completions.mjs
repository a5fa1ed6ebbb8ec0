// Completions for bash, zsh and fish, from the verbs and options of the manual. Names of programs and groups are asked of the
// daemon that the command line is about.

import { readManual } from "./manual.mjs";

const SIGNALS = "HUP INT QUIT KILL USR1 USR2 TERM STOP CONT WINCH TTIN TTOU";

/** Lines of `tsv status` that are programs: errors are on the same stream, as Supervisor's are. */
const NAMES = `awk '$2 ~ /^(STOPPED|STARTING|RUNNING|BACKOFF|STOPPING|EXITED|FATAL|UNKNOWN)$/ { print $1 }'`;

/** Of groups with more than one program, the name as actions take it; the program's own otherwise. */
const GROUPS = `awk '{ sub(/:.*/, ""); print }' | sort -u`;

/** @typedef {import("./manual.mjs").Verb & { kind: ReturnType<typeof kindOf> }} Verb */

/**
 * What may follow a verb besides options.
 * @param {import("./manual.mjs").Verb} verb
 */
function kindOf({ name, args }) {
  if (name === "signal") return "signal";
  if (/\bAr name\b/.test(args)) return "names";
  if (/\bAr group\b/.test(args)) return "groups";
  if (/\bAr (?:file|path)\b/.test(args)) return "files";
  return name === "help" ? "verbs" : "nothing";
}

/** @param {string | null} takes */
function isPath(takes) {
  return takes !== null && /^(?:file|path|directory)$/.test(takes);
}

/** @returns `{ bash, zsh, fish }` */
export function completions() {
  const { verbs, common } = readManual();
  /** @type {Verb[]} */
  const all = verbs.map((verb) => ({
    ...verb,
    kind: kindOf(verb),
    options: verb.asksDaemon ? [...verb.options, ...common] : verb.options,
  }));
  // Files of -c are configurations, whatever the manual's type of it is.
  for (const { options } of all) {
    for (const option of options) if (option.names.includes("-c")) option.takes = "file";
  }
  return { bash: bash(all), zsh: zsh(all), fish: fish(all) };
}

/** @param {Verb[]} verbs */
function bash(verbs) {
  const cases = verbs.map(({ name, kind, options }) => {
    const names = options.flatMap(({ names: each }) => each).join(" ");
    return `    ${name}) options='${names}' kind=${kind} ;;`;
  });
  const valued = verbs.flatMap(({ options }) => options.filter(({ takes }) => takes !== null));
  /** @param {Verb["options"]} some */
  const words = (some) => [...new Set(some.flatMap(({ names }) => names))].join(" | ");
  return `# Completion of tsv for bash. Made from tsv(1).

_tsv_names() {
  tsv status "\${where[@]}" 2>/dev/null | ${NAMES}
}

_tsv() {
  local word=\${COMP_LINE:0:COMP_POINT} verb= options= kind=verbs previous= colons= index
  local -a words=() where=() candidates=()
  # Bash cuts words at colons, and names of processes have them: the line is cut at blanks again.
  read -ra words <<<"$word"
  case $word in *[[:space:]]) word= ;; *) word=\${words[\${#words[@]} - 1]} ; unset "words[\${#words[@]}-1]" ;; esac
  for ((index = 1; index < \${#words[@]}; index++)); do
    previous=\${words[index - 1]}
    case $previous in -c | --configuration | -s | --serverurl | -u | -p) where+=("$previous" "\${words[index]}") ;; esac
    case \${words[index]} in -*) ;; *) [ -n "$verb" ] || verb=\${words[index]} ;; esac
  done
  previous=\${words[\${#words[@]} - 1]}
  case $verb in
${cases.join("\n")}
  esac
  case $previous in
    ${words(valued.filter(({ takes }) => isPath(takes)))}) kind=files options= ;;
    ${words(valued.filter(({ takes }) => !isPath(takes)))}) [ "$previous" = -f ] || return 0 ;;
  esac
  if [ "$kind" = signal ]; then
    [ "$previous" = signal ] && candidates=(${SIGNALS}) || kind=names
  fi
  case $word in -*) kind=options ;; esac
  case $kind in
    verbs) candidates=(${verbs.map(({ name }) => name).join(" ")}) ;;
    options) mapfile -t candidates < <(printf '%s\\n' $options) ;;
    names) mapfile -t candidates < <(_tsv_names; echo all) ;;
    groups) mapfile -t candidates < <(_tsv_names | ${GROUPS}) ;;
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
  const ACTIONS = {
    names: "'*:program:_tsv_names'",
    groups: "'*:group:_tsv_groups'",
    signal: `'1:signal:(${SIGNALS})' '*:program:_tsv_names'`,
    files: "'*:file:_files'",
    verbs: "'*:verb:_tsv_verbs'",
    nothing: "",
  };
  const cases = verbs.map(({ name, kind, options }) => {
    const specs = options.flatMap(({ names, takes, summary }) =>
      names.map((each) => {
        const argument = takes === null ? "" : `:${takes}:${isPath(takes) ? "_files" : ""}`;
        return quoted(`${each}[${described(summary)}]${argument}`);
      }),
    );
    return `    ${name}) _arguments ${[...specs, ACTIONS[kind]].join(" ")} ;;`;
  });
  return `#compdef tsv
# Completion of tsv for zsh. Made from tsv(1).

_tsv_ask() {
  local -a where
  local index
  for ((index = 1; index < $#words; index++)); do
    case $words[index] in -c | --configuration | -s | --serverurl | -u | -p) where+=($words[index] $words[index+1]) ;; esac
  done
  tsv status $where 2>/dev/null | ${NAMES}
}

_tsv_names() {
  local -a names
  names=(\${(f)"$(_tsv_ask)"} all)
  compadd -a names
}

_tsv_groups() {
  local -a groups
  groups=(\${(f)"$(_tsv_ask | ${GROUPS})"})
  compadd -a groups
}

_tsv_verbs() {
  local -a verbs
  verbs=(
${verbs.map(({ name, summary }) => `    ${quoted(`${name}:${described(summary)}`)}`).join("\n")}
  )
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
  const ACTIONS = {
    names: "-a '(__tsv_names) all'",
    groups: "-a '(__tsv_names | string replace -r \\':.*\\' \\'\\' | sort -u)'",
    signal: `-a '${SIGNALS} (__tsv_names)'`,
    files: "-F",
    verbs: `-a '${verbs.map(({ name }) => name).join(" ")}'`,
    nothing: null,
  };
  const lines = verbs.flatMap(({ name, summary, kind, options }) => [
    `complete -c tsv -n __fish_use_subcommand -a ${name} -d ${text(summary)}`,
    ...(ACTIONS[kind] === null ? [] : [`complete -c tsv -n ${after(name)} ${ACTIONS[kind]}`]),
    ...options.map(({ names, takes, summary: about }) => {
      const flags = names.map((each) =>
        each.startsWith("--") ? `-l ${each.slice(2)}` : `-s ${each.slice(1)}`,
      );
      const value = takes === null ? "" : isPath(takes) ? " -r -F" : " -x";
      return `complete -c tsv -n ${after(name)} ${flags.join(" ")}${value} -d ${text(about)}`;
    }),
  ]);
  return `# Completion of tsv for fish. Made from tsv(1).

function __tsv_names
    set -l words (commandline -opc)
    set -l where
    for index in (seq (count $words))
        switch $words[$index]
            case -c --configuration -s --serverurl -u -p
                set -a where $words[$index] $words[(math $index + 1)]
        end
    end
    tsv status $where 2>/dev/null | ${NAMES}
end

complete -c tsv -f
${lines.join("\n")}
`;
}
