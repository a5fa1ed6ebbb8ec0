// The file of one program: its text, its path, and whether it may be removed.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { loadConfig } from "../../../../src/core/config/load.ts";
import { splitCommand } from "../../../../src/core/config/posix-lexer.ts";
import {
  type ConfigPlace,
  killModeOf,
  nameProblem,
  newProgramFile,
  ownProgramFile,
  programText,
  shownProgram,
  withFile,
  withoutSections,
} from "../../../../src/core/config/program-file.ts";
import { fc } from "../../../property.ts";
import { fakeWorld, readText } from "./fake-world.ts";

type Text = Parameters<typeof programText>;

function textOf(command: Text[1], settings: Text[2] = [], variables: Text[3] = []): string {
  const text = programText("web", command, settings, variables);
  assert.ok(text.ok, JSON.stringify(text));
  return text.value;
}

function problemOf(command: Text[1], settings: Text[2] = [], variables: Text[3] = []): string {
  const text = programText("web", command, settings, variables);
  assert.ok(!text.ok, JSON.stringify(text));
  return text.error;
}

describe("the text of a new program", () => {
  test("has what is given, and nothing else", () => {
    assert.equal(
      textOf(
        ["/bin/web", "--port", "8000"],
        [
          ["user", "web"],
          ["extends", "service"],
        ],
        ["A=1", "B=x y"],
      ),
      '[program:web]\nextends=service\ncommand=/bin/web --port 8000\nuser=web\nenvironment=A="1",B="x y"\n',
    );
  });

  test("numbers several processes, unless they have names", () => {
    const many = textOf(["/bin/web"], [["numprocs", "2"]]);
    assert.match(many, /^process_name=%\(program_name\)s_%\(process_num\)02d$/m);
    const named = textOf(
      ["/bin/web"],
      [
        ["numprocs", "2"],
        ["process_name", "p%(process_num)d"],
      ],
    );
    assert.match(named, /^process_name=p%\(process_num\)d$/m);
    assert.doesNotMatch(textOf(["/bin/web"], [["numprocs", "1"]]), /process_name/);
  });

  test("is read as the words and variables that were given", () => {
    const word = fc.string({ unit: "grapheme", maxLength: 8 });
    const property = fc.property(fc.array(word, { maxLength: 4 }), word, (words, value) => {
      const command = ["/bin/web", ...words];
      const text = programText("web", command, [], [`A=${value}`]);
      // What a file cannot have is refused.
      if (!text.ok) return;
      const process = readText(text.value).groups[0]?.processes[0];
      const read = splitCommand(process?.command ?? "");
      assert.deepEqual(read, { ok: true, value: command });
      assert.deepEqual(process?.environment, { A: value });
    });
    fc.assert(property);
  });

  test("is shown without secrets, and names the variables that are secrets", () => {
    const text = textOf(
      ["/bin/web", "--token", "hunter2 b", "--port", "80"],
      [
        ["health_check", "http://u:hunter2@h/"],
        ["startsecs", "3"],
      ],
      ["A=x y", "DB_PASSWORD=hunter2", "URL=redis://u:hunter2@h", "PIN=%(ENV_PIN)s", "TOKEN="],
    );
    assert.deepEqual(shownProgram(text), {
      text:
        "[program:web]\ncommand=/bin/web --token <redacted> --port 80\n" +
        "health_check=http://u:<redacted>@h/\nstartsecs=3\n" +
        'environment=A="x y",DB_PASSWORD="<redacted>",URL="<redacted>",PIN="%(ENV_PIN)s",TOKEN=""\n',
      secrets: ["DB_PASSWORD", "URL"],
    });
    const set = textOf(["/bin/web"], [["environment", 'PASSWORD="hunter2,x",B=1']]);
    assert.deepEqual(shownProgram(set).secrets, ["PASSWORD"]);
    const broken = textOf(["/bin/web"], [["environment", "PASSWORD=hunter2,,="]]);
    assert.doesNotMatch(shownProgram(broken).text, /hunter2/);
    const plain = textOf(["/bin/web"], [["user", "web"]], ["A=1"]);
    assert.deepEqual(shownProgram(plain), { text: plain, secrets: [] });
  });

  test("keeps expansions, and takes every other percent sign for itself", () => {
    const text = textOf(["/bin/date", "+%s", "%(process_num)02d", "100%", "%(none)s"]);
    assert.match(text, /^command=\/bin\/date \+%%s %\(process_num\)02d 100%% %%\(none\)s$/m);
  });

  test("is refused where a file would mean something else", () => {
    assert.match(problemOf(["sh", "-c", "a ; b"]), /end at a comment/);
    assert.match(problemOf(["sh", "-c", "a\n  b"]), /^the value of command cannot be written in/);
    assert.match(problemOf(["a\n[program:evil]"]), /cannot be written/);
    assert.match(problemOf(["/bin/a"], [["user", "x\nautostart=false"]]), /cannot be written/);
    assert.match(problemOf(["/bin/a"], [], ["A=x ;y"]), /environment would end/);
    assert.match(problemOf(["./a"]), /relative path: add --directory/);
  });

  test("is refused for options that no program has, and names the one that was meant", () => {
    assert.match(
      problemOf(["/bin/a"], [["startsec", "1"]]),
      /no option startsec: did you mean startsecs\?/,
    );
    assert.match(problemOf(["/bin/a"], [["x\n[y]", "1"]]), /has no option/);
  });

  test("shows no value of a variable that is wrong", () => {
    assert.doesNotMatch(problemOf(["/bin/a"], [], ["1A=hunter2"]), /hunter2/);
  });
});

