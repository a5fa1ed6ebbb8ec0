// Secrets that are recognized by their format or by the text before them, in any text: logs, commands, units.

import { isHarmlessVariable, isSecretName, REDACTED, SECRET_NAME } from "./secret-names.ts";

/** Receives each secret, so that it can be searched elsewhere, too. */
export type Sink = (secret: string) => void;

type Replace = (match: string, ...groups: (string | undefined)[]) => string;

interface Pattern {
  readonly pattern: RegExp;
  /** By default, keeps the first group and redacts the second. */
  readonly replace?: (sink: Sink) => Replace;
}

/** A variable that a configuration names: `%(ENV_X)s`. Some patterns end at the parenthesis. */
const REFERENCE = /^["']?%\(ENV_[A-Z0-9_]{1,100}(?:\)s["']?)?$/;

/** Already redacted, and the rest of the word is harmless; or the name of a variable. */
function isHidden(secret: string): boolean {
  if (REFERENCE.test(secret)) return true;
  return secret.startsWith(REDACTED) && /^[^A-Za-z0-9]*$/.test(secret.slice(REDACTED.length));
}

/** Keeps the first group, redacts the second. */
function keepFirst(sink: Sink): Replace {
  return (_, before = "", secret = "") => {
    if (isHidden(secret)) return `${before}${secret}`;
    report(secret, sink);
    return `${before}${REDACTED}`;
  };
}

function hideAll(sink: Sink): Replace {
  return (match) => {
    sink(match);
    return REDACTED;
  };
}

/** Without its quotes, a value is also found with other quotes, or with none. */
function report(secret: string, sink: Sink): void {
  if (secret.includes(REDACTED)) return;
  const bare = secret.replace(/^["']+/, "").replace(/(?:\\?["'])*[,;]?$/, "");
  sink(bare);
  if (/\\./.test(bare)) sink(bare.replace(/\\(.)/g, "$1"));
}

const VALUE = String.raw`"(?:[^"\\]|\\[\s\S])*"|'[^']*'`;
/** A word of a command, possibly with quoted parts; an unclosed quotation extends to the end of the line. */
const WORD = String.raw`(?:"(?:[^"\\]|\\[\s\S])*"|'[^']*'|\\.|[^\s"'\\]|["'][^\r\n]*)+`;

/** The path of a file is not a secret: `--password-file /etc/app/password`. */
function isPath(name: string, value: string): boolean {
  return /(?:file|path|dir|directory|socket|sock)$/i.test(name) && /^["']?[~/.]/.test(value);
}

/** Redacts `name` = `secret` unless the name is known to be harmless. */
function byName(isSecret: (name: string) => boolean): (sink: Sink) => Replace {
  return (sink) => (match, before, name, between, secret) => {
    if (before === undefined || name === undefined || secret === undefined) return match;
    const own = beforeNextVariable(secret);
    const rest = redactPatterns(secret.slice(own.length), sink);
    const isKept = isHidden(own) || !isSecret(name) || isPath(name, own);
    if (!isKept) report(own, sink);
    return `${before}${name}${between ?? ""}${isKept ? own : REDACTED}${rest}`;
  };
}

/** In `x,NEXT=y`, the part before the next variable, unless it is in quotes. */
function beforeNextVariable(value: string): string {
  const quoted = /^(?:"(?:[^"\\]|\\[\s\S])*"|'[^']*')/.exec(value)?.[0] ?? "";
  const at = value.slice(quoted.length).search(/[,;]\s*(?=[A-Z][A-Z0-9_]*=)/);
  return at < 0 ? value : value.slice(0, quoted.length + at);
}

/** Tokens that look random: letters of both cases and digits. Words, paths, versions and times do not. */
function isRandom(text: string): boolean {
  if (/^\d{4}-\d\d-\d\dT[\d_-]+Z?(?:-[a-z]+)*(?:-\d+)?$/.test(text)) return false;
  return /[a-z]/.test(text) && /[A-Z]/.test(text) && /[0-9]/.test(text);
}

/** Programs, and their option whose argument is a password, possibly without a space. */
const PASSWORD_FLAGS = [
  [
    String.raw`mysql\w*|mariadb[\w-]*|mycli|mytop|sshpass|mongo\w*|(?:percona-)?xtrabackup|innobackupex|mariabackup`,
    "-p",
  ],
  ["redis-cli", "-a"],
  ["ldap(?:search|add|modify|delete|whoami|passwd)", "-w"],
  ["smbclient|rpcclient|net", String.raw`-U["']?[\s=]*[^\s%"']+%`],
] as const;

/** Words after "password" in ordinary sentences: "password authentication failed", "the password is wrong". */
const ORDINARY_NEXT =
  "a|an|and|are|as|at|auth\\w*|based|be|been|by|can\\w*|chang\\w*|check\\w*|configured|could|database|does|empty|entered|" +
  "error|expired|expires|fail\\w*|field|file|for|found|from|generat\\w*|given|had|has|hash\\w*|if|in|incorrect|input|" +
  "invalid|is|length|login|manag\\w*|match\\w*|may|method|mismatch|missing|must|not|of|ok|on|only|option\\w*|or|policy|" +
  "prompt\\w*|protect\\w*|provided|read|refused|rejected|required|requires|reset|set|should|store|strength|that|the|this|" +
  "to|too|type|unset|update\\w*|used|using|valid\\w*|variable|verif\\w*|via|was|were|when|which|will|with\\w*|wrong|you\\w*";

/** In order: the most specific first. */
const PATTERNS: readonly Pattern[] = [
  {
    pattern: /-----BEGIN [A-Z0-9 ]+-----[\s\S]*?(?:-----END [A-Z0-9 ]+-----|$)/g,
    replace: hideAll,
  },
  // user:password@ of a URL; the password may contain anything except spaces and quotes.
  {
    pattern: /((?:\b[a-z][a-z0-9+.-]{0,20}:)?\/\/[^\s"'<>:@/]{0,200}:)([^\s"'<>]{1,400})(?=@)/gi,
  },
  // Only a token: https://TOKEN@host. Account names are shorter.
  { pattern: /(\b[a-z][a-z0-9+.-]{0,20}:\/\/)([^\s"'<>:@/]{16,400})(?=@)/gi },
  {
    pattern:
      /((?:authorization|cookie|x-[a-z-]{0,40}(?:key|token))["']?\s*[:=]\s*["']?)([^"'\r\n]+)/gi,
  },
  { pattern: /(\b(?:bearer|basic|digest)\s+)([A-Za-z0-9._~+/=-]{6,})/gi },
  { pattern: /()(\{SHA\}[0-9a-f]{8,})/gi },
  { pattern: /()(\$(?:1|2[abxy]?|5|6|y|argon2[a-z]*)\$[^\s"',;]{8,})/g },
  {
    pattern: /()(\beyJ[A-Za-z0-9_-]{6,}\.[A-Za-z0-9_-]{2,}(?:\.[A-Za-z0-9_-]*)?)/g,
  },
  {
    pattern:
      /()((?<![A-Z0-9])(?:AKIA|ASIA|AIDA|AROA)[A-Z0-9]{12,}|\b(?:gh[pousr]_\w{10,}|github_pat_\w{10,}|glpat-[\w-]{10,}|xox[abeoprs]-[\w-]{8,}|sk-[\w-]{12,}|[sr]k_(?:live|test)_\w{8,}|AIza[\w-]{20,}|npm_\w{20,}|hvs\.\w{10,}|dop_v1_\w{10,}))/g,
  },
  // curl -u user:password, mysql -pPASSWORD, redis-cli -a PASSWORD, docker -e NAME=VALUE by the pattern of variables.
  {
    pattern: /((?:^|[\s"'])(?:-u|--user|--proxy-user)[\s=]*["']?[^\s:"'-][^\s:"']*:)([^\s"']+)/g,
  },
  ...PASSWORD_FLAGS.map(([programs, flag]) => ({
    pattern: new RegExp(
      String.raw`(\b(?:${programs})\b["']?[^\n]{0,1000}?[\s"']${flag}["']?[\s,=]*)(${WORD})`,
      "g",
    ),
  })),
  // identified by 'x' in SQL
  {
    pattern: new RegExp(
      String.raw`(\bidentified\s+(?:with\s+\S+\s+)?(?:by|as)\s+(?:password\s+)?)(${VALUE})`,
      "gi",
    ),
  },
  // --db-password x, --token=x, -password x
  {
    pattern: new RegExp(
      String.raw`((?:^|[\s"'=])--?)([\w.-]{0,60}(?:${SECRET_NAME})[\w.-]{0,60})(["']?(?:\s*[=,]\s*|\s+)(?!--?[a-z]))(${WORD})`,
      "gi",
    ),
    replace: byName(isSecretName),
  },
  // 'password=x y', as shells print what they execute
  ...["'", '"'].map(
    (quote): Pattern => ({
      pattern: new RegExp(
        String.raw`((?:^|[\s=(\[,])${quote})([\w.-]{0,60}(?:${SECRET_NAME})[\w.-]{0,60})(=)([^${quote}\r\n]+)(?=${quote})`,
        "gi",
      ),
      replace: byName(isSecretName),
    }),
  ),
  // password=x, "password": "x", password: x
  {
    pattern: new RegExp(
      String.raw`((?:^|[^\w.-])["']?)([\w.-]{0,60}(?:${SECRET_NAME})[\w.-]{0,60})(["']?\s*[:=]>?\s*)(${VALUE}|["']?[^\s,;&"'}\])]+)`,
      "gi",
    ),
    replace: byName(isSecretName),
  },
  // In sentences: password x, passwd 'x', the password is x. Unquoted ordinary words stay.
  {
    pattern: new RegExp(
      String.raw`(\b(?:pass(?:word|wd|phrase|code)|pwd|requirepass|masterauth)\b["']?(?:[ \t]+(?:is|was|to|set to))?[ \t]+)` +
        String.raw`(?!(?:${ORDINARY_NEXT})(?![\w-])|<redacted>)((?:"[^"\n]*"|'[^'\n]*')?[^\s]*[^\s.,;:)])`,
      "gi",
    ),
  },
  // token x, secret x, api key x: only if it does not look like a word of a language.
  {
    pattern:
      /(\b(?:token|secret|(?:api|access|private|secret|licen[cs]e)[ -]key|credentials?)\b["']?(?:[ \t]+(?:is|was))?[ \t]+["']?)((?=[^\s"']*[0-9])(?=[^\s"']*[A-Za-z])[^\s"']{5,})/gi,
  },
  // Variables of any name: APP_X=value. Values of environments are not shown.
  {
    pattern: new RegExp(String.raw`(^|[^\w.%$-])([A-Z][A-Z0-9_]*)(=)(${WORD})`, "gm"),
    replace: byName((name) => !isHarmlessVariable(name)),
  },
  // ?key=x&sig=y
  { pattern: /([?&](?:key|sig|code|access|id_token|k|t|s)=)([^\s&#"']+)/gi },
];

/** Redacts secrets that are recognized by format or by name. `sink` receives the secrets. */
export function redactPatterns(text: string, sink: Sink = () => {}): string {
  let redacted = text;
  for (const { pattern, replace = keepFirst } of PATTERNS)
    redacted = redacted.replace(pattern, replace(sink));
  return redacted
    .replace(/[A-Za-z0-9+_=-]{24,}/g, (run) => (isRandom(run) ? hideAll(sink)(run) : run))
    .replace(/\b[0-9a-f]{32,}\b/gi, hideAll(sink));
}
