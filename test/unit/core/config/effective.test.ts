// The configuration as it is understood: its text means the same as the files that it was made of.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { effectiveText, readEffective } from "../../../../src/core/config/effective.ts";
import type { Config } from "../../../../src/core/config/model.ts";
import type { ConfigWorld } from "../../../../src/core/config/world.ts";
import { fc } from "../../../property.ts";
import { fakeWorld, readIn } from "./fake-world.ts";

const FILE = "/etc/s.conf";
const DAEMON = "[supervisord]\nuser=root\n";

function textOf(world: ConfigWorld, withDefaults = false): string {
  const sections = readEffective(FILE, world);
  assert.ok(sections.ok, JSON.stringify(sections));
  return effectiveText(sections.value, "/etc", withDefaults);
}

function effective(
  text: string,
  files: Readonly<Record<string, string>> = {},
  changes: Partial<ConfigWorld> = {},
): string {
  return textOf(fakeWorld({ [FILE]: DAEMON + text, ...files }, changes)).replace(/^.*\n.*\n\n/, "");
}

/** What the daemon does: without the places of sections and options. */
function meaning(world: ConfigWorld): unknown {
  const config = readIn(world);
  assert.ok("daemon" in config, JSON.stringify(config));
  const { daemon, servers, groups, rpcInterfaces } = config as Config;
  return JSON.parse(
    JSON.stringify({ daemon, servers, groups, rpcInterfaces }, (key, value: unknown) =>
      ["origin", "environmentPlaces", "shown"].includes(key) ? undefined : value,
    ),
  );
}

/** Reads the text in place of the files. */
function assertSame(files: Readonly<Record<string, string>>, changes: Partial<ConfigWorld> = {}) {
  const world = fakeWorld(files, changes);
  const before = meaning(world);
  for (const withDefaults of [false, true]) {
    const text = textOf(world, withDefaults);
    assert.deepEqual(meaning(fakeWorld({ ...files, [FILE]: text }, changes)), before, text);
  }
}

describe("tsv check --effective", () => {
  test("shows what each section sets or inherits, with its place", () => {
    const files = {
      "/etc/lib/base.conf": '[template:base]\ndirectory=%(here)s\nenvironment=A="1",B="2"\n',
      "/etc/conf.d/web.conf":
        "[program:web]\nextends=base\nenvironment=B=3\ncommand=/bin/%(program_name)s\n",
    };
    assert.equal(
      effective("[include]\nfiles=lib/*.conf conf.d/*.conf\n", files),
      [
        "[program:web]",
        "command=/bin/web                         ; conf.d/web.conf:4",
        "; conf.d/web.conf:3",
        "; lib/base.conf:3 [template:base]",
        'environment=A="1",B="3"',
        "directory=/etc/lib                       ; lib/base.conf:2 [template:base]",
        "",
      ].join("\n"),
    );
  });

  test("leaves what differs between the processes of a program", () => {
    const web =
      "[program:web]\nnumprocs=2\nprocess_name=%(program_name)s_%(process_num)02d\n" +
      "command=/bin/a --of %(numprocs)d %%\nenvironment=PORT=80%(process_num)02d\n" +
      "stdout_logfile=/tmp/%(program_name)s%(process_num)d%%%%\n";
    const text = effective(web);
    for (const line of [
      /^process_name=web_%\(process_num\)02d /m,
      /^command=\/bin\/a --of 2 %% /m,
      /^environment=PORT="80%\(process_num\)02d" /m,
      /^stdout_logfile=\/tmp\/web%\(process_num\)d%%%% /m,
    ]) {
      assert.match(text, line);
    }
    assertSame({ [FILE]: DAEMON + web });
  });

  test("shows no secret, and the names of variables that may be some", () => {
    const text = effective(
      "[unix_http_server]\nfile=/tmp/s\nusername=u\npassword=hunter2\n" +
        "[program:web]\ncommand=/bin/a --token %(ENV_KEY)s %(ENV_HOME)s --password hunter2\n" +
        'environment=API_TOKEN="hunter2",URL="https://u:hunter2@h/",FROM="%(ENV_KEY)s",KEY2=hunter2%(ENV_KEY)s,DB_PASSWORD=hunter2\n',
      {},
      { env: { KEY: "hunter2", HOME: "/root" } },
    );
    assert.doesNotMatch(text.replaceAll('KEY2="hunter2%(ENV_KEY)s"', ""), /hunter2/);
    assert.match(text, /--token %\(ENV_KEY\)s \/root --password <redacted>/);
    assert.match(text, /FROM="%\(ENV_KEY\)s"/);
    assert.match(text, /^password=<redacted> /m);
  });

  test("is one line for each option, unless it does not fit, and never wider for its place", () => {
    const long = "x".repeat(60);
    const text = effective(`[program:web]\ncommand=/bin/${long}\n  a\n\n  b\n`);
    assert.equal(
      text,
      `[program:web]\n; s.conf:4\ncommand=/bin/${long}\n  a\n\n  b\n`.replace("\n\n", "\n  \n"),
    );
    assertSame({ [FILE]: `${DAEMON}[program:web]\ncommand=/bin/${long}\n  a\n\n  b\n` });
  });

  test("a file whose name has a line feed adds no option", () => {
    const files = { "/etc/conf.d/a\nuser=web\n.conf": "[program:web]\ncommand=/bin/a\n" };
    const text = effective("[include]\nfiles=conf.d/*\n", files);
    assert.doesNotMatch(text, /^user/m);
  });

  test("names a module by its absolute path", () => {
    const plugin = "[rpcinterface:x]\nsupervisor.rpcinterface_factory=./m.mjs:make\nother=1\n";
    const text = effective("[include]\nfiles=a/*\n", { "/etc/a/b.conf": plugin });
    assert.match(text, /factory=\/etc\/a\/m\.mjs:make\n?/);
    assert.match(text, /^other=1 /m);
  });

  test("with defaults has them as comments, also those that other options decide", () => {
    const text = textOf(
      fakeWorld({
        [FILE]: `${DAEMON}[program:job]\ncommand=/bin/a\nschedule=@every 10m\nstopasgroup=true\n`,
      }),
      true,
    );
    for (const line of [
      "autostart=false",
      "autorestart=false",
      "type=oneshot",
      "killasgroup=true",
    ]) {
      assert.match(text, new RegExp(`^;${line}$`, "m"));
    }
    assert.doesNotMatch(text, /^;schedule|^;stopasgroup/m);
  });
});

