// A sentence about each option, by its key: for `tsv help conf`, the sample configuration, the command line and the web page.

import type { CHANNEL } from "./channel.ts";
import type { OptionTable } from "./entry.ts";
import type { EXTENDS } from "./program.ts";
import type { TABLES } from "./sections.ts";

/** The compiler asks for one for each row. */
type Docs<T extends OptionTable> = { readonly [F in keyof T as T[F]["key"]]: string };

/** {} stands for the name of the channel. */
const OF_CHANNEL: Docs<typeof CHANNEL> = {
  logfile: "Log of {}: a path, AUTO or NONE.",
  logfile_maxbytes: "Size at which that log rotates; 0 never rotates.",
  logfile_backups: "How many rotated logs are kept.",
  logfile_flush_interval:
    "Seconds that {} may wait in memory; as logfile_flush_interval if not given.",
  logfile_rotate: "Rotate that log by time too: hourly, daily, weekly or monthly.",
  logfile_compress: "Compress rotated logs of {}: gzip, zstd or none.",
  logfile_mode: "Mode of that log when tsv makes it; 0666 less the umask if not given.",
  logfile_owner: "Owner of that log when tsv makes it: user or user:group. For root only.",
  capture_maxbytes: "Bytes kept between capture tokens; 0 turns capture off.",
  events_enabled: "Emit an event for what appears on {}.",
  syslog: "Send {} to syslog as well.",
};

function ofChannel(channel: "stdout" | "stderr", called: string): Readonly<Record<string, string>> {
  const sentences = Object.entries(OF_CHANNEL).map(([key, text]) => {
    return [`${channel}_${key}`, text.replace("{}", called)] as const;
  });
  return Object.fromEntries(sentences);
}

const OF_SERVERS = {
  username: "User name that clients must give.",
  password: "Password, in clear, or as {SHA} or `tsv passwd` writes it.",
  legacy_get_actions:
    "Let plain links of the web page start and stop programs, as Supervisor does; off, they ask first.",
};

const OF_TEMPLATES: Docs<typeof EXTENDS> = {
  extends: "Templates whose options it inherits, separated by commas; later ones win.",
};

/** Of each section, those of its first table. */
type AllDocs = { readonly [S in keyof typeof TABLES]: Docs<(typeof TABLES)[S][0]> };

