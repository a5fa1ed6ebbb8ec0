// Programs that go into the background, and the options that keep them in the foreground. A supervisor sees such a program
// exit at once with status 0.

/** How certain it is that a command goes into the background. */
export interface Background {
  /** Certain from the command alone; otherwise its own configuration decides. */
  readonly isCertain: boolean;
  /** For messages: "nginx goes into the background". */
  readonly cause: string;
  readonly advice: string;
  /** What to append to the command; null if words have to be changed. */
  readonly append: string | null;
}

interface Row {
  /** A pattern for the whole name of the executable. */
  readonly name: string;
  /** Matches a command that stays in the foreground. */
  readonly front?: RegExp;
  /** Matches a command that goes into the background. */
  readonly back?: RegExp;
  /** What it does if neither matches: stay in the foreground by default; "config": its own configuration decides. */
  readonly otherwise?: "back" | "config";
  readonly append?: string;
  readonly advice?: string;
}

const DIRECTLY = "Run the program directly";
const NOT_A_CHILD = `${DIRECTLY}; a program that a service manager starts is not a child of tsv`;
const WITH_TERMINAL = `${DIRECTLY}; tty=true gives it a terminal`;
const DNSMASQ_FRONT = / (?:-[a-zA-Z]*[kd] |--keep-in-foreground|--no-daemon|--test)/;
const SAMBA_FRONT = / (?:-[a-zA-Z]*[Fi]|--foreground|--interactive)/;
/** After options of `docker run`, which may have values. */
const DOCKER_BACK =
  / run (?:(?:-[it]+|--rm|--init|--privileged|--read-only|-\S+=\S+|--?\S+ [^-\s]\S*) )*(?:-[a-z]*d[a-z]*|--detach) /;

/** The patterns see the words after the executable, joined by spaces, with one before and after each. */
const ROWS: readonly Row[] = [
  { name: "nginx", front: /daemon off/, otherwise: "config", append: '-g "daemon off;"' },
  { name: "apache2|httpd", ...stays(/-D ?(?:FOREGROUND|NO_DETACH)| -X /, "-DFOREGROUND") },
  {
    name: "apache2ctl|apachectl",
    front: /-D ?FOREGROUND| -X | configtest | -t /,
    otherwise: "back",
    advice: "Write apachectl -DFOREGROUND",
  },
  {
    name: "redis-server",
    front: /--daemonize no /,
    back: /--daemonize yes /,
    otherwise: "config",
    append: "--daemonize no",
  },
  {
    name: "php-fpm[\\d.]*",
    front: / (?:-[a-zA-Z]*F[a-zA-Z]*|--nodaemonize) /,
    back: / (?:-D|--daemonize) /,
    otherwise: "config",
    append: "--nodaemonize",
  },
  { name: "gunicorn\\d?", back: / (?:-D|--daemon) / },
  { name: "uwsgi", back: / (?:-d|--daemonize2?)[ =]/ },
  { name: "sshd", ...stays(/ -[a-z46]*(?:D|d|t|T)/, "-D") },
  { name: "cron", ...stays(/ -[a-zA-Z]*f/, "-f") },
  { name: "crond", front: / -[a-zA-Z]*[nf]/, otherwise: "config" },
  { name: "memcached", back: / (?:-d|--daemon) / },
  { name: "mongod", back: / --fork / },
  { name: "mysqld", back: / (?:-D|--daemonize) / },
  { name: "pg_ctl", back: / (?:start|restart) /, advice: "Run postgres directly" },
  { name: "proftpd", ...stays(/ (?:-[a-zA-Z]*n|--nodaemon)/, "--nodaemon") },
  { name: "haproxy", front: / -db /, back: / -D / },
  { name: "keepalived", ...stays(/ (?:-[a-zA-Z]*n|--dont-fork)/, "--dont-fork") },
  { name: "dnsmasq", front: DNSMASQ_FRONT, otherwise: "config", append: "--keep-in-foreground" },
  { name: "rsyslogd", ...stays(/ -[a-zA-Z]*[nN]/, "-n") },
  { name: "named", ...stays(/ -[a-zA-Z0-9]*[fgv]/, "-f") },
  { name: "smbd|nmbd|winbindd", ...stays(SAMBA_FRONT, "--foreground") },
  { name: "squid", ...stays(/ (?:-[a-zA-Z]*[Nzk]|--foreground)/, "--foreground") },
  { name: "dovecot", ...stays(/ -[a-zA-Z]*F/, "-F") },
  { name: "varnishd", ...stays(/ -[a-zA-Z]*[FCVd]/, "-F") },
  { name: "lighttpd", ...stays(/ -[a-zA-Z]*[DtvV]/, "-D") },
  { name: "exim4?", back: / -bd /, advice: "Write -bdf instead of -bd" },
  { name: "postfix", back: / start /, advice: "Write postfix start-fg" },
  { name: "openvpn", back: / --daemon / },
  { name: "rabbitmq-server", back: / -detached / },
  {
    name: "celery",
    back: / (?:multi start|--detach|-D) /,
    advice: "Start celery worker without --detach",
  },
  { name: "puma|unicorn|unicorn_rails|thin|sidekiq", back: / (?:-[dD]|--daemon(?:ize)?) / },
  { name: "service|rc-service|systemctl", back: / (?:start|restart) /, advice: NOT_A_CHILD },
  { name: "docker|podman", back: DOCKER_BACK, advice: "Remove -d" },
  {
    name: "docker|docker-compose|podman-compose",
    back: / up (?:.* )?(?:-d|--detach) /,
    advice: "Remove -d",
  },
  {
    name: "pm2",
    front: / --no-daemon /,
    back: / start /,
    advice: "Use pm2-runtime, or run the program directly",
  },
  { name: "forever", back: / start /, advice: DIRECTLY },
  { name: "screen", back: / -[a-zA-Z]*dm/, advice: WITH_TERMINAL },
  { name: "tmux", back: / (?:.* )?-d /, advice: WITH_TERMINAL },
];

