// Templates: what programs inherit from [program-default] and [template:x], and what is wrong with `extends`.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { MOST_TEMPLATES } from "../../../../src/core/config/limits.ts";
import { checkConfig } from "../../../../src/core/config/lint/check.ts";
import type { ProcessConfig } from "../../../../src/core/config/model.ts";
import { fc } from "../../../property.ts";
import { errorOf, fakeWorld, readIn, readText } from "./fake-world.ts";

/** The first process of each group, by the name of the group. */
function programs(
  text: string,
  files: Readonly<Record<string, string>> = {},
): Readonly<Record<string, ProcessConfig>> {
  const { groups } = readText(text, files);
  return Object.fromEntries(
    groups.flatMap(({ name, processes: [first] }) => (first === undefined ? [] : [[name, first]])),
  );
}

function program(text: string, files: Readonly<Record<string, string>> = {}): ProcessConfig {
  const { web } = programs(text, files);
  assert.ok(web !== undefined);
  return web;
}

const WEB = "[program:web]\ncommand=/bin/cat\n";

describe("a program inherits", () => {
  test("the nearest value: its own, then templates, then [program-default] (templates)", () => {
    const web = program(
      "[program-default]\nstartsecs=1\nstartretries=11\nstopwaitsecs=111\npriority=1\n" +
        "[template:base]\nstartretries=22\nstopwaitsecs=222\npriority=2\n" +
        "[template:service]\nextends=base\nstopwaitsecs=333\npriority=3\n" +
        `${WEB}extends=service\npriority=4\n`,
    );
    const { startSecs, startRetries, stopWaitSecs, priority, exitCodes } = web;
    assert.deepEqual([startSecs, startRetries, stopWaitSecs, priority], [1, 22, 333, 4]);
    assert.deepEqual(exitCodes, [0]);
  });

  test("of several templates the later, and what both extend only once, below them", () => {
    const base = "[template:base]\nstartsecs=1\nstartretries=1\n";
    const two = "[template:a]\nextends=base\nstartsecs=2\npriority=2\n";
    const three = "[template:b]\nextends=base\npriority=3\n";
    const web = program(`${base}${two}${three}${WEB}extends=a, b\n`);
    assert.deepEqual([web.startSecs, web.startRetries, web.priority], [2, 1, 3]);
  });

  test("a command and names, expanded as if they were in its section", () => {
    const web = program(
      "[template:service]\ncommand=/bin/%(program_name)s %(group_name)s %(process_num)d\n" +
        "process_name=%(program_name)s_%(process_num)02d\n" +
        "[program:web]\nextends=service\nnumprocs=2\n",
    );
    assert.equal(web.command, "/bin/web web 0");
    assert.equal(web.name, "web_00");
  });

  test("templates of other included files, in any order; %(here)s is the directory of the file that has the value", () => {
    const files = {
      "/etc/conf.d/a.conf": `${WEB}extends=service\n`,
      "/etc/lib/z.conf": "[template:service]\ndirectory=%(here)s\n",
    };
    const web = program("[include]\nfiles=conf.d/*.conf lib/*.conf\n", files);
    assert.equal(web.directory, "/etc/lib");
  });

  test("environment by variables, each with the file and line where it is written", () => {
    const web = program(
      '[program-default]\nenvironment=A="1",B="1"\n' +
        '[template:service]\nenvironment=B="2",C="%(ENV_COLOUR)s"\n' +
        `${WEB}extends=service\nenvironment=C="3",D="a,\\"b"\n`,
    );
    assert.deepEqual(web.environment, { A: "1", B: "2", C: "3", D: 'a,"b' });
    assert.deepEqual(web.environmentPlaces, {
      A: "/etc/s.conf:4",
      B: "/etc/s.conf:6",
      C: "/etc/s.conf:10",
      D: "/etc/s.conf:10",
    });
  });

  test("secrets in variables as secrets, and shows none of them", () => {
    const world = fakeWorld(
      {
        "/etc/s.conf":
          "[supervisord]\nuser=root\n" +
          '[template:service]\nenvironment=PYTHONPATH="/x%(ENV_DB_PASSWORD)s",HOME="/h"\n' +
          `${WEB}extends=service\nenvironment=TZ="UTC"\n`,
      },
      { env: { DB_PASSWORD: "hunter2" } },
    );
    const config = readIn(world);
    assert.ok("groups" in config);
    const web = config.groups[0]?.processes[0];
    assert.equal(web?.environment["PYTHONPATH"], "/xhunter2");
    assert.deepEqual(web?.secretVariables, ["PYTHONPATH"]);
    assert.equal(
      web?.shown["environment"],
      'PYTHONPATH="/x%(ENV_DB_PASSWORD)s",HOME="/h",TZ="UTC"',
    );
  });

  test("nothing where it writes an empty value, but what is empty where that means something", () => {
    const web = program(
      '[program-default]\nuser=web\nenvironment=A="1"\nenvironment_pass=PATH\nserverurl=http://x\n' +
        "[template:service]\ndirectory=/tmp\nstartsecs=5\n" +
        `${WEB}extends=service\nuser=\nenvironment=\ndirectory=\nstartsecs=\nenvironment_pass=\nserverurl=\n`,
    );
    assert.deepEqual([web.user, web.environment, web.directory], [null, {}, null]);
    assert.deepEqual([web.startSecs, web.environmentPass, web.serverUrl], [1, [], ""]);
  });

  test("what a template unsets in its turn is not inherited", () => {
    const text = "[program-default]\nuser=web\n[template:root]\nuser=\n";
    assert.equal(program(`${text}${WEB}extends=root\n`).user, null);
    assert.equal(program(`${text}${WEB}`).user, "web");
  });

  test("a value of [DEFAULT] only where no template has one", () => {
    const defaults = "[DEFAULT]\ndirectory=%(here)s\nstartsecs=7\n";
    const text = `${defaults}[template:service]\ndirectory=/tmp\n[include]\nfiles=none\n`;
    const web = program(`${text}${WEB}extends=service\n`);
    assert.deepEqual([web.directory, web.startSecs], ["/tmp", 7]);
  });
});

