// The checks of sockets together: silent on healthy hosts and on files that are only looked at, quick with many programs.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { CATALOGUE } from "../../../../../src/doctor/checks/catalogue.ts";
import { examineHost } from "../../../../../src/doctor/checks/examine.ts";
import { cpuMsOf } from "../../../../cpu-time.ts";
import { answer, CONFIG, host, INET, SOCKET, UP, withDaemon } from "./rig.ts";

const SOCKET_CHECKS = CATALOGUE.filter(({ area }) => area === "socket");

type Text = string | null;

function loud(on: ReturnType<typeof host>, text: Text, parts = {}): readonly string[] {
  const facts = on.facts(text, parts);
  return SOCKET_CHECKS.flatMap(({ code, look }) =>
    look(facts).flatMap((found) =>
      "severity" in found && found.severity === "info" ? [] : [`${code} ${JSON.stringify(found)}`],
    ),
  );
}

describe("all checks of sockets", () => {
  const port = host().listen({ kind: "tcp", address: "127.0.0.1", port: 9001, pid: 812 });
  const ofPort = { section: "inet_http_server", url: "http://127.0.0.1:9001" };
  const tmp = CONFIG.replaceAll(SOCKET, "/tmp/s.sock");
  for (const [what, on, text, parts] of [
    ["on a daemon with a port", port, INET, { ...UP, servers: [answer("answers", ofPort)] }],
    [
      "on Supervisor's sample in /tmp",
      host()
        .socket("/tmp/s.sock", { mode: 0o660, gid: 990 })
        .listen({ kind: "unix", address: "/tmp/s.sock", pid: 812 }),
      tmp,
      { ...UP, servers: [answer("answers", { url: "unix:///tmp/s.sock" })] },
    ],
    ["without any configuration", host(), null, {}],
    [
      "on a file that includes programs alone",
      host(),
      "[program:x]\ncommand=/bin/x\n",
      { config: { chosenBy: "option" } },
    ],
  ] as const) {
    test(`are silent ${what}`, () => {
      assert.deepEqual(loud(on, text, parts), []);
    });
  }

  test("an unreadable configuration makes the expected sockets unknown, and that is reported", () => {
    const on = withDaemon(host()).remove(SOCKET);
    const facts = on.facts(`${CONFIG}[program:x]\nnumprocs=x\n`, UP);
    const { findings, unknown, skipped } = examineHost(SOCKET_CHECKS, facts);
    assert.deepEqual([findings, unknown], [[], []]);
    assert.deepEqual(skipped, [{ area: "socket", why: "the configuration has errors: tsv check" }]);
  });

  test("a stale socket, a missing directory and a lost socket are one finding each", () => {
    const stale = loud(host().socket(SOCKET), CONFIG, { servers: [answer("refused")] });
    assert.deepEqual(
      stale.map((line) => line.slice(0, 8)),
      ["SOCK-003"],
    );
    const lost = loud(withDaemon(host()).remove(SOCKET), CONFIG, {
      ...UP,
      servers: [answer("missing")],
    });
    assert.deepEqual(
      lost.map((line) => line.slice(0, 8)),
      ["SOCK-002"],
    );
    const hung = { ...UP, servers: [answer("silent")] };
    assert.deepEqual(
      loud(withDaemon(host()), CONFIG, hung).map((line) => line.slice(0, 8)),
      ["SOCK-015"],
    );
  });

  test("a thousand programs and listeners take no time", () => {
    const programs = Array.from({ length: 1000 }, (_, at) => `[program:p${at}]\ncommand=/bin/x\n`);
    const on = withDaemon(host());
    for (let at = 0; at < 1000; at += 1)
      on.listen({ kind: "unix", address: `/run/x/${at}`, pid: at });
    const facts = on.facts(`${CONFIG}${programs.join("")}`, UP);
    const lookAtAll = () => {
      for (const { look } of SOCKET_CHECKS) look(facts);
    };
    assert.ok(cpuMsOf(lookAtAll) < 500);
  });
});
