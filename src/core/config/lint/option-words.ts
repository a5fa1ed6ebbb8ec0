// What other tools call an option: systemd, docker compose, process-compose, pm2, foreman, circus, cron.

import { closest } from "../../base/edit-distance.ts";
import type { SectionKind } from "../options/sections.ts";
import { findEntry, optionsOf } from "../options/table.ts";

/** Words that mean an option, in lower case; of two options that a word may mean, a section takes the first that it has. */
const WORDS: readonly (readonly [key: string, words: string])[] = [
  ["command", "cmd exec execstart exec_start script entrypoint commandline start_command"],
  ["user", "username uid runas run_as run_as_user"],
  ["directory", "cwd workdir workingdir working_dir workingdirectory working_directory chdir root"],
  ["environment", "env environ variables setenv"],
  ["env_file", "environmentfile environment_file environment_files envfile env_files env_from"],
  ["environment_pass", "passenvironment pass_environment"],
  ["numprocs", "instances scale replicas numprocesses concurrency formation copies"],
  ["autorestart", "restart restart_policy respawn auto_restart"],
  ["autostart", "enabled auto_start start_on_boot"],
  ["startretries", "retries retry max_restarts max_retries max_retry"],
  ["restart_limit", "startlimitburst startlimitinterval startlimitintervalsec start_limit"],
  ["startsecs", "min_uptime minuptime"],
  ["restart_delay", "restartsec restart_sec backoff_seconds exp_backoff_restart_delay"],
  ["restart_backoff", "backoff"],
  ["restart_delay_max", "restartmaxdelaysec"],
  ["exitcodes", "successexitstatus success_exit_status stop_exit_codes exit_codes"],
  ["stopsignal", "kill_signal killsignal stop_signal"],
  ["stopwaitsecs", "kill_timeout timeoutstopsec stop_grace_period stop_timeout graceful_timeout"],
  ["stopasgroup", "stop_children"],
  ["kill_mode", "treekill killmode kill_as_tree"],
  ["tty", "is_tty pty"],
  ["loglevel", "log_level verbosity"],
  ["logfile", "log_file log_location"],
  ["logfile_maxbytes", "log_max_size max_log_size"],
  ["stdout_logfile", "logfile log_file log_location log_stdout stdout standardoutput out_file"],
  ["stderr_logfile", "log_stderr stderr standarderror error_file err_file errfile error_log"],
  ["stdout_logfile_maxbytes", "logfile_maxbytes stdout_maxbytes log_max_size max_log_size"],
  ["stderr_logfile_maxbytes", "stderr_maxbytes"],
  ["stdout_logfile_backups", "logfile_backups stdout_backups max_backups"],
  ["log_timestamp", "log_date_format timestamp add_timestamp"],
  ["log_format", "log_type logformat"],
  ["log_rate_limit", "logratelimitburst logratelimitintervalsec"],
  ["depends_on", "depends dependson dependencies requires require wants want needs after wait_for"],
  ["restart_with", "bindsto binds_to partof part_of"],
  ["ready_check", "readiness_probe readinessprobe readiness wait_ready ready_log_line"],
  ["ready_timeout", "timeoutstartsec listen_timeout start_timeout"],
  ["health_check", "healthcheck liveness_probe livenessprobe liveness probe"],
  ["health_interval", "period_seconds"],
  ["health_retries", "failure_threshold"],
  ["health_start_period", "initial_delay_seconds initial_delay start_period"],
  ["watch", "watch_files watch_path watch_paths watchfiles autoreload auto_reload livereload"],
  ["watch_ignore", "ignore_watch watch_exclude"],
  ["pre_start", "execstartpre exec_start_pre prestart before_start"],
  ["post_start", "execstartpost exec_start_post poststart after_start"],
  ["pre_stop", "prestop before_stop"],
  ["stop_command", "execstop exec_stop stopcommand stop_cmd"],
  ["post_stop", "execstoppost exec_stop_post poststop after_stop"],
  ["on_fatal", "onfailure on_failure onfatal"],
  ["reload_command", "execreload exec_reload"],
  ["reload_signal", "reloadsignal"],
  ["max_memory", "memory_limit memorylimit mem_limit memory maxmem"],
  ["max_memory", "max_memory_restart"],
  ["memory_max", "memorymax"],
  ["memory_high", "memoryhigh mem_reservation"],
  ["cpu_max", "cpuquota cpu_quota cpu_limit max_cpu"],
  ["pids_max", "tasksmax tasks_max pids_limit max_processes"],
  ["io_weight", "ioweight blkioweight"],
  ["nice", "niceness cpu_priority"],
  ["ionice", "ioschedulingclass ioschedulingpriority io_priority ioprio"],
  ["oom_score_adj", "oomscoreadjust oom_score oom_adj oom"],
  ["cpu_affinity", "cpuaffinity cpus cpuset taskset affinity cpuset_cpus"],
  ["rlimit_nofile", "limitnofile nofile nofiles ulimit open_files max_open_files"],
  ["rlimit_nproc", "limitnproc nproc"],
  ["rlimit_core", "limitcore core_limit"],
  ["rlimit_as", "limitas"],
  ["rlimit_memlock", "limitmemlock memlock"],
  ["no_new_privs", "nonewprivileges no_new_privileges nonewprivs"],
  ["capabilities", "ambientcapabilities capabilityboundingset cap_add caps capability"],
  ["max_age", "runtimemaxsec runtime_max_sec max_runtime max_lifetime lifetime"],
  ["schedule", "cron crontab cron_restart cron_pattern oncalendar on_calendar onunitactivesec"],
  ["catch_up", "persistent catchup"],
  ["overlap", "concurrency_policy concurrencypolicy singleton"],
];

/** The option that is meant by a key that a section does not have; null if it resembles none. */
export function meantKey(key: string, kind: SectionKind): string | null {
  const known = WORDS.find(([meant, words]) => {
    return words.split(" ").includes(key) && findEntry(kind, meant) !== null;
  });
  return known?.[0] ?? misspeltKey(key, kind);
}

/** The option that a key is a slip of; null if it resembles none. */
export function misspeltKey(key: string, kind: SectionKind): string | null {
  return closest(
    key,
    optionsOf(kind).map((entry) => entry.key),
  );
}
