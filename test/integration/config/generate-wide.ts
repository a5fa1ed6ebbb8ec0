// Random configurations: every option of every section, expansions with formats in all of them, sections that others read,
// includes of many forms, and untidy layouts.

import { fc } from "../../property.ts";
import { DAEMON, EXTRA, SECTIONS, SHARED, section, type Table } from "./generate.ts";
import { laidOut } from "./layout.ts";
import { MORE, VALUES } from "./odd-values.ts";
import type { Answer } from "./oracle.ts";

/** The table with further values, and with values of any kind for each of its options. */
function wide(table: Table): Table {
  return Object.fromEntries(
    Array.from(new Set([...Object.keys(table), ...Object.keys(MORE)]), (key) => {
      return [key, [...(table[key] ?? []), ...(MORE[key] ?? [])]];
    }),
  );
}

/** Sound headers among odd ones. */
function often(header: string): readonly string[] {
  return Array.from({ length: 6 }, () => header);
}

function anything(keys: readonly string[]): fc.Arbitrary<string> {
  return fc
    .tuple(fc.constantFrom(...keys), fc.constantFrom(...VALUES))
    .map(([key, value]) => `${key}=${value}`);
}

/** Sound options, and now and then one with a value that was made for another. */
function withAnything(sound: fc.Arbitrary<string>, table: Table): fc.Arbitrary<string> {
  const odd = fc.oneof(
    { arbitrary: fc.constant(null), weight: 12 },
    { arbitrary: anything(Object.keys(table)), weight: 1 },
  );
  return fc.tuple(sound, odd).map(([text, line]) => (line === null ? text : `${text}\n${line}`));
}

const PROGRAM = wide(SHARED);
const LISTENER = wide(EXTRA["eventlistener"] ?? {});
const FCGI: Table = {
  ...wide(EXTRA["fcgi"] ?? {}),
  socket: ["unix:///tmp/x.sock", "unix://x.sock", "tcp://h:", "tcp://h", "tcp://a b:1", "x", ""],
  socket_owner: ["0:0", "nobody:99999", ":"],
  socket_backlog: ["65535", "65536", "x"],
};
const SERVER: Table = {
  file: ["/tmp/s.sock"],
  port: ["9001"],
  chmod: ["0700"],
  chown: ["root"],
  username: ["u"],
  password: ["p"],
};

const FURTHER = fc.oneof(
  { arbitrary: SECTIONS, weight: 4 },
  {
    arbitrary: withAnything(
      section(["program:web", "program:db", "program:cat"], PROGRAM, 6, ["command=/bin/cat"]),
      PROGRAM,
    ),
    weight: 8,
  },
  {
    arbitrary: withAnything(
      section([...often("eventlistener:ear"), "eventlistener:a b"], LISTENER, 5, [
        "command=/bin/ear",
        "events=TICK_60",
      ]),
      LISTENER,
    ),
    weight: 3,
  },
  {
    arbitrary: withAnything(
      section([...often("fcgi-program:fcgi1"), "fcgi-program:web", "fcgi-program:a/b"], FCGI, 5, [
        "command=/bin/f",
        "socket=tcp://localhost:9000",
      ]),
      FCGI,
    ),
    weight: 3,
  },
  {
    arbitrary: section(
      [...often("group:g"), "group:fcgi1", "group: g2 ", "group:a:b", "group:"],
      {
        programs: [
          "web,db",
          "web",
          "cat,fcgi1",
          "web,web",
          "%(ENV_COLOUR)s",
          "%(here)s",
          "ear",
          ",",
          "web,",
        ],
        priority: ["1", "-5", "%(ENV_COLOUR)s", "999"],
      },
      2,
    ),
    weight: 3,
  },
  {
    arbitrary: withAnything(
      section(["unix_http_server", "inet_http_server", "inet_http_servers:x"], SERVER, 4, [
        "file=/tmp/a.sock",
        "port=127.0.0.1:9001",
      ]),
      SERVER,
    ),
    weight: 2,
  },
  {
    arbitrary: section(
      ["rpcinterface:supervisor", "rpcinterface:two"],
      { "supervisor.rpcinterface_factory": ["supervisor.rpcinterface:make_main_rpcinterface"] },
      0,
      ["supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface"],
    ),
    weight: 1,
  },
  // Sections that this reader does not look into.
  {
    arbitrary: fc.constantFrom(
      "[supervisorctl]\nserverurl=%(nope)s\n",
      "[ctlplugin:x]\nz=%",
      "[Program:web]\ncommand=x",
      "[program]\ncommand=x",
      "[rpcinterface:none]",
      "[program:]\ncommand=/bin/cat",
      "[program:x]\n",
      "[program:a/b]\ncommand=/bin/cat",
      "[program:b]c]\ncommand=/bin/cat",
      "[program:__proto__]\ncommand=/bin/cat",
      "[program:a;b]\ncommand=/bin/cat",
      "[program:web] ; [program:db]\ncommand=/bin/cat",
    ),
    weight: 1,
  },
  {
    arbitrary: section(
      ["DEFAULT"],
      {
        startsecs: ["3"],
        command: ["/bin/default %(program_name)s"],
        environment: ["D=%(ENV_COLOUR)s"],
        priority: ["7"],
        stdout_logfile: ["%(here)s/x.log"],
        user: ["root"],
        files: ["conf.d/a.conf"],
      },
      2,
    ),
    weight: 1,
  },
);

