// Error messages of ctl: their kind, and commands for the same daemon.

import assert from "node:assert/strict";
import { describe, it, test } from "node:test";
import { complaintLines, type ErrorKind } from "../../../src/core/base/complaint.ts";
import type { PermissionFacts } from "../../../src/core/base/permission-words.ts";
import { FAULT_CODES } from "../../../src/core/xmlrpc/faults.ts";
import type { CtlAccess } from "../../../src/ctl/client.ts";
import {
  complaintOf,
  configComplaint,
  hasRemedy,
  orNoConfiguration,
} from "../../../src/ctl/complaints.ts";
import type { CallFailure } from "../../../src/ctl/failure.ts";
import { ownError } from "../../../src/ctl/report.ts";
import { whereOf } from "../../../src/ctl/where.ts";

const UNIX: CtlAccess = { serverUrl: "unix:///run/s", username: null, password: null };
const TCP: CtlAccess = { serverUrl: "http://h:9001", username: null, password: null };

const NAMED = { configFile: "/my x.conf", serverUrl: null, usedConfig: "/my x.conf" };
const WHERE = whereOf(NAMED, ["tsv", "status", "-c", "/my x.conf"], null);

const DENIED: PermissionFacts = {
  path: "/run/s",
  ...{ owner: "root", group: "ops", mode: "0770", user: "joe", joins: "ops", isNewMember: false },
};

const connection = (code: string): CallFailure => ({
  kind: "connection",
  failure: { code, message: code },
});
const http = (status: number): CallFailure => ({ kind: "http", status, reason: "" });
const other = (exception: string): CallFailure => ({ kind: "other", exception, text: "" });
const fault = (code: number): CallFailure => ({ kind: "fault", code, text: "FAULT" });

const START = "tsv daemon -c '/my x.conf'";
const DOCTOR = "tsv doctor -c '/my x.conf'";

const ROWS: readonly (readonly [
  what: string,
  failure: CallFailure,
  access: CtlAccess,
  kind: ErrorKind,
  commands: readonly string[],
])[] = [
  ["no socket", connection("ENOENT"), UNIX, "not-running", [START, DOCTOR]],
  ["a dead socket", connection("ECONNREFUSED"), UNIX, "not-running", [START, DOCTOR]],
  ["a closed port", connection("ECONNREFUSED"), TCP, "not-running", [START, DOCTOR]],
  ["a full queue", connection("EAGAIN"), UNIX, "no-answer", [DOCTOR]],
  ["a hung daemon", connection("SILENT"), UNIX, "no-answer", [DOCTOR]],
  [
    "no permission",
    connection("EACCES"),
    UNIX,
    "permission-denied",
    ["sudo tsv status -c '/my x.conf'", "sudo usermod -aG ops joe"],
  ],
  ["an unknown host", connection("ENOTFOUND"), TCP, "unreachable", []],
  ["an unreachable host", connection("EHOSTUNREACH"), TCP, "unreachable", []],
  ["a long path", connection("PATH_TOO_LONG"), UNIX, "unreachable", []],
  ["another user's server", connection("UNTRUSTED"), TCP, "not-the-daemon", [DOCTOR]],
  ["no password", http(401), TCP, "unauthorized", [DOCTOR]],
  [
    "a bad password",
    http(401),
    { ...TCP, username: "me", password: "x" },
    "unauthorized",
    [DOCTOR],
  ],
  ["another server", http(404), TCP, "not-the-daemon", [DOCTOR]],
  ["a failing server", http(500), TCP, "failed", []],
  ["no HTTP", connection("BAD_REPLY"), TCP, "not-the-daemon", [DOCTOR]],
  ["a server that hangs up", connection("DISCONNECTED"), TCP, "no-answer", [DOCTOR]],
  ["no XML-RPC", other("xmlrpc.client.ResponseError"), TCP, "not-the-daemon", [DOCTOR]],
  ["a bad URL", other("ValueError"), { ...TCP, serverUrl: "ftp://x" }, "usage", []],
  ["a number beyond 32 bits", other("OverflowError"), TCP, "usage", []],
  ["a shutdown", fault(FAULT_CODES.SHUTDOWN_STATE), UNIX, "shutting-down", []],
  ["a missing interface", fault(FAULT_CODES.UNKNOWN_METHOD), UNIX, "failed", [DOCTOR]],
  ["another fault", fault(FAULT_CODES.FAILED), UNIX, "failed", []],
];

