// `tsv export`: its command line, what it finds, and where it prints.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { parseExport, runExport } from "../../../src/cli/export.ts";
import { fakeWorld } from "../core/config/fake-world.ts";

const CONFIG =
  "[supervisord]\nuser=root\n[program:web]\ncommand=/bin/web\npriority=3\n" +
  "[program:many]\ncommand=/bin/m\nnumprocs=2\nprocess_name=%(process_num)d\n" +
  "[program:needs]\ncommand=/bin/n\ndepends_on=many\n" +
  "[program:api]\ncommand=/bin/api\n[group:all]\nprograms=web,api\n";

function run(names: readonly string[], changes: Partial<Parameters<typeof runExport>[0]> = {}) {
  const world = fakeWorld({
    "/etc/s.conf": CONFIG,
    "/etc/secret.conf":
      "[supervisord]\nuser=root\n[program:a]\ncommand=/bin/a --token hunter2\n" +
      "[program:b]\ncommand=/bin/b\n",
    "/etc/bad.conf": "[supervisord]\n[program:a]\n",
    "/srv/Procfile": "web: node web.js --port $PORT\nworker: node worker.js\n",
    "/srv/.env": "A=1\n",
    "/bad/Procfile": "web node\n",
  });
  let [out, errors] = ["", ""];
  const status = runExport(
    { names, to: "systemd", config: null, json: false, ...changes },
    {
      world,
      searchPaths: ["/etc/none.conf", "/etc/s.conf"],
      columns: () => null,
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

describe("tsv export", () => {
  test("prints programs and those of groups, and names on stderr what the format lacks", () => {
    const { status, out, errors } = run(["web"]);
    assert.equal(status, 0);
    assert.match(out, /^# web\.service\n/);
    assert.equal(errors, "web: priority: Before= and After= order units\n");
    assert.deepEqual(run(["all"]).out.match(/^# .*$/gm), ["# web.service", "# api.service"]);
  });

  test("fails for Supervisor where no section could be written, and prints the others", () => {
    const config = { to: "supervisor", config: "/etc/secret.conf" } as const;
    const one = run(["a"], config);
    assert.deepEqual([one.status, one.out], [1, ""]);
    assert.equal(one.errors, "a: command: it has a secret: no section is written\n");
    const both = run(["a", "b"], config);
    assert.deepEqual([both.status, both.out], [0, "[program:b]\ncommand=/bin/b\n"]);
  });

  test("names the units of a program with several processes", () => {
    assert.match(run(["needs"]).out, /^Requires=many@0\.service many@1\.service$/m);
  });

  test("exports a Procfile, with the ports and variables of tsv run", () => {
    const { status, out } = run(["/srv/Procfile"]);
    assert.equal(status, 0);
    assert.match(out, /^ExecStart=\/bin\/sh -c "node web\.js --port \$\$PORT"$/m);
    assert.match(out, /^Environment="PORT=5000"$[\s\S]*^Environment="PORT=5100"$/m);
    assert.match(out, /^EnvironmentFile=-\/srv\/\.env$/m);
  });

  test("answers in JSON", () => {
    const { out, errors } = run(["web"], { json: true, to: "procfile" });
    const { results } = JSON.parse(out) as {
      results: readonly { text: string; missing: object[] }[];
    };
    assert.equal(results[0]?.text, "web: /bin/web\n");
    assert.deepEqual(results[0]?.missing, [
      { program: "web", option: "priority", reason: "a Procfile has no options" },
    ]);
    assert.equal(errors, "");
  });

  for (const [names, changes, status, message] of [
    [["wob"], {}, 2, /has the name wob[\s\S]*tsv export -c \/etc\/s\.conf web/],
    [["supervisord"], {}, 2, /has the name supervisord/],
    [["a"], { config: "/etc/bad.conf" }, 1, /does not specify a command/],
    [["/bad/Procfile"], {}, 1, /\/bad\/Procfile:1: expected NAME: COMMAND/],
    [["/none/Procfile"], {}, 1, /does not exist/],
  ] as const) {
    test(`prints nothing of ${names[0]}`, () => {
      const found = run(names, changes);
      assert.deepEqual([found.status, found.out], [status, ""]);
      assert.match(found.errors.replace(/\n {2}/g, " "), message);
    });
  }

  for (const words of [[], ["web"], ["--to", "systemd"], ["--to", "docker", "web"], ["--to"]]) {
    test(`refuses ${JSON.stringify(words)}`, () => {
      assert.equal(parseExport(words), 2);
    });
  }

  test("takes a configuration", () => {
    assert.deepEqual(parseExport(["-c", "a.conf", "--to", "supervisor", "web"]), {
      ...{ names: ["web"], to: "supervisor", config: "a.conf", json: false },
    });
  });
});
