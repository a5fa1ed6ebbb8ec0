// Programs that wait for others or for their checks, and what `tsv why` advises then.

import assert from "node:assert/strict";
import { test } from "node:test";
import { LOG_CHECKS, PROGRAM_CHECKS } from "../../../../src/doctor/checks/catalogue.ts";
import { explain } from "../../../../src/doctor/why/explain.ts";
import type { Explanation } from "../../../../src/doctor/why/model.ts";
import { whyData, whyText } from "../../../../src/doctor/why/text.ts";
import { config, history, host, NOW_S, run, status } from "../checks/programs/rig.ts";

const LOOK = { unicode: false, colours: false, verbose: false, quiet: false, columns: 100 };
const SHELL = `command=sh -c "sleep 5; true"`;
const DB = "[program:db]\ncommand=sleep 5\nready_check=tcp://127.0.0.1:5432\n";
const MIGRATE = "[program:migrate]\ncommand=true\ntype=oneshot\ndepends_on=db:ready\n";

function told(
  on: ReturnType<typeof host>,
  text: string,
  name: string,
  programs: readonly ReturnType<typeof status>[],
  histories: readonly ReturnType<typeof history>[] = [],
): Explanation {
  const service = {
    file: { path: "/etc/systemd/system/tsv.service", text: "", isPackaged: false },
  };
  const facts = on.facts(text, { service, programs, histories });
  return explain({ group: name, name }, facts, [...PROGRAM_CHECKS, ...LOG_CHECKS]);
}

function program(
  name: string,
  more: Partial<ReturnType<typeof status>>,
): ReturnType<typeof status> {
  return { ...status({ pid: 0 }), group: name, name, spawnError: "", ...more };
}

/** Of web, that waits for db and migrate, and of all others. */
const WAITING = [
  program("web", {
    state: "STARTING",
    description: "waiting for db to be ready, migrate to complete",
  }),
  program("db", {
    state: "STARTING",
    pid: 5,
    start: NOW_S - 60,
    now: NOW_S,
    description: "not ready yet: connection refused",
  }),
  program("migrate", { state: "STARTING", description: "waiting for db to be ready" }),
];

test("the chain of a program that waits ends at its root, whose answer it names", () => {
  const text = `${config(SHELL, "depends_on=db:ready, migrate:completed")}${DB}${MIGRATE}`;
  const waits = "waiting for db to be ready, migrate to complete";
  const made = told(host(), text, "web", WAITING, [history([], { state: "STARTING", waits })]);
  assert.deepEqual(
    made.waitsFor.map(({ name, text: says }) => `${name}: ${says}`),
    [
      "db: STARTING for 60 s, not ready yet: tcp://127.0.0.1:5432: connection refused",
      "migrate: STARTING, waiting for db to be ready",
    ],
  );
  assert.deepEqual(made.advice, [
    { text: "Find out why db is not ready", commands: ["tsv why db"] },
  ]);
  assert.deepEqual(made.findings, []);
  assert.match(whyText(made, LOOK, String), /^ {2}waits for +db: STARTING for 60 s/m);
  assert.equal((whyData(made) as { waitsFor: object[] }).waitsFor.length, 2);
});

test("a program whose dependency is down is sent to the root once, through the middle", () => {
  const text = `${config(SHELL, "depends_on=middle")}[program:middle]\ncommand=sleep 5\ndepends_on=never\n[program:never]\ncommand=false\n`;
  const blocked = { state: "BACKOFF", description: "blocked: never is FATAL" } as const;
  const programs = [
    program("web", { ...blocked, spawnError: "blocked: never is FATAL" }),
    program("middle", blocked),
    program("never", { state: "FATAL", spawnError: "Exited too quickly" }),
  ];
  const known = history([], { state: "BACKOFF", blockedBy: "never", waits: "blocked" });
  const made = told(host(), text, "web", programs, [known]);
  assert.deepEqual(
    made.waitsFor.map(({ name }) => name),
    ["middle", "never"],
  );
  assert.deepEqual(made.advice, [
    {
      text: "Find out why never is down, then start it",
      commands: ["tsv why never", "tsv start never"],
    },
  ]);
});

test("programs that depend on each other do not end the search", () => {
  const text = `${config(SHELL, "depends_on=web")}`;
  const programs = [program("web", { state: "STARTING", description: "waiting for web to run" })];
  const known = history([], { state: "STARTING", waits: "waiting for web to run" });
  assert.ok(told(host(), text, "web", programs, [known]).waitsFor.length <= 1);
});

