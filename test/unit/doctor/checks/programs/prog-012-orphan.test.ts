// PROG-012 on hosts in memory: orphans of earlier runs, and ports in use.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ORPHAN } from "../../../../../src/doctor/checks/programs/orphans.ts";
import { config, FATAL, host, look, one, status } from "./rig.ts";

const TEXT = config("command=/opt/serve --port 8080");
const OURS = { SUPERVISOR_ENABLED: "1", SUPERVISOR_PROCESS_NAME: "web" };

function orphan(environment: Readonly<Record<string, string>> = OURS, parent = 1) {
  const made = host().run(700, ["/opt/serve", "--port", "8080"], { parent });
  made.environments.set(700, environment);
  return made;
}

describe("PROG-012", () => {
  test("an orphan of a supervisor is reported with its port", () => {
    const made = orphan().listen({ kind: "tcp", address: "0.0.0.0", port: 8080, pid: 700 });
    const finding = one(look(ORPHAN, made, TEXT, { programs: [FATAL] }));
    assert.deepEqual(finding.evidence, [
      "pid 700: /opt/serve --port 8080",
      "its parent is init (pid 1)",
      "pid 700 listens on 0.0.0.0:8080",
    ]);
    assert.equal(finding.repair.class, "C", "no process is ever ended by the doctor");
    assert.deepEqual(finding.repair.commands, ["kill 700"]);
  });

  test("the server of another daemon is named", () => {
    const text = `[unix_http_server]\nfile=/run/tsv/tsv.sock\n${TEXT}`;
    for (const [url, isNamed] of [
      ["unix:///run/tsv/tsv.sock", false],
      ["unix:///srv/other.sock", true],
    ] as const) {
      const made = orphan({ ...OURS, SUPERVISOR_SERVER_URL: url });
      const { evidence } = one(look(ORPHAN, made, text));
      const line = `the daemon that started pid 700 had the server ${url}`;
      assert.equal(evidence.includes(line), isNamed);
    }
  });

  test("it is found beside a copy that is supervised, and when no daemon runs", () => {
    const made = orphan().run(800, ["/opt/serve", "--port", "8080"], { parent: 50 });
    assert.equal(
      one(look(ORPHAN, made, TEXT, { programs: [status({ pid: 800 })] })).severity,
      "warning",
    );
    assert.equal(look(ORPHAN, orphan(), TEXT).length, 1);
  });

  test("a script that an interpreter runs is the same program", () => {
    const made = host().run(700, ["/bin/sh", "/opt/serve", "--port", "8080"], { parent: 1 });
    made.environments.set(700, OURS);
    assert.equal(look(ORPHAN, made, TEXT).length, 1);
  });

  test("unrelated processes, those with another parent, and helpers of the program are not reported", () => {
    assert.deepEqual(look(ORPHAN, orphan({ PATH: "/bin" }), TEXT), []);
    assert.deepEqual(look(ORPHAN, orphan(OURS, 50), TEXT), []);
    assert.deepEqual(look(ORPHAN, orphan({ ...OURS, SUPERVISOR_PROCESS_NAME: "other" }), TEXT), []);
    const helper = host().run(700, ["ssh-agent"], { parent: 1 });
    helper.environments.set(700, OURS);
    assert.deepEqual(look(ORPHAN, helper, TEXT), []);
    assert.deepEqual(look(ORPHAN, orphan(), TEXT, { programs: [status({ pid: 700 })] }), []);
  });

  test("for a program whose port is in use, the holder is reported", () => {
    const made = host().file(
      "/var/log/web.err",
      "OSError: [Errno 98] Address already in use: ('', 8080) port 8080\n",
    );
    made
      .run(900, ["/usr/sbin/apache2"])
      .listen({ kind: "tcp", address: "::", port: 8080, pid: 900 });
    const failed = { ...FATAL, stderrLog: "/var/log/web.err" };
    const finding = one(look(ORPHAN, made, TEXT, { programs: [failed] }));
    assert.match(finding.symptom, /web needs port 8080/);
    assert.match(finding.evidence.join("\n"), /pid 900: \/usr\/sbin\/apache2/);
    assert.deepEqual(look(ORPHAN, made, TEXT, { programs: [{ ...failed, state: "RUNNING" }] }), []);
  });

  test("a port of another program of the daemon is not freed by a kill, which would restart it", () => {
    const made = host().file("/var/log/web.err", "[Errno 98] Address already in use: port 8080\n");
    made.run(900, ["/usr/bin/api"]);
    made.run(901, ["/usr/bin/api", "worker"], { parent: 900 });
    made.listen({ kind: "tcp", address: "::", port: 8080, pid: 901 });
    const failed = { ...FATAL, stderrLog: "/var/log/web.err" };
    const other = status({ group: "apis", name: "api", pid: 900 });
    const finding = one(look(ORPHAN, made, TEXT, { programs: [failed, other] }));
    assert.match(finding.cause, /^apis:api, another program of this daemon/);
    assert.deepEqual(
      finding.repair.commands.map((line) => line.replace(/ -c \S+| --config \S+/, "")),
      ["tsv stop apis:api"],
    );
  });

  test("a port that the log does not name is looked for in the command", () => {
    const made = host().file("/var/log/web.err", "OSError: [Errno 98] Address already in use\n");
    made
      .run(900, ["/usr/sbin/apache2"])
      .listen({ kind: "tcp", address: "127.0.0.1", port: 8081, pid: 900 });
    const failed = { ...FATAL, stderrLog: "/var/log/web.err" };
    const told = (command: string): readonly string[] =>
      look(ORPHAN, made, config(`command=${command}`), { programs: [failed] }).map((one) =>
        "symptom" in one ? one.symptom : one.unknown,
      );
    assert.deepEqual(told("python3 -m http.server 8081"), [
      "Address already in use: web needs port 8081",
    ]);
    assert.deepEqual(told("serve --listen=0.0.0.0:8081").length, 1);
    assert.deepEqual(told("python3 -m http.server 8082"), []);
    assert.deepEqual(told("python3 server-1.8081.py"), []);
  });
});
