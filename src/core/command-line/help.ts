// The help pages of the two programs that answer to Supervisor's names.

/** What `supervisord -h` prints. */
export function daemonUsage(program: string): string {
  return `supervisord -- run a set of applications as daemons and keep them running.

Usage: ${program} [options]

Options:
-c/--configuration FILENAME -- read this configuration (looked for in default places if absent)
-n/--nodaemon -- stay in the foreground (nodaemon=true)
-s/--silent -- in the foreground, write no log to standard output (silent=true)
-h/--help -- print this page and exit
-v/--version -- print the version number and exit
-u/--user USER -- switch to this user, given by name or number
-m/--umask UMASK -- file creation mask of the daemon (022 if absent)
-d/--directory DIRECTORY -- change to this directory at start
-l/--logfile FILENAME -- use FILENAME as the activity log
-y/--logfile_maxbytes BYTES -- rotate the activity log at this size
-z/--logfile_backups NUM -- keep this many rotated activity logs
-e/--loglevel LEVEL -- write this level and above (blather,trace,debug,info,warn,error,critical)
-j/--pidfile FILENAME -- write the daemon's process id to FILENAME
-i/--identifier STR -- what this daemon calls itself in events and logs
-q/--childlogdir DIRECTORY -- keep the AUTO logs of programs in this directory
-k/--nocleanup -- keep the AUTO logs of the previous run
-a/--minfds NUM -- file descriptors that must be available at start
-t/--strip_ansi -- remove terminal escape sequences from the logs of programs
--minprocs NUM -- processes that must be available at start
--profile_options OPTIONS -- accepted for compatibility, without effect

Options given here win over the configuration file.
`;
}

/** What `supervisorctl -h` prints. */
export function ctlUsage(program: string): string {
  return `supervisorctl -- control applications that supervisord runs, from the command line.

Usage: ${program} [options] [action [arguments]]

Options:
-c/--configuration FILENAME -- read this configuration (looked for in default places if absent)
-h/--help -- print this page and exit
-i/--interactive -- start an interactive shell; with an action, ask before what cannot be undone
-s/--serverurl URL -- where supervisord listens, unix:///PATH or http://HOST:PORT
     ("http://localhost:9001" if neither given nor configured)
-u/--username USERNAME -- user name to give to the server
-p/--password PASSWORD -- password to give to the server
-r/--history-file FILENAME -- keep the history of the interactive shell in this file

action [arguments] -- what to do, for example "status" or "tail web"

Without an action an interactive shell starts. The action "help" lists all actions.
`;
}
