// Random sections that look like real ones: mostly valid, with every now and then something wrong.

import { fc } from "../../property.ts";

/** Of programs of every kind. */
export const SHARED: Readonly<Record<string, readonly string[]>> = {
  process_name: [
    "%(program_name)s",
    "%(program_name)s_%(process_num)02d",
    "p%(process_num)d",
    "a b",
    "%(group_name)s",
  ],
  numprocs: ["1", "2", "11", "0", "-1", "%(ENV_COLOUR)s"],
  numprocs_start: ["0", "5", "x"],
  priority: ["1", "500", "999", "-3", "1.5", "%(here)s"],
  autostart: ["true", "FALSE", "maybe"],
  startsecs: ["0", "5", " 7", "1_0", ""],
  startretries: ["0", "3"],
  autorestart: ["true", "false", "unexpected", "Unexpected", "perhaps"],
  exitcodes: ["0", "0,2", " 1 , 3 ", "256", "1,", ""],
  stopsignal: ["TERM", "sigint", "9", "35", "USR1", "NOPE"],
  stopwaitsecs: ["10", "-1"],
  stopasgroup: ["true", "false"],
  killasgroup: ["true", "false"],
  user: ["root", "0", "nobody", "nosuchuser", "99999"],
  redirect_stderr: ["true", "false"],
  stdout_logfile: [
    "AUTO",
    "NONE",
    "off",
    "/tmp/%(program_name)s.log",
    "/nosuch/x.log",
    "syslog",
    "x.log",
    "/tmp/%%%%Y",
    "/tmp/%%Y",
    "",
  ],
  stdout_logfile_maxbytes: ["0", "1MB", "50 kb", "1TB"],
  stdout_logfile_backups: ["0", "3"],
  stdout_capture_maxbytes: ["0", "1KB"],
  stdout_events_enabled: ["true", "0"],
  stdout_syslog: ["true", "no"],
  stderr_logfile: ["AUTO", "NONE", "/tmp/e%(process_num)s.log", "%(ENV_A)s.log", "syslog"],
  stderr_logfile_maxbytes: ["0", "1GB"],
  stderr_syslog: ["yes"],
  environment: [
    "A=1",
    'A="b c",B=%(ENV_COLOUR)s',
    "A='%(process_num)d'",
    "A=1,,",
    "A=$X",
    'A="%%"',
    "P=%(ENV_PCT)s",
    "",
  ],
  directory: ["/tmp", "%(here)s", "/nosuch", "~"],
  umask: ["022", "0o77", "9"],
  serverurl: ["AUTO", " auto", "http://x:1"],
  unknown_key: ["1"],
  command: [
    "/bin/cat",
    "sleep %(numprocs)s",
    "sh -c 'a ; b'",
    "%(ENV_A)s x",
    "%(nope)s",
    "date +%%Y",
    "",
    "run %(host_node_name)s",
    "x %q",
  ],
};

/** Of [supervisord]. */
export const DAEMON: Readonly<Record<string, readonly string[]>> = {
  logfile: ["/tmp/s.log", "s.log", "/nosuch/s.log", "syslog", "~/s.log", "%(here)s/s.log"],
  logfile_maxbytes: ["0", "1MB", "x"],
  logfile_backups: ["0", "2"],
  loglevel: ["debug", "WARN", "loud"],
  pidfile: ["/tmp/s.pid", "a/../s.pid", "%(here)s/x/../s.pid"],
  umask: ["022", "077", "abc"],
  nodaemon: ["true", "2"],
  silent: ["true"],
  minfds: ["100", "many"],
  minprocs: ["10"],
  nocleanup: ["true"],
  childlogdir: ["/tmp", "/nosuch"],
  user: ["root", "nosuchuser"],
  directory: ["/tmp", "/nosuch"],
  strip_ansi: ["on"],
  environment: ["G=1", 'G="x y",A=zz', "G=%(ENV_COLOUR)s", "G"],
  identifier: ["me", "%(here)s", "%(host_node_name)s"],
};

/** Option to values; the first of each list is sound. */
export type Table = Readonly<Record<string, readonly string[]>>;