export const DOCS: AllDocs = {
  supervisord: {
    logfile: "Activity log; relative to the working directory at start. `syslog` logs to syslog.",
    logfile_maxbytes: "Size at which the activity log rotates; 0 never rotates.",
    logfile_backups: "How many rotated activity logs are kept.",
    logfile_flush_interval:
      "Seconds that lines of all logs may wait in memory, to spare an SD card; 0 writes at once.",
    max_total:
      "Most bytes of all logs of programs with their backups; the oldest go first. 0: no limit.",
    loglevel: "Least important level written: critical, error, warn, info, debug, trace, blather.",
    pidfile: "File for the daemon's process id.",
    umask: "File creation mask of the daemon; applied when it goes to the background.",
    nodaemon: "Stay in the foreground.",
    silent: "In the foreground, write no log to standard output.",
    minfds: "File descriptors that must be available at start.",
    minprocs: "Processes that must be available at start.",
    nocleanup: "Keep the AUTO logs of the previous run.",
    orphans:
      "Programs that a killed daemon left running: `warn` logs them, `stop` stops them first.",
    exit_on: "End the daemon with a program: `fatal`, `exit`, `any`, `all` or `never`.",
    shutdown_grace:
      "The longest that a shutdown may take; programs that remain are killed in time.",
    history: "Where the CPU and memory of programs over time are kept: off, memory or disk.",
    state_directory: "Directory of what operators decide: tsv scale, enable, disable; empty: none.",
    upgrade_paths:
      "Executables that clients over TCP and of other users may name in an upgrade of the daemon.",
    childlogdir: "Directory for AUTO logs; the temporary directory if not given.",
    user: "User to switch to at start, by name or number.",
    directory: "Directory to change to at start.",
    strip_ansi: "Remove terminal escape sequences from the logs of programs.",
    environment: 'Variables for every program: KEY="value",KEY2="value".',
    identifier: "Name of this daemon in events, in AUTO log names and over RPC.",
  },
  program: {
    command: "Command line to run; required.",
    process_name: "Name of each process; must contain %(process_num) if numprocs is above 1.",
    numprocs: "How many processes to run.",
    numprocs_start: "Number of the first process.",
    numprocs_max: "Most processes that tsv scale may run; no limit if not given.",
    priority: "Lower starts earlier and stops later.",
    autostart: "Start with the daemon.",
    startsecs: "Seconds a process must stay up to count as running.",
    startretries: "Failed starts in a row after which the process is FATAL; -1 for never.",
    enabled: "Start it at all: false starts it on request only, whatever other options say.",
    autorestart: "Restart after an exit: true, false or unexpected.",
    essential: "End the daemon when it has ended for good; autorestart is then false if not given.",
    exitcodes: "Exit codes that are expected, separated by commas.",
    stopsignal: "Signal that asks a process to stop.",
    stopwaitsecs: "Seconds to wait for a stop before SIGKILL.",
    stopasgroup: "Send the stop signal to the whole process group.",
    killasgroup: "Send SIGKILL to the whole process group; as stopasgroup if not given.",
    kill_mode:
      "What a stop ends: process, group, tree or cgroup; stopasgroup decides if not given.",
    user: "User to run as, by name or number.",
    redirect_stderr: "Send standard error where standard output goes.",
    tty: "Run on a terminal, so that colours and line buffering appear and fg passes keys.",
    log_create_dirs: "Make missing directories of the logs of this program.",
    environment: 'Variables for this program: KEY="value",KEY2="value".',
    directory: "Directory to change to before the command runs.",
    umask: "File creation mask of the program.",
    serverurl: "Value of SUPERVISOR_SERVER_URL; AUTO or nothing computes it.",
    environment_pass: "Variables of the daemon that it gets, with * and ?; all if not given.",
    user_env: "Set HOME, USER, LOGNAME and SHELL of its user.",
    env_file: "Files of NAME=value lines, read at each start; one with ? may be missing.",
    env_command: "Command that prints NAME=value lines; it runs as the user before each start.",
    env_command_timeout: "Time after which env_command is killed, and the start has failed.",
    socket: "Sockets that the daemon opens and passes on: tcp://HOST:PORT, unix:///PATH, NAME=….",
    socket_backlog: "Length of the queue of connections of its sockets, 1 to 65535.",
    socket_owner: "Owner of its unix sockets: user or user:group; its user if not given.",
    socket_mode: "Mode of its unix sockets; 0700 if not given.",
    start_on: "connect: the first connection to one of its sockets starts it.",
    type: "simple, or oneshot for a program that does its work and exits.",
    depends_on: "Programs it needs, NAME[:CONDITION]: running, ready or completed.",
    restart_with: "Programs it needs, and with which it is restarted.",
    ready_check: "How to find out that it is ready; it is RUNNING only then.",
    ready_timeout: "A start that is not ready after this has failed.",
    ready_interval: "Wait between two checks of ready_check.",
    health_check: "Where it answers as long as it is healthy; it is asked while it is RUNNING.",
    health_interval: "Time from one health check to the next.",
    health_timeout: "A health check that takes longer has failed.",
    health_retries: "Failed health checks in a row after which it is unhealthy.",
    health_start_period: "Failed checks do not count this long after a start, until one succeeds.",
    health_action: "What is done when it is unhealthy: restart, signal:NAME or report.",
    max_memory: "Restart when it uses more memory with all its children.",
    max_age: "Restart when it has run this long.",
    max_age_jitter:
      "How much earlier than max_age at most, so that programs do not restart together.",
    reload_signal: "Signal that makes it read its files again; `tsv reload NAME` sends it.",
    reload_command: "Command of `tsv reload NAME` instead of a signal; it runs as the user.",
    reload_timeout: "Time after which reload_command is killed, and has failed.",
    watch: "Files and directories whose change restarts it, for development.",
    watch_ignore: "Names and paths that do not count, with * and ?, besides .git, node_modules.",
    watch_delay: "The restart comes when nothing has changed for this long.",
    watch_action: "What a change does: restart, or reload as `tsv reload NAME`.",
    pre_start: "Command before each start; the start has failed if it fails.",
    post_start: "Command when it has become RUNNING.",
    pre_stop: "Command before a stop; the stop continues even if it fails.",
    stop_command: "Command that stops it, instead of stopsignal.",
    post_stop: "Command after each run; the next start waits for its end.",
    on_fatal: "Command when it has become FATAL.",
    hook_timeout: "Time after which such a command is killed, and has failed.",
    restart_delay: "Wait before a restart; without it 1s after a failed start, none after an exit.",
    restart_backoff: "How the wait grows with each failure: constant, linear or exponential.",
    restart_delay_max: "The longest wait before a restart.",
    restart_jitter: "How much the wait differs at random, up and down.",
    restart_limit: "Give up after this many failures in this time, instead of startretries.",
    fatal_retry_after: "Try again this long after giving up.",
    schedule:
      "When to start it: a cron expression with an optional time zone, @every 10m, @reboot.",
    overlap: "If a run is due while one is under way: skip, queue or restart.",
    catch_up: "Runs missed because the machine slept or the clock was set: none, or run once.",
    nice: "Priority for processors, -20 (first) to 19 (last).",
    ionice: "Priority for disks: idle, best-effort:N or realtime:N, N from 0 (first) to 7.",
    oom_score_adj:
      "Whether the kernel kills it first (1000) or never (-1000) when memory runs out.",
    cpu_affinity: "CPUs that it may run on, by number.",
    rlimit_as: "Most memory that it may map, SOFT:HARD or one size for both.",
    rlimit_core: "Largest core dump; 0 for none.",
    rlimit_cpu: "Seconds of processor time, after which it is killed.",
    rlimit_data: "Most memory for its data.",
    rlimit_fsize: "Largest file that it may write.",
    rlimit_memlock: "Most memory that it may lock.",
    rlimit_msgqueue: "Bytes of POSIX message queues of its user.",
    rlimit_nice: "How far it may lower its nice value: 20 less that value.",
    rlimit_nofile: "Files that it may have open.",
    rlimit_nproc: "Processes and threads of its user; not for root.",
    rlimit_rtprio: "Highest real-time priority that it may take.",
    rlimit_rttime: "Microseconds that it may run at a real-time priority without waiting.",
    rlimit_sigpending: "Signals that may be queued for its user.",
    rlimit_stack: "Largest stack of its first thread.",
    memory_max: "Most memory with all its children; more is killed by the kernel. Needs a cgroup.",
    memory_high: "Memory above which the kernel slows it down with all its children.",
    cpu_max: "Most processor time with all its children: 150% is one and a half processors.",
    pids_max: "Most processes and threads of it and all its children.",
    io_weight: "Its share of disks, 1 to 10000; others have 100.",
    no_new_privs: "It and its children gain no rights by executing a program, such as sudo.",
    capabilities: "The only capabilities that it keeps, as root or as its user; empty for none.",
    log_format: "Form of lines in its logs: raw, prefix, json or logfmt.",
    log_timestamp: "Time in front of lines: none, time, iso, iso-ms, utc or unix.",
    log_rate_limit:
      "Most lines that each channel may log in a time; others are dropped and counted.",
    ...OF_TEMPLATES,
    ...ofChannel("stdout", "standard output"),
    ...ofChannel("stderr", "standard error"),
  },
  include: {
    files: "Further files to read: patterns separated by blanks, relative to this file; required.",
  },
  group: {
    programs: "Members, separated by commas: names of programs and FastCGI programs.",
    priority: "Lower starts earlier and stops later.",
  },
  "fcgi-program": {
    socket: "Socket that the processes share: unix:///PATH or tcp://HOST:PORT; required.",
    socket_backlog: "Length of the queue of connections, 1 to 65535.",
    socket_owner: "Owner of a unix socket: user or user:group.",
    socket_mode: "Mode of a unix socket; 0700 if not given.",
  },
  eventlistener: {
    events: "Event types to receive, separated by commas; required.",
    buffer_size: "Events that wait for a listener before the oldest is dropped.",
    result_handler: "Handler of the listeners' results.",
    priority: "Lower starts earlier and stops later.",
  },
  unix_http_server: {
    ...OF_SERVERS,
    file: "Path of the socket; required.",
    chmod: "Mode of the socket.",
    chown: "Owner of the socket: user or user:group.",
    read_group: "Group whose members only read; root and the daemon's user stay admins.",
  },
  inet_http_server: {
    ...OF_SERVERS,
    port: "Address to listen on: port, host:port or *:port; required.",
    allowed_hosts: "Additional host names of a server without a password, such as that of a proxy.",
    ssl_cert: "File with the server's certificate, in PEM form; the server speaks TLS then.",
    ssl_key: "File with the key of that certificate; ssl_cert if not given.",
    ssl_client_ca: "File with authorities; clients need a certificate of one of them.",
  },
  user: {
    password: "Password of this user: in clear, or as {SHA} or `tsv passwd` writes it.",
    token: "Secret that a program sends instead, in clear or as `tsv passwd --token` writes it.",
    role: "What the user may do: read, operate (start, stop, signal) or admin.",
    programs: "Programs that the user sees and acts on: group:name with * and ?, or names.",
  },
  notify: {
    url: "Where alerts are sent by HTTP POST; a secret of most services, see url_file.",
    url_file: "File that contains the URL, which other users cannot read.",
    format: "What the service takes: json, slack, discord, ntfy or telegram.",
    chat: "Id of the chat, for format=telegram.",
    token_file: "File that contains a token, which is sent as Authorization: Bearer.",
    command: "Command that runs for each message: JSON on its input, TSV_ALERT_ variables.",
    user: "User of the command; that of the daemon if not given.",
    mail: "Addresses, separated by commas, that get mail through sendmail(8).",
    on: "Kinds of alerts: fatal, unhealthy, restarts, failed, recovered.",
    programs: "Programs that it is told of: group:name with * and ?, or names.",
    restarts: "Automatic restarts of a program that are too many: 5/10m for five in ten minutes.",
    repeat: "An alert is sent again after this time, while it lasts; 0 for never.",
    quiet: "Hours of the day, local time, whose alerts are sent at their end: 22:00-07:00.",
    timeout: "Limit for one message.",
  },
  fleet: {
    url: "Where the hub of the fleet listens: tls://HOST:PORT.",
    name: "Name of this device, or of this operator, in the fleet.",
    key: "File with the seed of its nkey, which other users cannot read.",
    ca: "File with authorities that may vouch for the hub.",
    through: "HOST:PORT of a tsv fleet relay, which passes the connection on to the hub.",
    labels: "Labels that the device reports, such as site=berlin,role=web.",
  },
  supervisorctl: {
    serverurl: "Where the daemon listens: unix://PATH, http://HOST:PORT or https://HOST:PORT.",
    username: "User name to give to the daemon.",
    password: "Password to give to the daemon.",
    prompt: "Prompt of the interactive shell.",
    history_file: "File that keeps the shell's history.",
    ssl_ca:
      "File with authorities that may vouch for an https:// server; those of the host if not given.",
    ssl_cert: "File with a certificate for servers with ssl_client_ca.",
    ssl_key: "File with the key of that certificate; ssl_cert if not given.",
  },
  rpcinterface: { "supervisor.rpcinterface_factory": "Factory of the methods; required." },
  ctlplugin: { "supervisor.ctl_factory": "Factory of the commands; required." },
};