describe("the text means the same as the files", () => {
  const cases: Readonly<Record<string, string>> = {
    "a program in two groups":
      "[program:a]\ncommand=/bin/%(group_name)s\n[group:x]\nprograms=a\n[group:y]\nprograms=a\n",
    "event listeners and FastCGI programs with defaults":
      "[program-default]\nstopwaitsecs=3\npriority=4\nredirect_stderr=true\n" +
      "[eventlistener:l]\ncommand=/bin/l\nevents=TICK\n" +
      "[fcgi-program:f]\ncommand=/bin/f\nsocket=unix:///tmp/%(program_name)s.sock\n",
    "an option that a variable of the program is in":
      '[program:a]\nenvironment=X="a b"\ncommand=/bin/a %(ENV_X)s %(ENV_COLOUR)s\n',
    "values of [DEFAULT]": "[DEFAULT]\nstartsecs=3\n[program:a]\ncommand=/bin/a\n",
    "quotes, commas and blanks in variables":
      '[program:a]\ncommand=/bin/a\nenvironment=A=\'a"b\',B="c,d",C=e\\\\f,D="100%%"\n',
    "a variable with a comment sign": "[program:a]\ncommand=/bin/a %(ENV_HOME)s\n",
    "unknown sections and options": "[other]\nx=1\n[program:a]\ncommand=/bin/a\nother=2\n",
    "an inherited environment that is unset":
      "[program-default]\nenvironment=A=1\n[program:a]\ncommand=/bin/a\nenvironment=\n",
    "a group that is a program":
      "[program:a]\ncommand=/bin/a\n[group:all]\nprograms=a\npriority=3\n",
  };
  for (const [name, text] of Object.entries(cases)) {
    test(`of ${name}`, () => {
      assertSame({ [FILE]: DAEMON + text }, { env: { COLOUR: "blue", HOME: "/x ;y" } });
    });
  }

  test("whatever templates, expansions and variables are in them", () => {
    const piece = fc.constantFrom(
      ...["a", " ", "'b c'", '"d"', "%%", "%(program_name)s", "%(here)s", "%(process_num)03d"],
      ...["%(group_name)s", "%(numprocs)d", "%(ENV_COLOUR)s", "%(ENV_HOME)s", "%s", "#", ";"],
      "%(host_node_name)-6s",
    );
    const text = fc.array(piece, { maxLength: 5 }).map((pieces) => `/${pieces.join("")}`);
    const variable = fc.tuple(fc.constantFrom("A", "LANG", "C"), text);
    const options = fc.record(
      {
        command: text,
        directory: text,
        environment: fc
          .array(variable, { maxLength: 3 })
          .map((all) =>
            all.map(([key, value]) => `${key}="${value.replaceAll('"', '\\"')}"`).join(","),
          ),
        stdout_logfile: fc.constantFrom("/tmp/%(program_name)s", "NONE", "/tmp/%%%%%(ENV_COLOUR)s"),
        stopwaitsecs: fc.constantFrom("1", ""),
        startsecs: fc.constantFrom("2", "3"),
      },
      { requiredKeys: [] },
    );
    const lines = (each: object) =>
      Object.entries(each)
        .map(([key, value]) => `${key}=${String(value)}\n`)
        .join("");
    const property = fc.property(
      ...([options, options, options, fc.constantFrom(1, 2)] as const),
      (common, template, own, numprocs) => {
        const files = {
          [FILE]:
            `${DAEMON}[program-default]\n${lines(common)}[template:t]\n${lines(template)}` +
            `[program:web]\ncommand=/x\n${lines(own)}extends=t\nnumprocs=${numprocs}\n` +
            "process_name=p%(process_num)d\n",
        };
        const changes = { env: { COLOUR: "b%e", HOME: "/h 'x ;y" } };
        fc.pre("daemon" in readIn(fakeWorld(files, changes)));
        const world = fakeWorld(files, changes);
        fc.pre(readEffective(FILE, world).ok);
        assertSame(files, changes);
      },
    );
    fc.assert(property);
  });
});