const INCLUDES: readonly string[] = [
  "",
  "",
  "",
  "files=conf.d/*.conf",
  "files=conf.d/[ab].conf conf.d/c/*.conf",
  "files=conf.d/?.conf\n  conf.d/c/c.conf",
  "files=conf.d/b.conf conf.d/a.conf conf.d/b.conf",
  "files=%(here)s/conf.d/a.conf ./conf.d/../conf.d/b.conf",
  "files=conf.d/**/*.conf",
  "files=conf.d conf.d/.hidden.conf conf.d/*",
  "files=conf.d/[!a].conf ; conf.d/a.conf",
  "files=%(ENV_COLOUR)s.conf conf.d/%(host_node_name)s.conf",
  "files=conf.d/%(ENV_NOPE)s",
  "files=conf.d/{a,b}.conf ~/x.conf",
  "files=main.conf",
  "files=",
  "files=conf.d/a.conf\nfiles=conf.d/b.conf",
  "files=none/*",
  "x=1",
];

const FILE = fc.array(
  fc.oneof(
    { arbitrary: FURTHER, weight: 6 },
    { arbitrary: section(["supervisord"], wide(DAEMON), 2), weight: 1 },
  ),
  {
    maxLength: 2,
  },
);

function text(sections: readonly string[]): string {
  return `${sections.filter((one) => one !== "").join("\n\n")}\n`;
}

/** A main file and files around it, most of which it may include. */
export const WIDE_FILES: fc.Arbitrary<Readonly<Record<string, string>>> = fc
  .record({
    main: laidOut(
      fc
        .tuple(
          withAnything(
            section([...often("supervisord"), ...often("supervisord"), "supervisor"], DAEMON, 3),
            DAEMON,
          ),
          fc.array(FURTHER, { maxLength: 4 }),
          fc.constantFrom(...INCLUDES),
        )
        .map(([daemon, others, include]) =>
          text([daemon, ...others, include === "" ? "" : `[include]\n${include}`]),
        ),
    ),
    a: laidOut(FILE.map(text)),
    b: FILE.map(text),
    c: fc.oneof(FILE.map(text), fc.constant("[include]\nfiles=../a.conf\n")),
    hidden: FILE.map(text),
  })
  .map(({ main, a, b, c, hidden }) => ({
    "main.conf": main,
    "conf.d/a.conf": a,
    "conf.d/b.conf": b,
    "conf.d/c/c.conf": c,
    "conf.d/.hidden.conf": hidden,
    "blue.conf": "[program:blue]\ncommand=%(here)s/blue\n",
  }));

/** Why tsv differs here on purpose, by a file's text; null when it does not. */
export function differsOnPurpose(files: Readonly<Record<string, string>>): string | null {
  for (const file of Object.values(files)) {
    if (/%[-+ #0]*\d*(?:\.\d*)?[hlL]?[sra]/.test(file.replaceAll("%%", "")))
      return "bare-percent-s";
    if (/\[eventlistener:(?:\s|.*\s\])/.test(file)) return "listener-name";
  }
  return null;
}

/** Why answers differ on purpose: what Python loads, and when it finds out that it cannot; size-forms. */
export function concernsPython(theirs: Answer, mine: Answer): boolean {
  const texts = [theirs, mine].map((answer) => ("error" in answer ? answer.error : ""));
  return texts.some((text) =>
    /EntryPoint must be|cannot be resolved|rpc interface$|^Parse error at|^not a valid size/.test(
      text,
    ),
  );
}
