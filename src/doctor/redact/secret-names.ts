// Which names stand for secrets, and which variables are as good as public. Whoever is in doubt counts as a secret.

/** What stands in place of a secret. */
export const REDACTED = "<redacted>";

/** Parts of names of options, variables, fields and headers whose value is a secret. */
export const SECRET_NAME =
  "pass(?:word|wd|phrase|code)?|pwd?|secret|token|credential|cred|api[-_.]?key|access[-_.]?key|private[-_.]?key|" +
  "secret[-_.]?key|encryption[-_.]?key|signing[-_.]?key|licen[cs]e[-_.]?key|auth|bearer|cookie|session[-_.]?id|" +
  "signature|salt|otp|pin|dsn|webhook|connection[-_.]?string";

const SECRET = new RegExp(`(?:^|[^a-z])(?:${SECRET_NAME})(?:s|[^a-z]|$)`, "i");
/** Names run together or in camel case: mysqlpassword, apiToken. */
const SECRET_INSIDE = /passw(?:or)?d|passphrase|secret|token|credential|apikey|accesskey/i;

/** Whether the name of an option, a variable or a field says that its value is a secret. */
export function isSecretName(name: string): boolean {
  return SECRET.test(name) || SECRET_INSIDE.test(name);
}

const HARMLESS = new Set([
  "PATH",
  "HOME",
  "USER",
  "LOGNAME",
  "SHELL",
  "TERM",
  "PWD",
  "OLDPWD",
  "SHLVL",
  "TZ",
  "LANG",
  "LANGUAGE",
  "HOSTNAME",
  "TMPDIR",
  "EDITOR",
  "PAGER",
  "COLUMNS",
  "LINES",
  "NO_COLOR",
  "MAIL",
  "DISPLAY",
  "UID",
  "GID",
  "PYTHONUNBUFFERED",
  "PYTHONDONTWRITEBYTECODE",
  "PYTHONHOME",
  "PYTHONPATH",
  "PYTHONIOENCODING",
  "VIRTUAL_ENV",
  "NODE_ENV",
  "NODE_PATH",
  "NVM_DIR",
  "GOPATH",
  "GOROOT",
  "GOMAXPROCS",
  "JAVA_HOME",
  "RAILS_ENV",
  "RACK_ENV",
  "FLASK_ENV",
  "DJANGO_SETTINGS_MODULE",
  "LD_LIBRARY_PATH",
  "DEBIAN_FRONTEND",
  "NOTIFY_SOCKET",
  "LISTEN_FDS",
  "LISTEN_PID",
  "INVOCATION_ID",
  "JOURNAL_STREAM",
  "MAINPID",
  "DAEMON_OPTS",
  "MALLOC_ARENA_MAX",
]);

/** Whether the value of a variable may be shown; still, what looks like a secret in it is not. */
export function isHarmlessVariable(name: string): boolean {
  if (HARMLESS.has(name)) return true;
  return /^(?:LC_|XDG_|SUPERVISOR_|TSV_)[A-Z_]+$/.test(name) && !isSecretName(name);
}
