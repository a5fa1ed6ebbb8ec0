// The options of the daemon itself, in the order of the manual.
import { type OptionTable, option } from "./entry.ts";

/** [supervisord]. */
export const DAEMON = {
  logfile: option("logfile", "path", "supervisord.log", {
    letter: "l",
    sample: "/tmp/supervisord.log",
    isSampled: true,
  }),
  logfileMaxBytes: option("logfile_maxbytes", "size", "50MB", {
    letter: "y",
    isSampled: true,
  }),
  logfileBackups: option("logfile_backups", "integer", "10", {
    minimum: 0,
    letter: "z",
    isSampled: true,
  }),
  logfileFlushSecs: option("logfile_flush_interval", "integer", "0", { isOwn: true, minimum: 0 }),
  maxTotal: option("max_total", "size", "0", { isOwn: true, sample: "1GB" }),
  logLevel: option("loglevel", "log level", "info", { letter: "e", isSampled: true }),
  pidfile: option("pidfile", "path", "supervisord.pid", {
    letter: "j",
    sample: "/tmp/supervisord.pid",
    isSampled: true,
  }),
  umask: option("umask", "octal", "022", { isStartOnly: true, letter: "m" }),
  nodaemon: option("nodaemon", "boolean", "false", {
    isStartOnly: true,
    letter: "n",
    isSampled: true,
  }),
  silent: option("silent", "boolean", "false", { letter: "s", isSampled: true }),
  minfds: option("minfds", "integer", "1024", {
    isStartOnly: true,
    minimum: 1,
    letter: "a",
    isSampled: true,
  }),
  minprocs: option("minprocs", "integer", "200", {
    isStartOnly: true,
    minimum: 1,
    letter: "",
    isSampled: true,
  }),
  nocleanup: option("nocleanup", "boolean", "false", { letter: "k" }),
  orphans: option("orphans", "orphan policy", "warn", { isOwn: true }),
  exitOn: option("exit_on", "exit rule", "never", { isOwn: true, letter: "", option: "exit-on" }),
  shutdownGrace: option("shutdown_grace", "duration", null, {
    isOwn: true,
    letter: "",
    option: "grace",
    sample: "10s",
  }),
  stateDirectory: option("state_directory", "string", null, {
    isOwn: true,
    sample: "/var/lib/tsv",
  }),
  history: option("history", "history", "off", { isOwn: true, sample: "memory" }),
  upgradePaths: option("upgrade_paths", "absolute paths", "", { isOwn: true }),
  childLogDir: option("childlogdir", "directory", null, {
    isFilled: true,
    letter: "q",
    sample: "/tmp",
  }),
  user: option("user", "string", null, { isStartOnly: true, letter: "u", sample: "nobody" }),
  directory: option("directory", "directory", null, {
    isStartOnly: true,
    letter: "d",
    sample: "/tmp",
  }),
  stripAnsi: option("strip_ansi", "boolean", "false", { letter: "t" }),
  environment: option("environment", "environment", "", { sample: 'KEY="value"' }),
  identifier: option("identifier", "string", "supervisor", { letter: "i" }),
} as const satisfies OptionTable;
