// `tsv check`: its files, its environment, and the counts in the last line of each.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { parseCheck, runCheck } from "../../../src/cli/check.ts";
import { fakeWorld } from "../core/config/fake-world.ts";

const GOOD = "[supervisord]\nuser=root\n";
const BAD = `${GOOD}[program:a]\nstartsecs=x\ncommand=/bin/a\n`;

type Request = Parameters<typeof runCheck>[0];

async function check(
  files: readonly string[],
  options: Request["options"] = {},
  input = "",
  columns: number | null = null,
  names: readonly string[] = [],
): Promise<{ readonly status: number; readonly out: string; readonly errors: string }> {
  const world = fakeWorld({
    "/etc/good.conf": GOOD,
    "/etc/bad.conf": BAD,
    "/etc/part.conf": "[program:a]\ncommand=/bin/a\n",
    "/etc/env.conf": `${GOOD}[program:a]\ncommand=/bin/a %(ENV_TOKEN)s\n`,
    "/etc/wrong": "A=hunter2\nTOKEN\n",
    "/etc/lines": "TOKEN='one\ntwo'\n",
    "/srv/Procfile": "web: serve\n",
    "/app/Procfile": "web: serve\n",
    "/app/.env": "A=1\nB=2 # two\n",
    "/srv/Procfile.dev": "web: serve\n\nworker work\n",
    "/etc/vars": '# a comment\nexport TOKEN="x"\n',
  });
  let out = "";
  let errors = "";
  const status = await runCheck(
    { files, names, options },
    {
      world,
      applyFixes: () => Promise.reject(new Error("nothing is fixed")),
      readInput: () => input,
      searchPaths: ["/etc/none.conf", "/etc/good.conf"],
      columns: () => columns,
      print: (text) => {
        out += text;
      },
      printError: (text) => {
        errors += text;
      },
    },
  );
  return { status, out, errors };
}

describe("tsv check", () => {
  test("takes a file with -c, as other verbs do", async () => {
    const named = parseCheck(["-c", "/etc/a.conf", "-v", "/etc/b.conf"]);
    for (const option of ["--config", "--configuration"]) {
      assert.deepEqual(parseCheck([option, "/etc/a.conf"]), {
        ...{ files: ["/etc/a.conf"], names: [], options: {} },
      });
    }
    const files = ["/etc/a.conf", "/etc/b.conf"];
    assert.deepEqual(named, { files, names: [], options: { verbose: true } });
  });

  test("takes several files, and fails where one has errors", async () => {
    const { status, out } = await check(["/etc/good.conf", "/etc/bad.conf"]);
    assert.equal(status, 1);
    assert.match(
      out,
      /^\/etc\/good\.conf: ok\n\/etc\/bad\.conf:4: error: .*\n\/etc\/bad\.conf: 1 error, 0 warnings\n$/,
    );
  });

  test("without a file takes the installed configuration, and says where it looked for one", async () => {
    assert.equal((await check([])).out, "/etc/good.conf: ok\n");
  });

  test("takes a Procfile by its name", async () => {
    assert.deepEqual(await check(["/srv/Procfile"]), {
      ...{ status: 0, out: "/srv/Procfile: ok\n", errors: "" },
    });
    const comment = await check(["/app/Procfile"]);
    assert.equal(comment.status, 0);
    assert.match(comment.out, /^[/]app[/][.]env:2: warning: the `#` behind a value/);
    const { status, out } = await check(["/srv/Procfile.dev"]);
    assert.equal(status, 1);
    assert.match(out, /^[/]srv[/]Procfile[.]dev:3: error: expected NAME: COMMAND[\s\S]*1 error/);
  });

  test("reads standard input for -", async () => {
    const { status, out } = await check(["-"], {}, BAD);
    assert.equal(status, 1);
    assert.match(out, /^<stdin>:4: error: [^\n]*\n<stdin>: 1 error, 0 warnings\n$/);
  });

  test("wraps long problems on a terminal, and nowhere else", async () => {
    const unknown = `${GOOD}[program:a]\ncommand=/bin/a\nautorestrat=true\n`;
    const lines = (await check(["-"], {}, unknown, 60)).out.trimEnd().split("\n");
    assert.deepEqual(lines, [
      "<stdin>:5: warning: [program:a] autorestrat: unknown option;",
      "  ignored (did you mean autorestart?)",
      "<stdin>: ok, 1 warning",
    ]);
    assert.equal((await check(["-"], {}, unknown)).out.split("\n").length, 3);
  });

  test("counts notes that it does not show", async () => {
    assert.equal(
      (await check(["/etc/part.conf"])).out,
      "/etc/part.conf: ok, 1 note (-v shows it)\n",
    );
    assert.match(
      (await check(["/etc/part.conf"], { verbose: true })).out,
      /: note: [^\n]*\n.*: ok, 1 note\n$/,
    );
  });

  test("takes variables of the environment, one by one or from a file", async () => {
    assert.equal((await check(["/etc/env.conf"])).status, 1);
    assert.equal((await check(["/etc/env.conf"], { env: ["TOKEN=x"] })).status, 0);
    assert.equal((await check(["/etc/env.conf"], { env: ["/etc/vars"] })).status, 0);
    const gone = await check(["/etc/env.conf"], { env: ["/etc/gone"] });
    assert.deepEqual([gone.status, gone.out], [2, ""]);
    assert.match(gone.errors, /^Error: --env \/etc\/gone: it does not exist$/m);
  });

  test("a file of --env is one of env_file: quoted values, and mistakes with their place", async () => {
    const path = "/etc/wrong";
    const wrong = await check(["/etc/env.conf"], { env: [path] });
    assert.deepEqual([wrong.status, wrong.out], [2, ""]);
    assert.match(
      wrong.errors,
      /^Error: --env \/etc\/wrong:2:1: there is no = in this line: a variable is written\n {2}NAME=value$/m,
    );
    assert.doesNotMatch(wrong.errors, /hunter2/);
    assert.equal((await check(["/etc/env.conf"], { env: ["/etc/lines"] })).status, 0);
  });

  test("prints one document, with a result for each file", async () => {
    const one = JSON.parse((await check(["/etc/bad.conf"], { json: true })).out);
    assert.deepEqual([one.format, one.verb, one.exitStatus, one.errors], [1, "check", 1, []]);
    const [{ file, problems }] = one.results;
    assert.deepEqual([file, problems.length], ["/etc/bad.conf", 1]);
    const two = JSON.parse((await check(["/etc/bad.conf", "/etc/good.conf"], { json: true })).out);
    assert.equal(two.results.length, 2);
    const { status, out } = await check([], { json: true, env: ["/etc/gone"] });
    const { errors } = JSON.parse(out);
    assert.deepEqual([status, errors[0].kind], [2, "usage"]);
  });
});

