// The options of [program:x], but for its output: see channel.ts. In the order of the manual.

import { MOST_COPIES } from "../limits.ts";
import { type OptionTable, option, own } from "./entry.ts";

/** Seconds. A check that is repeated more often would take the processor from the program. */
const SHORTEST_INTERVAL = 0.1;

/** Of setrlimit(2). Linux ignores those that are missing here (rss, locks). */
export const RLIMITS = {
  limitAs: option("rlimit_as", "size limit", null, { sample: "4G" }),
  limitCore: option("rlimit_core", "size limit", null, { sample: "0" }),
  limitCpu: option("rlimit_cpu", "limit", null, { sample: "3600" }),
  limitData: option("rlimit_data", "size limit", null, { sample: "1G" }),
  limitFsize: option("rlimit_fsize", "size limit", null, { sample: "10G" }),
  limitMemlock: option("rlimit_memlock", "size limit", null, { sample: "unlimited" }),
  limitMsgqueue: option("rlimit_msgqueue", "size limit", null, { sample: "1M" }),
  limitNice: option("rlimit_nice", "limit", null, { sample: "20" }),
  limitNofile: option("rlimit_nofile", "limit", null, { sample: "4096" }),
  limitNproc: option("rlimit_nproc", "limit", null, { sample: "1000" }),
  limitRtprio: option("rlimit_rtprio", "limit", null, { sample: "0" }),
  limitRttime: option("rlimit_rttime", "limit", null, { sample: "200000" }),
  limitSigpending: option("rlimit_sigpending", "limit", null, { sample: "1000" }),
  limitStack: option("rlimit_stack", "size limit", null, { sample: "8M" }),
} as const satisfies OptionTable;