describe("a complaint", () => {
  for (const [what, failure, access, kind, commands] of ROWS) {
    it(`of ${what} is of the kind ${kind}, without a word of Python`, () => {
      const asked = { access, where: WHERE, permission: () => DENIED };
      const complaint = complaintOf(failure, asked);
      assert.equal(complaint.kind, kind);
      assert.deepEqual(
        complaint.steps.flatMap(([, command]) => command ?? []),
        commands,
      );
      assert.doesNotMatch(complaint.message, /<class|Errno|[Ss]upervisord|\.$/);
    });
  }

  it("stays on lines of 80 columns, but for commands and paths", () => {
    for (const [, failure, access] of ROWS) {
      const asked = { access, where: WHERE, permission: () => DENIED };
      for (const columns of [80, 40]) {
        for (const line of complaintLines(complaintOf(failure, asked), columns)) {
          assert.ok(line.length <= columns || /^ {4}\S/.test(line), line);
        }
      }
    }
  });

  it("says on its first line why, and which command changes it", () => {
    const facts = {
      ...DENIED,
      path: "/etc/tsv/tsv.conf",
      group: "tsv",
      mode: "0640",
      joins: "tsv",
    };
    const words = ["tsv", "status"];
    const where = whereOf({ ...NAMED, configFile: null, usedConfig: facts.path }, words, null);
    const error = {
      rule: "unreadable-file",
      ...{ text: "could not read", file: facts.path, line: null, section: null, key: null },
    } as const;
    const complaint = configComplaint(error, where, () => facts);
    assert.deepEqual(complaintLines(complaint, 80), [
      "Error: permission denied, use sudo: /etc/tsv/tsv.conf is root:tsv 0640",
      "  Once: sudo tsv status",
      "  Without sudo, from your next login on: sudo usermod -aG tsv joe",
    ]);
  });

  it("names a configuration that root would not find", () => {
    const words = ["tsv", "status"];
    const where = whereOf({ ...NAMED, configFile: null, usedConfig: "tsv.conf" }, words, null);
    assert.equal(where.again, "tsv status -c tsv.conf");
    const shell = whereOf({ ...NAMED, configFile: null }, ["tsv", "ctl"], null);
    assert.equal(shell.again, "tsv ctl");
  });

  it("tells a new member of the group to log in again", () => {
    const permission = () => ({ ...DENIED, isNewMember: true });
    const asked = { access: UNIX, where: WHERE, permission };
    const [[what, command] = []] = complaintOf(connection("EACCES"), asked).steps;
    assert.match(String(what), /next login/);
    assert.equal(command, null);
  });

  it("is not added where Supervisor's line says it all", () => {
    for (const [failure, access, has] of [
      [fault(FAULT_CODES.BAD_NAME), UNIX, false],
      [other("ValueError"), UNIX, false],
      [other("RuntimeError"), UNIX, false],
      [fault(FAULT_CODES.SHUTDOWN_STATE), UNIX, true],
      [other("ValueError"), { ...TCP, serverUrl: "ftp://x" }, true],
    ] as const) {
      assert.equal(hasRemedy(failure, { access }), has);
    }
  });
});

test("a command that is repeated has no password, and starts the service where there is one", () => {
  const service = { config: "/etc/tsv/tsv.conf", start: "systemctl start tsv" };
  const words = ["tsv", "stop", "-u", "me", "-p", "secret", "-psecret", "--password=secret"];
  const where = whereOf({ ...NAMED, usedConfig: service.config }, words, service);
  assert.equal(where.again, "tsv stop -u me -p - -p- --password=-");
  assert.equal(where.start, "systemctl start tsv");
  assert.equal(whereOf({ ...NAMED, serverUrl: "http://h" }, [], null).start, null);
  assert.equal(
    whereOf({ ...NAMED, serverUrl: "http://h" }, [], null).daemon,
    " -c '/my x.conf' -s http://h",
  );
});

describe("where nothing is listening", () => {
  const named = { configFile: null, serverUrl: null, usedConfig: null, searched: ["/a", "/b"] };
  const down = { kind: "not-running", message: "", steps: [] } as const;

  it("and no configuration was found, it says where it looked, and names the one in this directory", () => {
    const there = orNoConfiguration(down, named, (path) => path === "tsv.conf");
    assert.match(there.message, /\/a, \/b$/);
    assert.equal(there.steps[0]?.[1], "-c tsv.conf");
    assert.equal(orNoConfiguration(down, named, () => false).steps[0]?.[1], "sudo tsv install");
  });

  it("and a daemon is named, that is all it says; also of other failures", () => {
    const none = (): boolean => false;
    assert.equal(orNoConfiguration(down, { ...named, usedConfig: "/a" }, none), down);
    assert.equal(orNoConfiguration(down, { ...named, serverUrl: "http://h" }, none), down);
    const denied = { ...down, kind: "permission-denied" } as const;
    assert.equal(orNoConfiguration(denied, named, none), denied);
  });
});

test("actions speak as tsv: kinds for programs, and no name of Supervisor's programs", () => {
  for (const [line, kind] of [
    ["ERROR: already shutting down", "shutting-down"],
    ["ERROR: supervisor shutting down", "shutting-down"],
    ["ERROR: no such process/group: x", "unknown-name"],
    ["No such process x", "unknown-name"],
    ["x: ERROR (no such process name)", "unknown-name"],
    ["x: ERROR (no log file)", "unknown-name"],
    ["supervisord: ERROR (no log file)", "failed"],
    ["ERROR: process/group still running: x", "failed"],
    ["Error: reload accepts no arguments", "usage"],
    ["Error: start requires a process name", "usage"],
    ["Error: bad channel 'x'", "usage"],
    ["Error: bad argument -x", "usage"],
    ["ERROR: CANT_REREAD: no good", "configuration"],
    ["ERROR: anything else", "failed"],
  ] as const) {
    const said = ownError(line);
    assert.equal(said.kind, kind, line);
    assert.doesNotMatch(said.message, /supervisor|ERROR|process/i);
  }
});