describe("tsv check --effective", () => {
  const CONFIG =
    `${GOOD}[template:t]\nuser=web\n[program:web]\nextends=t\ncommand=/bin/web --password hunter2\n` +
    "[program:api]\ncommand=/bin/api\n[group:all]\nprograms=api\n";
  const effective = (
    names: readonly string[] = [],
    options: Request["options"] = {},
    text = CONFIG,
  ) => check(["-"], { effective: true, ...options }, text, null, names);

  test("takes names of programs, groups and sections; a file with -c", async () => {
    assert.deepEqual(parseCheck(["--effective", "-c", "/etc/a.conf", "web"]), {
      files: ["/etc/a.conf"],
      names: ["web"],
      options: { effective: true },
    });
    const headers = async (...names: readonly string[]) =>
      (await effective(names)).out.match(/^\[.*\]/gm);
    assert.deepEqual(await headers("web"), ["[program:web]"]);
    assert.deepEqual(await headers("all"), ["[program:api]", "[group:all]"]);
    assert.deepEqual(await headers("supervisord"), ["[supervisord]"]);
    assert.deepEqual(await headers(), [
      "[supervisord]",
      "[program:web]",
      "[program:api]",
      "[group:all]",
    ]);
  });

  test("shows each value with its line, and no secret", async () => {
    const { status, out } = await effective(["web"]);
    assert.equal(status, 0);
    assert.equal(
      out,
      "[program:web]\n" +
        "command=/bin/web --password <redacted>   ; <stdin>:7\n" +
        "user=web                                 ; <stdin>:4 [template:t]\n",
    );
  });

  test("answers in JSON", async () => {
    const { out } = await effective(["web"], { json: true });
    const { results, exitStatus } = JSON.parse(out) as { results: object[]; exitStatus: number };
    assert.equal(exitStatus, 0);
    assert.deepEqual(results, [
      {
        section: "program:web",
        groups: ["web"],
        options: [
          ...[["command", "/bin/web --password <redacted>", 7, null] as const],
          ...[["user", "web", 4, "template:t"] as const],
        ].map(([key, value, line, from]) => ({
          key,
          value,
          places: [{ file: "/home/ops/<stdin>", line, from }],
        })),
      },
    ]);
  });

  test("refuses a name that there is not, and suggests one, or -c for a file", async () => {
    const unknown = await effective(["wob"]);
    assert.deepEqual([unknown.status, unknown.out], [2, ""]);
    assert.match(unknown.errors, /has the name wob[\s\S]*tsv check --effective web/);
    assert.match(
      (await effective(["/etc/good.conf"])).errors,
      /tsv check --effective -c \/etc\/good.conf/,
    );
  });

  test("refuses a configuration with errors, and one that another includes", async () => {
    const bad = await check(["/etc/bad.conf"], { effective: true });
    assert.deepEqual([bad.status, bad.out], [1, ""]);
    assert.match(bad.errors, /\/etc\/bad\.conf:4: [\s\S]*tsv check \/etc\/bad\.conf/);
    const part = await check(["/etc/part.conf"], { effective: true });
    assert.deepEqual([part.status, part.out], [1, ""]);
    const procfile = await check(["/srv/Procfile"], { effective: true });
    assert.deepEqual([procfile.status, procfile.out], [2, ""]);
  });

  for (const words of [
    ["--all"],
    ["--effective", "--fix"],
    ["--effective", "-c", "a.conf", "-c", "b.conf"],
  ]) {
    test(`refuses ${words.join(" ")}`, () => {
      assert.equal(parseCheck(words), 2);
    });
  }
});
