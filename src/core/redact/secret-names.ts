// Which names have secrets as values, and which variables are public. In case of doubt, a value is a secret.

/** The replacement of a secret. */
export const REDACTED = "<redacted>";

/** Parts of the names of options, variables, fields and headers whose values are secrets. */
export const SECRET_NAME =
  "pass(?:word|wd|phrase|code)?|pwd?|secret|token|credential|cred|api[-_.]?key|access[-_.]?key|private[-_.]?key|" +
  "secret[-_.]?key|encryption[-_.]?key|signing[-_.]?key|licen[cs]e[-_.]?key|auth|bearer|cookie|session[-_.]?id|" +
  "signature|salt|otp|pin|dsn|webhook|connection[-_.]?string";

const SECRET = new RegExp(`(?:^|[^a-z])(?:${SECRET_NAME})(?:s|[^a-z]|$)`, "i");
/** Compound names or camel case: mysqlpassword, apiToken. */
const SECRET_INSIDE = /passw(?:or)?d|passphrase|secret|token|credential|apikey|accesskey/i;

/** Joined names: DBPASS, MYSQLPWD, but not COMPASS, BYPASS and OLDPWD. */
const SECRET_AT_END = /(?:(?<!com|by|sur|tres|over|under|multi)pass|(?<!^old)pwd|pw)$/i;

/** The shell's directory. In small letters `pwd` is an option for a password. */
const DIRECTORY = "PWD";

/** Whether an option of a section has a secret value. With the URL of a receiver of alerts, anyone can post there. */
export function isSecretOption(section: string, key: string): boolean {
  return section.startsWith("notify:") ? key === "url" : isSecretName(key);
}

/** Whether an option, variable or field with this name has a secret value. */
export function isSecretName(name: string): boolean {
  if (name === DIRECTORY) return false;
  return SECRET.test(name) || SECRET_INSIDE.test(name) || SECRET_AT_END.test(name);
}

const HARMLESS: ReadonlySet<string> = new Set(
  `
  PATH HOME USER LOGNAME SHELL TERM PWD OLDPWD SHLVL TZ LANG LANGUAGE HOSTNAME TMPDIR EDITOR
  PAGER COLUMNS LINES NO_COLOR FORCE_COLOR CLICOLOR CLICOLOR_FORCE MAIL DISPLAY UID GID
  PYTHONUNBUFFERED PYTHONDONTWRITEBYTECODE PYTHONHOME PYTHONPATH PYTHONIOENCODING
  VIRTUAL_ENV NODE_ENV NODE_PATH NVM_DIR GOPATH GOROOT GOMAXPROCS JAVA_HOME RAILS_ENV
  RACK_ENV FLASK_ENV DJANGO_SETTINGS_MODULE LD_LIBRARY_PATH DEBIAN_FRONTEND NOTIFY_SOCKET
  LISTEN_FDS LISTEN_PID INVOCATION_ID JOURNAL_STREAM MAINPID DAEMON_OPTS MALLOC_ARENA_MAX
  RUST_BACKTRACE RUST_LIB_BACKTRACE RUST_LOG GOTRACEBACK GODEBUG PYTHONFAULTHANDLER
  `
    .trim()
    .split(/\s+/),
);

/** Whether the value of a variable may be shown; parts that look like a secret are still redacted. */
export function isHarmlessVariable(name: string): boolean {
  if (HARMLESS.has(name)) return true;
  return /^(?:LC_|XDG_|SUPERVISOR_|TSV_)[A-Z_]+$/.test(name) && !isSecretName(name);
}