describe("[program-default] is for programs of all kinds", () => {
  const fcgi = "[fcgi-program:f]\ncommand=/bin/cat\nsocket=unix:///tmp/f.sock\n";
  const listener = "[eventlistener:l]\ncommand=/bin/cat\nevents=TICK\n";

  test("but gives none of them what it cannot have", () => {
    const defaults =
      "[program-default]\nstopwaitsecs=3\ntty=true\nredirect_stderr=true\npriority=5\nevents=EVENT\n";
    const { web, f, l } = programs(`${defaults}${WEB}${fcgi}${listener}`);
    assert.deepEqual([web?.stopWaitSecs, f?.stopWaitSecs, l?.stopWaitSecs], [3, 3, 3]);
    assert.deepEqual([web?.tty, f?.tty, l?.tty], [true, false, false]);
    assert.deepEqual([web?.redirectStderr, l?.redirectStderr], [true, false]);
    const { groups } = readText(`${defaults}${WEB}${fcgi}${listener}`);
    assert.deepEqual(
      groups.map(({ name, priority }) => [name, priority]),
      [
        ["l", -1],
        ["f", 5],
        ["web", 5],
      ],
    );
  });

  test("and a template has the options of all three", () => {
    const text =
      "[template:t]\ncommand=/bin/cat\nevents=TICK\nsocket=unix:///tmp/%(program_name)s.sock\n";
    const sections = ["program:web", "eventlistener:l", "fcgi-program:f"];
    const all = sections.map((header) => `[${header}]\nextends=t\n`).join("");
    assert.deepEqual(Object.keys(programs(text + all)).sort(), ["f", "l", "web"]);
    const problems = checkConfig(
      "/etc/s.conf",
      fakeWorld({ "/etc/s.conf": `[supervisord]\nuser=root\n${text}${all}` }),
    );
    assert.deepEqual(problems, []);
  });
});