/** FastCGI programs and event listeners have them too. */
export const PROGRAM = {
  command: option("command", "string", null, {
    isFilled: true,
    isEach: true,
    wire: true,
    sample: "/bin/cat",
  }),
  name: option("process_name", "name", "%(program_name)s", { isEach: true, wire: "name" }),
  numprocs: option("numprocs", "integer", "1", { minimum: 1, maximum: MOST_COPIES }),
  numprocsStart: option("numprocs_start", "integer", "0", { minimum: 0 }),
  numprocsMax: option("numprocs_max", "integer", null, {
    isOwn: true,
    minimum: 1,
    maximum: MOST_COPIES,
    sample: "8",
  }),
  priority: option("priority", "integer", "999", { isLive: true, wire: "process_prio" }),
  enabled: option("enabled", "boolean", "true", { isLive: true, isOwn: true }),
  autostart: option("autostart", "boolean", "true", { isLive: true, wire: true }),
  startSecs: option("startsecs", "integer", "1", { isLive: true, minimum: 0, wire: true }),
  startRetries: option("startretries", "integer", "3", { isLive: true, minimum: -1, wire: true }),
  autorestart: option("autorestart", "autorestart", "unexpected", { isLive: true, wire: true }),
  essential: option("essential", "boolean", "false", { isLive: true, isOwn: true }),
  exitCodes: option("exitcodes", "exit codes", "0", { isLive: true, wire: true }),
  stopSignal: option("stopsignal", "signal", "TERM", { isLive: true, wire: true }),
  stopWaitSecs: option("stopwaitsecs", "integer", "10", { isLive: true, minimum: 0, wire: true }),
  stopAsGroup: option("stopasgroup", "boolean", "false", { isLive: true }),
  killAsGroup: option("killasgroup", "boolean", null, {
    isLive: true,
    isFilled: true,
    wire: true,
    sample: "false",
  }),
  // Without it, stopasgroup and killasgroup decide.
  killMode: option("kill_mode", "kill mode", null, {
    isLive: true,
    isOwn: true,
    sample: "cgroup",
  }),
  uid: option("user", "user", null, { wire: "uid", sample: "nobody" }),
  redirectStderr: option("redirect_stderr", "boolean", "false", { wire: true }),
  tty: option("tty", "boolean", "false", { isOwn: true }),
  logCreateDirs: option("log_create_dirs", "boolean", "false", { isOwn: true }),
  environment: option("environment", "environment", "", { isEach: true, sample: 'KEY="value"' }),
  directory: option("directory", "string", null, { isEach: true, wire: true, sample: "/tmp" }),
  umask: option("umask", "octal", null, { sample: "022" }),
  serverUrl: option("serverurl", "string", null, { wire: true, sample: "AUTO" }),
  ...own({
    // Where variables come from, beside environment=.
    environmentPass: option("environment_pass", "variable patterns", null, {
      sample: "PATH,LANG,LC_*",
    }),
    userEnv: option("user_env", "boolean", "false", { isSampled: true, sample: "true" }),
    envFiles: option("env_file", "env files", "", {
      isEach: true,
      sample: "?/etc/default/%(program_name)s",
    }),
    envCommand: option("env_command", "string", null, {
      isEach: true,
      sample: "/usr/local/bin/secrets app",
    }),
    envCommandTimeout: option("env_command_timeout", "duration", "10s", {
      isLive: true,
      minimum: 0.001,
    }),
    // The sockets that the daemon opens for it.
    sockets: option("socket", "sockets", "", {
      isEach: true,
      isOfPrograms: true,
      sample: "unix:///run/app.sock",
    }),
    socketBacklog: option("socket_backlog", "integer", null, {
      isLive: true,
      isOfPrograms: true,
      minimum: 1,
      maximum: 65_535,
      sample: "128",
    }),
    socketOwner: option("socket_owner", "user and group", null, {
      isLive: true,
      isOfPrograms: true,
      sample: "root",
    }),
    socketMode: option("socket_mode", "file mode", "0700", {
      isLive: true,
      isOfPrograms: true,
      sample: "0660",
    }),
    startOn: option("start_on", "start on", null, {
      isLive: true,
      isOfPrograms: true,
      sample: "connect",
    }),
    // What a program needs of others.
    type: option("type", "program type", "simple"),
    dependsOn: option("depends_on", "dependencies", "", {
      isLive: true,
      isEach: true,
      sample: "db, migrate:completed",
    }),
    restartWith: option("restart_with", "list", "", { isLive: true, isEach: true, sample: "db" }),
    // When it is ready. For Supervisor, a program that stays up is RUNNING.
    readyCheck: option("ready_check", "check", null, {
      isLive: true,
      isEach: true,
      sample: "tcp://127.0.0.1:5432",
    }),
    readyTimeout: option("ready_timeout", "duration", "1m", { isLive: true, minimum: 0.001 }),
    readyInterval: option("ready_interval", "duration", "1s", {
      isLive: true,
      minimum: SHORTEST_INTERVAL,
    }),
    // When a run is no good any more although it lives: it does not answer, uses too much memory, or
    // is too old.
    healthCheck: option("health_check", "health check", null, {
      isLive: true,
      isEach: true,
      sample: "http://127.0.0.1:8000/healthz",
    }),
    healthInterval: option("health_interval", "duration", "30s", {
      isLive: true,
      minimum: SHORTEST_INTERVAL,
    }),
    healthTimeout: option("health_timeout", "duration", "5s", { isLive: true, minimum: 0.001 }),
    healthRetries: option("health_retries", "integer", "3", {
      isLive: true,
      minimum: 1,
      maximum: 1000,
    }),
    healthStartPeriod: option("health_start_period", "duration", "0s", {
      isLive: true,
      sample: "1m",
    }),
    healthAction: option("health_action", "health action", "restart", { isLive: true }),
    maxMemory: option("max_memory", "size", null, { isLive: true, sample: "400MB", minimum: 1 }),
    maxAge: option("max_age", "duration", null, { isLive: true, sample: "1d", minimum: 0.001 }),
    maxAgeJitter: option("max_age_jitter", "fraction", "0.1", { isLive: true }),
    // How it reads its files again.
    reloadSignal: option("reload_signal", "signal", null, { isLive: true, sample: "HUP" }),
    reloadCommand: option("reload_command", "string", null, {
      isLive: true,
      isEach: true,
      sample: "/usr/sbin/nginx -s reload",
    }),
    reloadTimeout: option("reload_timeout", "duration", "30s", { isLive: true, minimum: 0.001 }),
    // Files whose change restarts it.
    watch: option("watch", "list", "", { isLive: true, isEach: true, sample: "src, config.yml" }),
    watchIgnore: option("watch_ignore", "list", "", {
      isLive: true,
      isEach: true,
      sample: "*.log, public/uploads",
    }),
    watchDelay: option("watch_delay", "duration", "500ms", {
      isLive: true,
      minimum: 0.01,
      maximum: 3600,
    }),
    watchAction: option("watch_action", "watch action", "restart", { isLive: true }),
    // What else runs when it starts, stops and fails.
    preStart: option("pre_start", "string", null, {
      isLive: true,
      isEach: true,
      sample: "/srv/web/migrate",
    }),
    postStart: option("post_start", "string", null, {
      isLive: true,
      isEach: true,
      sample: "/srv/web/register",
    }),
    preStop: option("pre_stop", "string", null, {
      isLive: true,
      isEach: true,
      sample: "/srv/web/drain",
    }),
    stopCommand: option("stop_command", "string", null, {
      isLive: true,
      isEach: true,
      sample: "/usr/bin/redis-cli shutdown",
    }),
    postStop: option("post_stop", "string", null, {
      isLive: true,
      isEach: true,
      sample: "/srv/web/clean",
    }),
    onFatal: option("on_fatal", "string", null, {
      isLive: true,
      isEach: true,
      sample: "/srv/web/alert",
    }),
    hookTimeout: option("hook_timeout", "duration", "30s", { isLive: true, minimum: 0.001 }),
    // When it is started again after a failure, and when not any more. Without them the rules are
    // Supervisor's.
    restartDelay: option("restart_delay", "duration", null, { isLive: true, sample: "5s" }),
    restartBackoff: option("restart_backoff", "backoff", "linear", { isLive: true }),
    restartDelayMax: option("restart_delay_max", "duration", null, { isLive: true, sample: "5m" }),
    restartJitter: option("restart_jitter", "fraction", "0", { isLive: true, sample: "0.2" }),
    restartLimit: option("restart_limit", "rate", null, { isLive: true, sample: "5/1m" }),
    fatalRetryAfter: option("fatal_retry_after", "duration", null, { isLive: true, sample: "10m" }),
    // When the clock starts it.
    schedule: option("schedule", "schedule", null, { isLive: true, sample: "0 3 * * *" }),
    overlap: option("overlap", "overlap", "skip", { isLive: true }),
    catchUp: option("catch_up", "catch up", "none", { isLive: true }),
    // What it may use, and the rights it keeps.
    nice: option("nice", "integer", null, { minimum: -20, maximum: 19, sample: "10" }),
    ioPriority: option("ionice", "io priority", null, { sample: "best-effort:7" }),
    oomScoreAdj: option("oom_score_adj", "integer", null, {
      minimum: -1000,
      maximum: 1000,
      sample: "500",
    }),
    cpus: option("cpu_affinity", "cpus", null, { sample: "0" }),
    ...RLIMITS,
    memoryMax: option("memory_max", "size or max", null, { sample: "400M" }),
    memoryHigh: option("memory_high", "size or max", null, { sample: "300M" }),
    cpuMax: option("cpu_max", "cpu quota", null, { sample: "150%" }),
    pidsMax: option("pids_max", "count or max", null, { sample: "100" }),
    ioWeight: option("io_weight", "integer", null, { minimum: 1, maximum: 10_000, sample: "50" }),
    noNewPrivs: option("no_new_privs", "boolean", "false", { sample: "true" }),
    capabilities: option("capabilities", "capabilities", null, {
      sample: "CAP_NET_BIND_SERVICE",
    }),
    // How its output is written, of both channels.
    logFormat: option("log_format", "log format", "raw", { sample: "json" }),
    logTimestamp: option("log_timestamp", "log timestamp", null, { sample: "iso" }),
    logRateLimit: option("log_rate_limit", "line rate", null, { sample: "1000/s" }),
  }),
} as const satisfies OptionTable;

/** What a program or a template inherits. It is resolved before options are read: see templates.ts. */
export const EXTENDS = {
  templates: option("extends", "list", "", { isOwn: true, sample: "thetemplatename" }),
} as const satisfies OptionTable;

/** Defaults with a schedule: it starts the program, and nothing else does. */
export const SCHEDULED = { autostart: false, autorestart: "never", type: "oneshot" } as const;
