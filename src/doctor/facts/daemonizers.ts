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
  readonly name: RegExp;
  /** Matches a command that stays in the foreground. */
  readonly front?: RegExp;
  /** Matches a command that goes into the background. */
  readonly back?: RegExp;
  /** The behaviour if neither matches. */
  readonly otherwise: "front" | "back" | "its configuration decides";
  readonly append?: string;
  readonly advice?: string;
}

/** Words are joined by spaces, with one before and after each. */
const ROWS: readonly Row[] = [
  {
    name: /^nginx$/,
    front: /daemon off/,
    otherwise: "its configuration decides",
    append: '-g "daemon off;"',
  },
  {
    name: /^(?:apache2|httpd)$/,
    front: /-D ?(?:FOREGROUND|NO_DETACH)| -X /,
    otherwise: "back",
    append: "-DFOREGROUND",
  },
  {
    name: /^(?:apache2ctl|apachectl)$/,
    front: /-D ?FOREGROUND| -X | configtest | -t /,
    otherwise: "back",
    advice: "Write apachectl -DFOREGROUND",
  },
  {
    name: /^redis-server$/,
    front: /--daemonize no /,
    back: /--daemonize yes /,
    otherwise: "its configuration decides",
    append: "--daemonize no",
  },
  {
    name: /^php-fpm[\d.]*$/,
    front: / (?:-[a-zA-Z]*F[a-zA-Z]*|--nodaemonize) /,
    back: / (?:-D|--daemonize) /,
    otherwise: "its configuration decides",
    append: "--nodaemonize",
  },
  { name: /^gunicorn\d?$/, back: / (?:-D|--daemon) /, otherwise: "front" },
  { name: /^uwsgi$/, back: / (?:-d|--daemonize2?)[ =]/, otherwise: "front" },
  { name: /^sshd$/, front: / -[a-z46]*(?:D|d|t|T)/, otherwise: "back", append: "-D" },
  { name: /^cron$/, front: / -[a-zA-Z]*f/, otherwise: "back", append: "-f" },
  { name: /^crond$/, front: / -[a-zA-Z]*[nf]/, otherwise: "its configuration decides" },
  { name: /^memcached$/, back: / (?:-d|--daemon) /, otherwise: "front" },
  { name: /^mongod$/, back: / --fork /, otherwise: "front" },
  { name: /^mysqld$/, back: / (?:-D|--daemonize) /, otherwise: "front" },
  {
    name: /^pg_ctl$/,
    back: / (?:start|restart) /,
    otherwise: "front",
    advice: "Run postgres directly",
  },
  {
    name: /^proftpd$/,
    front: / (?:-[a-zA-Z]*n|--nodaemon)/,
    otherwise: "back",
    append: "--nodaemon",
  },
  { name: /^haproxy$/, front: / -db /, back: / -D /, otherwise: "front" },
  {
    name: /^keepalived$/,
    front: / (?:-[a-zA-Z]*n|--dont-fork)/,
    otherwise: "back",
    append: "--dont-fork",
  },
  {
    name: /^dnsmasq$/,
    front: / (?:-[a-zA-Z]*[kd] |--keep-in-foreground|--no-daemon|--test)/,
    otherwise: "its configuration decides",
    append: "--keep-in-foreground",
  },
  { name: /^rsyslogd$/, front: / -[a-zA-Z]*[nN]/, otherwise: "back", append: "-n" },
  { name: /^named$/, front: / -[a-zA-Z0-9]*[fgv]/, otherwise: "back", append: "-f" },
  {
    name: /^(?:smbd|nmbd|winbindd)$/,
    front: / (?:-[a-zA-Z]*[Fi]|--foreground|--interactive)/,
    otherwise: "back",
    append: "--foreground",
  },
  {
    name: /^squid$/,
    front: / (?:-[a-zA-Z]*[Nzk]|--foreground)/,
    otherwise: "back",
    append: "--foreground",
  },
  { name: /^dovecot$/, front: / -[a-zA-Z]*F/, otherwise: "back", append: "-F" },
  { name: /^varnishd$/, front: / -[a-zA-Z]*[FCVd]/, otherwise: "back", append: "-F" },
  { name: /^lighttpd$/, front: / -[a-zA-Z]*[DtvV]/, otherwise: "back", append: "-D" },
  { name: /^exim4?$/, back: / -bd /, otherwise: "front", advice: "Write -bdf instead of -bd" },
  { name: /^postfix$/, back: / start /, otherwise: "front", advice: "Write postfix start-fg" },
  { name: /^openvpn$/, back: / --daemon /, otherwise: "front" },
  { name: /^rabbitmq-server$/, back: / -detached /, otherwise: "front" },
  {
    name: /^celery$/,
    back: / (?:multi start|--detach|-D) /,
    otherwise: "front",
    advice: "Start celery worker without --detach",
  },
  {
    name: /^(?:puma|unicorn|unicorn_rails|thin|sidekiq)$/,
    back: / (?:-[dD]|--daemon(?:ize)?) /,
    otherwise: "front",
  },
  {
    name: /^(?:service|rc-service)$/,
    back: / (?:start|restart) /,
    otherwise: "front",
    advice:
      "Run the program directly; a program that a service manager starts is not a child of tsv",
  },
  {
    name: /^systemctl$/,
    back: / (?:start|restart) /,
    otherwise: "front",
    advice:
      "Run the program directly; a program that a service manager starts is not a child of tsv",
  },
  {
    name: /^(?:docker|podman)$/,
    back: / run (?:(?:-[it]+|--rm|--init|--privileged|--read-only|-\S+=\S+|--?\S+ [^-\s]\S*) )*(?:-[a-z]*d[a-z]*|--detach) /,
    otherwise: "front",
    advice: "Remove -d",
  },
  {
    name: /^(?:docker|docker-compose|podman-compose)$/,
    back: / up (?:.* )?(?:-d|--detach) /,
    otherwise: "front",
    advice: "Remove -d",
  },
  {
    name: /^pm2$/,
    front: / --no-daemon /,
    back: / start /,
    otherwise: "front",
    advice: "Use pm2-runtime, or run the program directly",
  },
  { name: /^forever$/, back: / start /, otherwise: "front", advice: "Run the program directly" },
  {
    name: /^screen$/,
    back: / -[a-zA-Z]*dm/,
    otherwise: "front",
    advice: "Run the program directly; tty=true gives it a terminal",
  },
  {
    name: /^tmux$/,
    back: / (?:.* )?-d /,
    otherwise: "front",
    advice: "Run the program directly; tty=true gives it a terminal",
  },
];