const NOT_READY = "Not ready within 5s: http://127.0.0.1:18099/health: connection refused";

test("a readiness check that failed leads to the address that it asks", () => {
  const text = config("command=sleep 5", "ready_check=http://127.0.0.1:18099/health");
  const last = run({ ending: "not-ready", end: NOW_S - 1, spawnError: NOT_READY });
  const programs = [program("web", { state: "FATAL", spawnError: NOT_READY })];
  const { advice } = told(host(), text, "web", programs, [
    history([last], { state: "FATAL", spawnError: NOT_READY }),
  ]);
  assert.deepEqual(advice.slice(0, 2), [
    {
      text: "Nothing listens on 127.0.0.1:18099: correct ready_check= or the address of the program",
      commands: ["curl -i http://127.0.0.1:18099/health"],
    },
    { text: "If it only needs longer to start, raise ready_timeout= (now 1m)", commands: [] },
  ]);
  assert.deepEqual(
    advice.slice(2).map(({ commands }) => commands[0]),
    ["tsv start web"],
  );
});

test("a check that got an answer, or whose command is missing, is wrong and not slow", () => {
  const adviceOf = (check: string, result: string): readonly (string | undefined)[] => {
    const last = run({ ending: "not-ready", end: NOW_S - 1, spawnError: result });
    const programs = [program("web", { state: "FATAL", spawnError: result })];
    const text = config("command=sleep 5", `ready_check=${check}`);
    return told(host(), text, "web", programs, [
      history([last], { state: "FATAL", spawnError: result }),
    ]).advice.map((one) => one.text);
  };
  const url = "http://127.0.0.1:8081/x";
  assert.deepEqual(adviceOf(url, `Not ready within 5s: ${url}: status 404`), [
    "127.0.0.1:8081 answered with status 404: correct ready_check=, or what the program answers there",
    "Then start it",
  ]);
  assert.match(adviceOf(url, `Not ready within 5s: ${url}: status 503`)[1] ?? "", /ready_timeout/);
  const missing = adviceOf("exec:/no/x", "Not ready within 5s: exec:/no/x: exit status 127");
  assert.deepEqual(missing.slice(1), ["Then start it"]);
});

test("the address on which the program listens instead is named", () => {
  const text = config("command=sleep 5", "ready_check=tcp://127.0.0.1:18099");
  const on = host().run(7, ["/bin/app"], { parent: 3 });
  on.listen({ kind: "tcp", address: "0.0.0.0", port: 8080, pid: 7 });
  const programs = [
    program("web", { state: "STARTING", pid: 7, description: "not ready yet: refused" }),
  ];
  const unready = "tcp://127.0.0.1:18099: refused";
  const [first] = told(on, text, "web", programs, [
    history([], { state: "STARTING", pid: 7, unready }),
  ]).advice;
  assert.match(first?.text ?? "", /^Nothing listens on .*; the program listens on 0\.0\.0\.0:8080/);
  assert.deepEqual(first?.commands, ["ss -ltn 'sport = :18099'"]);
});

test("a health check that fails has one step", () => {
  const text = config("command=sleep 5", "health_check=http://127.0.0.1:18099/health");
  const programs = [
    program("web", { pid: 7, description: "unhealthy: connection refused (2 of 2)" }),
  ];
  const { advice } = told(host(), text, "web", programs, [
    history([], { state: "RUNNING", pid: 7 }),
  ]);
  assert.deepEqual(
    advice.map(({ commands }) => commands),
    [["curl -i http://127.0.0.1:18099/health"]],
  );
});

test("a program that has done what it is configured to do is not to be started", () => {
  const text = config("command=sleep 5", "startsecs=0", "autorestart=false");
  const last = run({ ending: "exited", exitStatus: 0, expected: true, end: NOW_S - 9 });
  const programs = [program("web", { state: "EXITED" })];
  const made = told(host(), text, "web", programs, [history([last], { state: "EXITED" })]);
  assert.deepEqual(made.advice, []);
});

test("what a stop would do is no matter of a program that was never stopped", () => {
  const programs = [program("web", { pid: 7 })];
  const running = history([], { state: "RUNNING", pid: 7 });
  assert.deepEqual(told(host(), config(SHELL), "web", programs, [running]).findings, []);
  const stopped = history([run({ ending: "stopped" })], { state: "RUNNING", pid: 7 });
  assert.deepEqual(
    told(host(), config(SHELL), "web", programs, [stopped]).findings.map(({ code }) => code),
    ["PROG-011"],
  );
});