describe("errors name the section, its file and its line", () => {
  const refused = (text: string) => {
    const {
      rule,
      text: message,
      file,
      line,
      section,
      key,
    } = errorOf(`[supervisord]\nuser=root\n${text}`);
    return { rule, message, place: `${file}:${line}`, option: `${section}.${key}` };
  };

  test("of an unknown template", () => {
    assert.deepEqual(refused(`[template:service]\n${WEB}extends=servise\n`), {
      rule: "unknown-template",
      message: "[program:web] extends unknown template servise",
      place: "/etc/s.conf:6",
      option: "program:web.extends",
    });
    const { message } = refused(`${WEB}[program:b]\nextends=web\n`);
    assert.match(message, /: \[program:web\] is a program, not a template$/);
  });

  test("of a loop, once", () => {
    const loop = "[template:a]\nextends=b\n[template:b]\nextends=c\n[template:c]\nextends=a\n";
    assert.deepEqual(refused(`${loop}${WEB}extends=b\n`), {
      rule: "template-loop",
      message: "templates extend each other in a loop: a -> b -> c -> a",
      place: "/etc/s.conf:8",
      option: "template:c.extends",
    });
    const itself = refused("[template:a]\nextends=a\n");
    assert.equal(itself.rule, "template-loop");
    const world = fakeWorld({
      "/etc/s.conf": `[supervisord]\nuser=root\n${loop}${WEB}extends=b\n`,
    });
    const found = checkConfig("/etc/s.conf", world);
    assert.deepEqual(
      found.filter(({ severity }) => severity === "error").map(({ rule }) => rule),
      ["template-loop"],
    );
  });

  test("of a value that a template has", () => {
    const { place, option } = refused(`[template:a]\nuser=none\n${WEB}extends=a\n`);
    assert.deepEqual([place, option], ["/etc/s.conf:4", "program:web.user"]);
    const environment = refused(
      `[template:a]\nenvironment=A\n${WEB}extends=a\nenvironment=B="2"\n`,
    );
    assert.equal(environment.place, "/etc/s.conf:4");
  });

  test("of too many templates, in a chain of any length", () => {
    const chain = (length: number): string =>
      Array.from({ length }, (_, n) => `[template:t${n}]\nextends=t${n + 1}\n`).join("") +
      `[template:t${length}]\npriority=4\n${WEB}extends=t0\n`;
    assert.equal(program(chain(MOST_TEMPLATES - 1)).priority, 4);
    assert.equal(refused(chain(MOST_TEMPLATES)).rule, "out-of-range");
    assert.equal(refused(chain(20_000)).rule, "out-of-range");
  });
});