/** Options in any order, each at most once. */
function lines(table: Table, most: number): fc.Arbitrary<string[]> {
  const pairs = Object.entries(table).flatMap(([key, values]) =>
    // The first value of each list is sound, and comes more often than the others together.
    values.flatMap((value, index) =>
      Array.from({ length: index === 0 ? 9 : 1 }, () => [key, value] as const),
    ),
  );
  return fc.array(fc.constantFrom(...pairs), { maxLength: most }).map((chosen) => {
    return Array.from(new Map(chosen), ([key, value]) => `${key}=${value}`);
  });
}

/** One of the headers, what always stands below it, and some of the table. */
export function section(
  headers: readonly string[],
  table: Table,
  most: number,
  always: readonly string[] = [],
): fc.Arbitrary<string> {
  return fc.tuple(fc.constantFrom(...headers), lines(table, most)).map(([header, options]) => {
    return [`[${header}]`, ...always, ...options].join("\n");
  });
}

/** Of programs of special kinds. */
export const EXTRA: Readonly<Record<string, Table>> = {
  eventlistener: {
    events: ["TICK_5", "process_state,EVENT", "NOPE", "", "TICK,"],
    buffer_size: ["10", "5", "0"],
    ...SHARED,
  },
  fcgi: {
    socket: ["unix:///tmp/x.sock", "tcp://LocalHost:9000", "unix://%(here)s/%(program_name)s"],
    socket_backlog: ["10", "0"],
    socket_owner: ["root", "nobody:nogroup", "nosuch"],
    socket_mode: ["0700", "99"],
    user: ["root", "nobody"],
    ...SHARED,
  },
};

const MANY_PROGRAMS = Array.from({ length: 8 }, () => [
  "program:web",
  "program:db",
  "program:web2",
]).flat();

/** Any section but [supervisord] and [include]. */
export const SECTIONS = fc.oneof(
  {
    arbitrary: section([...MANY_PROGRAMS, "program: x", "program:a b"], SHARED, 7, [
      "command=/bin/cat",
    ]),
    weight: 8,
  },
  { arbitrary: section(["program:web"], SHARED, 3), weight: 1 },
  {
    arbitrary: section(
      ["group:g", "group:web", "group:h"],
      { programs: ["web", "web,db", "db , fcgi1", "nope", "", "fcgi1"], priority: ["5", "x"] },
      3,
    ),
    weight: 3,
  },
  {
    arbitrary: section(
      ["eventlistener:ear", "eventlistener:web"],
      EXTRA["eventlistener"] ?? {},
      4,
      ["command=/bin/ear", "events=TICK_60"],
    ),
    weight: 2,
  },
  {
    arbitrary: section(["fcgi-program:fcgi1", "fcgi-program:db"], EXTRA["fcgi"] ?? {}, 4, [
      "command=/bin/f",
      "socket=unix:///tmp/d.sock",
    ]),
    weight: 2,
  },
  {
    arbitrary: section(
      ["unix_http_server", "unix_http_server:two"],
      {
        file: ["/tmp/s.sock", "%(here)s/s.sock", " ~/x "],
        chmod: ["0770", "8"],
        chown: ["root", "nobody:nogroup", "x:y"],
        username: ["u"],
        password: ["p", "%(ENV_COLOUR)s"],
      },
      4,
      ["file=/tmp/a.sock"],
    ),
    weight: 2,
  },
  {
    arbitrary: section(
      ["inet_http_server", "inet_http_server2"],
      {
        port: ["9001", "*:9001", "LocalHost:9002", ":0", "x", "h:99999", "h:"],
        username: ["u"],
        password: ["p"],
      },
      3,
      ["port=127.0.0.1:9001"],
    ),
    weight: 2,
  },
  {
    arbitrary: section(
      ["DEFAULT"],
      { startsecs: ["3"], identifier: ["d"], username: ["u"], here: ["%(here)s"] },
      1,
    ),
    weight: 1,
  },
  {
    arbitrary: fc.constantFrom("[other]\nx=1", "junk", "  command=indented", "; comment"),
    weight: 1,
  },
);