/** A daemon that goes into the background unless an option keeps it in the foreground. */
function stays(front: RegExp, append: string): Omit<Row, "name"> {
  return { front, otherwise: "back", append };
}

/** Whether a command goes, or may go, into the background; null if it stays in the foreground or is unknown. */
export function backgroundOf(argv: readonly string[]): Background | null {
  const [first = "", ...rest] = argv;
  const name = first.slice(first.lastIndexOf("/") + 1);
  const words = ` ${rest.join(" ")} `;
  const shell = ofShell(name, rest);
  if (shell !== null) return shell;
  if (/^\/etc\/(?:rc\.d\/)?init\.d\//.test(first) && / (?:start|restart) /.test(words)) {
    return certain(`${first} starts a service and exits`, DIRECTLY);
  }
  for (const row of ROWS) {
    const isThis = new RegExp(`^(?:${row.name})$`).test(name);
    if (!isThis || row.front?.test(words) === true) continue;
    const goesBack = row.back?.test(words) === true;
    if (!goesBack && row.otherwise === undefined) continue;
    const isCertain = goesBack || row.otherwise === "back";
    // The option for the background has to be removed; an appended option would contradict it.
    const append = goesBack ? null : (row.append ?? null);
    const advice = row.advice ?? (append === null ? "Remove the option for this" : `Add ${append}`);
    const verb = isCertain
      ? "puts itself"
      : "puts itself, unless its configuration says otherwise,";
    return { isCertain, cause: `${name} ${verb} into the background`, advice, append };
  }
  return null;
}

/** `sh -c 'program &'`: the shell has nothing left to wait for. */
function ofShell(name: string, [option = "", script = ""]: readonly string[]): Background | null {
  const isShell = /^(?:ba|da|z|k)?sh$/.test(name) && /^-[a-z]*c$/.test(option);
  const ends = /(?:^|[^&])&\s*$/.test(script) || /^\s*nohup\s.*&\s*$/.test(script);
  if (!isShell || !ends) return null;
  return certain("the shell starts its command in the background and exits", "Remove the &");
}

function certain(cause: string, advice: string): Background {
  return { isCertain: true, cause, advice, append: null };
}