describe("tsv check", () => {
  const found = (text: string, file = "/etc/s.conf") =>
    checkConfig(file, fakeWorld({ [file]: text })).map(
      ({ rule, severity, line, section, suggestion, fix }) => {
        return { rule, severity, line, section, suggestion, isFixed: fix !== null };
      },
    );
  const DAEMON = "[supervisord]\nuser=root\n";

  test("suggests the template that was meant", () => {
    const [problem, ...others] = found(
      `${DAEMON}[template:base]\n[template:service]\nextends=base\n${WEB}extends=base, servise\n`,
    ).filter(({ severity }) => severity === "error");
    assert.deepEqual(others, []);
    assert.equal(problem?.suggestion, "write extends=base,service");
    assert.equal(problem?.isFixed, true);
  });

  test("suggests no template for a name of one or two letters", () => {
    for (const name of ["z", "ab"]) {
      const text = `${DAEMON}[template:a]\n[program:b]\nextends=a\ncommand=/b\n${WEB}extends=${name}\n`;
      assert.deepEqual(
        found(text).map(({ rule, suggestion, isFixed }) => [rule, suggestion, isFixed]),
        [["unknown-template", null, false]],
      );
    }
  });

  test("reports options that no program has, in the template", () => {
    const [problem, ...others] = found(
      `${DAEMON}[template:a]\nstartsec=3\n${WEB}extends=a\n[program:b]\nextends=a\ncommand=/b\n`,
    );
    assert.deepEqual(others, []);
    assert.equal(problem?.rule, "unknown-option");
    assert.deepEqual([problem?.line, problem?.section], [4, "template:a"]);
  });

  test("reports what several programs inherit once", () => {
    const text =
      `${DAEMON}[template:a]\nuser=none\ncommand=/bin/a && b\n` +
      "[program:b]\nextends=a\n[program:c]\nextends=a\n";
    assert.deepEqual(
      found(text).map(({ rule, line }) => `${rule}:${line}`),
      ["unknown-user:4", "shell-syntax:5"],
    );
  });

  test("judges an option with those that are inherited", () => {
    const text = `${DAEMON}[template:a]\nhealth_check=tcp://127.0.0.1:80\n${WEB}extends=a\nhealth_interval=9s\n`;
    assert.deepEqual(found(text), []);
  });

  test("notes a template that no program extends", () => {
    const text = `${DAEMON}[template:a]\nextends=b\n[template:b]\n[template:c]\n${WEB}extends=c\n`;
    assert.deepEqual(
      found(text).map(({ rule, severity, section }) => [rule, severity, section]),
      [
        ["unused-template", "note", "template:a"],
        ["unused-template", "note", "template:b"],
      ],
    );
  });

  test("does not report what may be in a template that is unknown", () => {
    assert.deepEqual(
      found(`${DAEMON}[template:]\n[program:a]\nextends=a\n`).map(({ rule, suggestion }) => [
        rule,
        suggestion,
      ]),
      [
        ["unused-template", "write [template:NAME]"],
        ["unknown-template", null],
      ],
    );
  });

  test("does not miss in one included file the templates of another", () => {
    assert.deepEqual(
      found("[program:a]\nextends=service\n", "/etc/conf.d/a.conf").map(({ rule }) => rule),
      ["fragment"],
    );
  });

  test("suggests the headers of templates", () => {
    const sections = ["[template-x]", "[templates:x]", "[program-defaults]", "[program-default:x]"];
    const suggested = found(DAEMON + sections.map((header) => `${header}\n`).join(""));
    assert.deepEqual(
      suggested.slice(1).map(({ suggestion }) => suggestion),
      ["[template:x]", "[program-default]", "[program-default]"].map((h) => `did you mean ${h}?`),
    );
  });
});

test("a configuration without templates is read as before, and one with unused templates, too", () => {
  const unused = "[template:a]\nuser=none\ncommand=x\n[template:b]\nextends=a\n";
  const without = readText(WEB);
  assert.deepEqual(
    readText(`${WEB}${unused}`).groups.map(({ processes }) => processes),
    without.groups.map(({ processes }) => processes),
  );
});

test("options of templates are the same as if they were in the program, whatever extends what", () => {
  const keys = ["startsecs", "startretries", "stopwaitsecs", "priority", "numprocs_start"];
  const options = fc.dictionary(fc.constantFrom(...keys), fc.integer({ min: 1, max: 9 }));
  const layers = fc.array(options, { minLength: 1, maxLength: 6 });
  const lines = (values: Readonly<Record<string, number>>) =>
    Object.entries(values)
      .map(([key, value]) => `${key}=${value}\n`)
      .join("");
  const property = fc.property(layers, (all) => {
    const [common = {}, ...templates] = all;
    const chain = templates
      .map((each, n) => `[template:t${n}]\n${n === 0 ? "" : `extends=t${n - 1}\n`}${lines(each)}`)
      .join("");
    const extending = templates.length === 0 ? "" : `extends=t${templates.length - 1}\n`;
    const inherited = program(`[program-default]\n${lines(common)}${chain}${WEB}${extending}`);
    const written = program(WEB + lines(Object.assign({}, ...all)));
    assert.deepEqual({ ...inherited, origin: null }, { ...written, origin: null });
  });
  fc.assert(property);
});