for (const name of [
  "",
  ".",
  "..",
  "a/b",
  "a b",
  "a:b",
  "-a",
  ".a",
  "a]",
  "a;b",
  "a\nb",
  "all",
  "a".repeat(101),
]) {
  test(`${JSON.stringify(name)} is no name of a program and its file`, () => {
    assert.notEqual(nameProblem(name), null);
  });
}

test("names of programs may have letters, digits and a few signs", () => {
  for (const name of ["web", "api-2", "a.b", "x@1", "größe"]) assert.equal(nameProblem(name), null);
});

function placeOf(files: Readonly<Record<string, string>>): ConfigPlace {
  const world = fakeWorld(files);
  const loaded = loadConfig("/etc/s.conf", world, "/etc");
  assert.ok(loaded.ok);
  return { file: "/etc/s.conf", raw: loaded.value.raw, world, option: " -c s.conf" };
}

const DAEMON = "[supervisord]\nuser=root\n";

describe("what a stop of a new program ends", () => {
  const modeOf = (settings: Text[2], text = "", host: Readonly<Record<string, string>> = {}) =>
    killModeOf(settings, placeOf({ "/etc/s.conf": DAEMON + text, ...host }));
  const mounted = (type: string) => ({
    "/proc/self/mountinfo": `25 24 0:22 / /sys/fs/cgroup rw - ${type} x rw\n`,
  });

  test("is all that it leaves, in a cgroup unless the host has none", () => {
    assert.deepEqual(modeOf([["user", "web"]]), [["kill_mode", "cgroup"]]);
    assert.deepEqual(modeOf([], "", mounted("cgroup2")), [["kill_mode", "cgroup"]]);
    assert.deepEqual(modeOf([], "", mounted("tmpfs")), [["kill_mode", "tree"]]);
  });

  test("is what is given, or what a template or the defaults may set", () => {
    for (const key of ["kill_mode", "stopasgroup", "killasgroup", "extends"]) {
      assert.deepEqual(modeOf([[key, "x"]]), [], key);
    }
    assert.deepEqual(modeOf([], "[program-default]\nstopasgroup=true\n"), []);
    assert.deepEqual(modeOf([], "[program-default]\nkill_mode=group\n"), []);
    assert.equal(modeOf([], "[program-default]\nstartsecs=0\n").length, 1);
  });
});