/** Whether a command goes, or may go, into the background; null if it stays in the foreground or is unknown. */
export function backgroundOf(argv: readonly string[]): Background | null {
  const [first = "", ...rest] = argv;
  const name = first.slice(first.lastIndexOf("/") + 1);
  const words = ` ${rest.join(" ")} `;
  const shell = ofShell(name, rest);
  if (shell !== null) return shell;
  if (/^\/etc\/(?:rc\.d\/)?init\.d\//.test(first) && / (?:start|restart) /.test(words)) {
    return certain(`${first} starts a service and exits`, "Run the program directly", null);
  }
  for (const row of ROWS) {
    if (!row.name.test(name) || row.front?.test(words) === true) continue;
    const goesBack = row.back?.test(words) === true;
    if (!goesBack && row.otherwise === "front") continue;
    const isCertain = goesBack || row.otherwise === "back";
    // The option for the background has to be removed; an appended option would contradict it.
    const append = goesBack ? null : (row.append ?? null);
    const advice = row.advice ?? (append === null ? "Remove the option for this" : `Add ${append}`);
    const verb = isCertain
      ? "puts itself"
      : "puts itself, unless its configuration says otherwise,";
    return {
      isCertain,
      cause: `${name} ${verb} into the background`,
      advice,
      append,
    };
  }
  return null;
}

/** `sh -c 'program &'`: the shell has nothing left to wait for. */
function ofShell(name: string, [option = "", script = ""]: readonly string[]): Background | null {
  const isShell = /^(?:ba|da|z|k)?sh$/.test(name) && /^-[a-z]*c$/.test(option);
  const ends = /(?:^|[^&])&\s*$/.test(script) || /^\s*nohup\s.*&\s*$/.test(script);
  if (!isShell || !ends) return null;
  return certain("the shell starts its command in the background and exits", "Remove the &", null);
}

function certain(cause: string, advice: string, append: string | null): Background {
  return { isCertain: true, cause, advice, append };
}