describe("a new file", () => {
  const pathFor = (files: string, others: Readonly<Record<string, string>> = {}) =>
    newProgramFile(
      "web",
      placeOf({ "/etc/s.conf": `${DAEMON}[include]\nfiles=${files}\n`, ...others }),
    );
  const OTHERS = { "/etc/conf.d/a.conf": "", "/etc/more/b.ini": "" };

  for (const [files, path] of [
    ["conf.d/*.conf", "/etc/conf.d/web.conf"],
    ["/etc/conf.d/*.conf", "/etc/conf.d/web.conf"],
    ["%(here)s/conf.d/*", "/etc/conf.d/web.conf"],
    ["more/*.ini", "/etc/more/web.ini"],
    ["more/*.program", "/etc/more/web.program"],
    ["conf.d/a.conf more/*.ini", "/etc/more/web.ini"],
    ["missing/*.conf more/*.ini conf.d/*.conf", "/etc/more/web.ini"],
    ["*/x*.conf more/w*.ini", "/etc/more/web.ini"],
  ] as const) {
    test(`is ${path} for files=${files}`, () => {
      assert.deepEqual(pathFor(files, OTHERS), { ok: true, value: path });
    });
  }

  for (const [files, message, command] of [
    ["conf.d/a.conf", /takes no new file: add conf\.d\/\*\.conf/, /^mkdir -p \/etc\/conf\.d$/],
    [
      "missing/*.conf",
      /directory \/etc\/missing of \[include\] does not exist/,
      /^mkdir \/etc\/missing$/,
    ],
  ] as const) {
    test(`is none for files=${files}, and says what to do`, () => {
      const path = pathFor(files, OTHERS);
      assert.ok(!path.ok);
      assert.match(path.error.message, message);
      assert.match(path.error.steps[0]?.[1] ?? "", command);
    });
  }

  test("is none without [include], for a name that is taken, or over another file", () => {
    const without = newProgramFile("web", placeOf({ "/etc/s.conf": DAEMON }));
    assert.match(without.ok ? "" : without.error.message, /add the lines "\[include\]"/);
    for (const kind of ["program", "fcgi-program", "eventlistener", "group"]) {
      const taken = pathFor(`conf.d/*.conf\n[${kind}:web]`, OTHERS);
      assert.match(taken.ok ? "" : taken.error.message, /web exists already: .*line 5/);
    }
    const other = pathFor("conf.d/*.conf", { "/etc/conf.d/web.conf": "" });
    assert.match(other.ok ? "" : other.error.message, /web\.conf exists already/);
  });

  test("is seen as if it were there", () => {
    const { world } = placeOf({ "/etc/s.conf": DAEMON, ...OTHERS });
    const changed = withFile(world, "/etc/conf.d/A.conf", "x");
    assert.deepEqual(changed.glob("/etc/conf.d/*.conf"), {
      ok: true,
      value: ["/etc/conf.d/A.conf", "/etc/conf.d/a.conf"],
    });
    assert.deepEqual(changed.glob("/etc/more/*"), { ok: true, value: ["/etc/more/b.ini"] });
    const removed = withFile(world, "/etc/conf.d/a.conf", null);
    assert.deepEqual(removed.glob("/etc/conf.d/*"), { ok: true, value: [] });
    assert.ok(!removed.readText("/etc/conf.d/a.conf").ok && !removed.exists("/etc/conf.d/a.conf"));
  });
});

describe("the file of a program", () => {
  const INCLUDE = `${DAEMON}[include]\nfiles=conf.d/*.conf\n`;
  const fileOf = (text: string, main = INCLUDE, others: Readonly<Record<string, string>> = {}) =>
    ownProgramFile(
      "web",
      placeOf({ "/etc/s.conf": main, "/etc/conf.d/web.conf": text, ...others }),
    );
  const WEB = "[program:web]\ncommand=/bin/web\n";

  test("may be removed if it has nothing else", () => {
    for (const text of [WEB, `; a comment\n${WEB}\n; another\n`, "[program:web]\nextends=t\n"]) {
      const template = { "/etc/conf.d/a.conf": "[template:t]\ncommand=x\n" };
      assert.deepEqual(fileOf(text, INCLUDE, template), {
        ok: true,
        value: "/etc/conf.d/web.conf",
      });
    }
  });

  for (const [name, text, main, message] of [
    [
      "another section",
      `[program:a]\ncommand=a\n${WEB}  --x\n`,
      INCLUDE,
      /conf has other sections, too: delete its lines 3-5$/,
    ],
    [
      "it is the main one",
      "",
      `${DAEMON}${WEB}`,
      /s\.conf has other sections, too: delete its lines 3-4$/,
    ],
    [
      "it is in two files",
      "[program:web]\nuser=web\n",
      `${INCLUDE}${WEB}`,
      /is in \/etc\/s\.conf and in \/etc\/conf\.d/,
    ],
    ["there is none", "", INCLUDE, /no program of \/etc\/s\.conf has the name web$/],
  ] as const) {
    test(`stays if ${name}`, () => {
      const file = fileOf(text, main);
      assert.ok(!file.ok);
      assert.match(file.error.message, message);
      for (const [, command] of file.error.steps) assert.equal(command, "tsv update -c s.conf web");
    });
  }
});

test("sections are taken out of a text, and all other lines stay", () => {
  const own = "[fleet]\nurl=x\n labels\n";
  const text = `; head\n${own}; between\n\n[program:web]\ncommand=a\n[fleet]\nname=y\n; end\n`;
  const rest = "; head\n; between\n\n[program:web]\ncommand=a\n; end\n";
  assert.equal(withoutSections(text, ["fleet"]), rest);
  assert.equal(withoutSections(`; head\n${own}`, ["fleet", "program:a"]), null);
});
