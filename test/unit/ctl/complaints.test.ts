// Error messages of ctl, as people read them: test/golden/ctl-complaints.txt. `WRITE_GOLDEN=1` writes it anew.

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { describe, it, test } from "node:test";
import { type Complaint, complaintLines } from "../../../src/core/base/complaint.ts";
import type { PermissionFacts } from "../../../src/core/base/permission-words.ts";
import type { ConfigError } from "../../../src/core/config/model.ts";
import { FAULT_CODES } from "../../../src/core/xmlrpc/faults.ts";
import type { CtlAccess } from "../../../src/ctl/client.ts";
import {
  complaintOf,
  configComplaint,
  hasFix,
  orNoConfiguration,
} from "../../../src/ctl/complaints.ts";
import type { CallFailure } from "../../../src/ctl/failure.ts";
import { ownError } from "../../../src/ctl/report.ts";
import { whereOf } from "../../../src/ctl/where.ts";

const GOLDEN = "test/golden/ctl-complaints.txt";
const UNIX: CtlAccess = { serverUrl: "unix:///run/s", username: null, password: null };
const TCP: CtlAccess = { ...UNIX, serverUrl: "http://h:9001" };
const TLS: CtlAccess = { ...UNIX, serverUrl: "https://h:9001" };
const FTP: CtlAccess = { ...UNIX, serverUrl: "ftp://x" };
const LOGIN: CtlAccess = { ...TCP, username: "me", password: "x" };

const NAMED = { configFile: "/my x.conf", serverUrl: null, usedConfig: "/my x.conf" };
const WHERE = whereOf(NAMED, ["tsv", "status", "-c", "/my x.conf"], null);
/** The configuration was found. */
const FOUND = { configFile: null, serverUrl: null, usedConfig: "/etc/tsv/tsv.conf" };
const UNNAMED = { configFile: null, serverUrl: null, usedConfig: null, searched: ["/a", "/b"] };

const DENIED: PermissionFacts = {
  path: "/run/s",
  ...{ owner: "root", group: "ops", mode: "0770", user: "joe", joins: "ops", isNewMember: false },
};

const connection = (code: string): CallFailure => ({
  kind: "connection",
  failure: { code, message: code },
});
const http = (status: number): CallFailure => ({ kind: "http", status, reason: "" });
const other = (exception: string): CallFailure => ({ kind: "other", exception, text: "text" });
const fault = (code: number): CallFailure => ({ kind: "fault", code, text: "FAULT" });
const RESPONSE_ERROR = "xmlrpc.client.ResponseError";

function failed(
  failure: CallFailure,
  access: CtlAccess,
  facts: PermissionFacts | null = DENIED,
): Complaint {
  return complaintOf(failure, { access, where: WHERE, permission: () => facts });
}

function config(change: Partial<ConfigError>, facts: PermissionFacts | null = null): Complaint {
  const text = "could not read";
  const error = { text, file: FOUND.usedConfig, line: null, section: null, key: null };
  const where = whereOf(FOUND, ["tsv", "status"], null);
  return configComplaint({ rule: "unreadable-file", ...error, ...change }, where, () => facts);
}

const down = { kind: "not-running", message: "nothing is listening", steps: [] } as const;

const COMPLAINTS: Readonly<Record<string, Complaint>> = {
  "no socket": failed(connection("ENOENT"), UNIX),
  "a dead socket": failed(connection("ECONNREFUSED"), UNIX),
  "a closed port": failed(connection("ECONNREFUSED"), TCP),
  "a full queue": failed(connection("EAGAIN"), UNIX),
  "a hung daemon": failed(connection("SILENT"), UNIX),
  "no permission": failed(connection("EACCES"), UNIX),
  "no permission, unknown why": failed(connection("EPERM"), UNIX, null),
  "a new member of the group": failed(connection("EACCES"), UNIX, { ...DENIED, isNewMember: true }),
  "an unknown host": failed(connection("ENOTFOUND"), TCP),
  "an unreachable host": failed(connection("EHOSTUNREACH"), TCP),
  "a long path": failed(connection("PATH_TOO_LONG"), UNIX),
  "another user's server": failed(connection("UNTRUSTED"), TCP),
  "no password": failed(http(401), TCP),
  "a bad password": failed(http(401), LOGIN),
  "another server": failed(http(404), TCP),
  "a busy server": failed(http(503), TCP),
  "a failing server": failed(http(500), TCP),
  "no HTTP": failed(connection("BAD_REPLY"), TCP),
  "a certificate that signs itself": failed(connection("DEPTH_ZERO_SELF_SIGNED_CERT"), TLS),
  "an unknown authority": failed(connection("UNABLE_TO_VERIFY_LEAF_SIGNATURE"), TLS),
  "an expired certificate": failed(connection("CERT_HAS_EXPIRED"), TLS),
  "a certificate for other names": failed(connection("ERR_TLS_CERT_ALTNAME_INVALID"), TLS),
  "another certificate than in the file": failed(connection("OTHER_CERTIFICATE"), TLS),
  "a certificate of the client is needed": failed(
    connection("ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED"),
    TLS,
  ),
  "a server without TLS": failed(connection("ERR_SSL_WRONG_VERSION_NUMBER"), TLS),
  "a server with TLS": failed({ kind: "http", status: 400, reason: "TLS Required" }, TCP),
  "a file that cannot be read": failed(connection("BAD_FILE"), TLS),
  "a server that hangs up": failed(connection("DISCONNECTED"), TCP),
  "no XML-RPC": failed(other(RESPONSE_ERROR), TCP),
  "a bad URL": failed(other("ValueError"), FTP),
  "a number beyond 32 bits": failed(other("OverflowError"), TCP),
  "another failure": failed(other("RuntimeError"), TCP),
  "a shutdown": failed(fault(FAULT_CODES.SHUTDOWN_STATE), UNIX),
  "a missing interface": failed(fault(FAULT_CODES.UNKNOWN_METHOD), UNIX),
  "another fault": failed(fault(FAULT_CODES.FAILED), UNIX),
  "a configuration that others may not read": config({}, { ...DENIED, path: "/etc/tsv/tsv.conf" }),
  "a configuration that cannot be read": config({}),
  "a configuration without a section for ctl": config({ rule: "no-supervisorctl" }),
  "a configuration with a mistake": config({ rule: "combination", text: "no number", line: 3 }),
  "no configuration": orNoConfiguration(down, UNNAMED, () => false),
  "no configuration, one in this directory": orNoConfiguration(down, UNNAMED, () => true),
};

/** Error lines of supervisorctl's actions, which tsv has in its own words. */
const LINES = [
  ...["ERROR: already shutting down", "ERROR: supervisor shutting down", "ERROR: shutting down"],
  ...["ERROR: no such process/group: x", "ERROR: no such group: x", "No such process x"],
  ...["ERROR: process group already active", "ERROR: process/group still running: x"],
  ...["ERROR: no process name supplied", "ERROR: too many process names supplied"],
  ...["ERROR: bad process name supplied", "ERROR: process not running"],
  ...["Error: bad channel 'x'", "Error: bad argument -x", "Error: tail requires process name"],
  ...[
    "Error: too few arguments",
    "Error: too many arguments",
    "Error: reload accepts no arguments",
  ],
  ...["Error: start requires a process name", "Error: add requires a group's name"],
  ...["Error: signal requires a signal name and a process name"],
  ...["x: ERROR (no such process name)", "x: ERROR (no log file)", "x: ERROR (why)"],
  ...["supervisord: ERROR (no log file)", "ERROR: CANT_REREAD: no good", "ERROR: anything else"],
];

function shown({ kind, ...complaint }: Complaint, columns = 80): string {
  return [`[${kind}]`, ...complaintLines(complaint, columns)].join("\n");
}

test("the messages are those of the golden file, without a word of Python", () => {
  const texts = Object.entries(COMPLAINTS).map(([what, each]) => `# ${what}\n${shown(each)}\n`);
  const own = LINES.map((line) => `# ${line}\n${shown(ownError(line))}\n`);
  const all = [...texts, ...own].join("\n");
  if (process.env["WRITE_GOLDEN"] === "1") writeFileSync(GOLDEN, all);
  assert.equal(all, readFileSync(GOLDEN, "utf8"));
  for (const { message } of [...Object.values(COMPLAINTS), ...LINES.map(ownError)]) {
    assert.doesNotMatch(message, /<class|Errno|[Ss]upervisord|ERROR|\.$/);
  }
});

test("lines fit a narrow terminal, but for commands and paths", () => {
  for (const complaint of Object.values(COMPLAINTS)) {
    for (const line of shown(complaint, 40).split("\n")) {
      assert.ok(line.length <= 40 || /^ {4}\S|:$/.test(line), line);
    }
  }
});

test("nothing is added where Supervisor's line is complete", () => {
  for (const [failure, access, has] of [
    [fault(FAULT_CODES.BAD_NAME), UNIX, false],
    [other("ValueError"), UNIX, false],
    [other("RuntimeError"), UNIX, false],
    [fault(FAULT_CODES.SHUTDOWN_STATE), UNIX, true],
    [other("ValueError"), FTP, true],
  ] as const) {
    assert.equal(hasFix(failure, { access }), has);
  }
});

test("that nothing is listening stays the reason if a daemon is named, and so does any other failure", () => {
  const denied = { ...down, kind: "permission-denied" } as const;
  for (const [complaint, named] of [
    [down, { ...UNNAMED, usedConfig: "/a" }],
    [down, { ...UNNAMED, serverUrl: "http://h" }],
    [denied, UNNAMED],
  ] as const) {
    assert.equal(
      orNoConfiguration(complaint, named, () => false),
      complaint,
    );
  }
});

describe("a command to repeat", () => {
  it("has no password", () => {
    const words = ["tsv", "stop", "-u", "me", "-p", "secret", "-psecret", "--password=secret"];
    assert.equal(whereOf(NAMED, words, null).again, "tsv stop -u me -p - -p- --password=-");
  });

  it("has no secret of a program, where a shell would take it for a value", () => {
    const again = (...words: readonly string[]): string =>
      whereOf(NAMED, ["tsv", "service", "add", ...words], null).again.replace(
        "tsv service add ",
        "",
      );
    for (const [words, shown] of [
      [["--env", "DB_PASSWORD=hunter2", "a"], "--env DB_PASSWORD=<redacted> a"],
      [["--env=DB_PASSWORD=hunter2", "a"], "--env=DB_PASSWORD=<redacted> a"],
      [["--env", "URL=redis://u:hunter2@h", "a"], "--env URL=<redacted> a"],
      [["--env", "PORT=8000", "--env", "TOKEN=", "a"], "--env PORT=8000 --env TOKEN= a"],
      [["--env", "hunter2", "a"], "--env hunter2 a"],
      [["--set", "environment=DB_PASSWORD=hunter2", "a"], "--set environment=<redacted> a"],
      [["--set=startsecs=3", "--set", "user=x y", "a"], "--set=startsecs=3 --set 'user=x y' a"],
      [["--set", "health_check=http://u:hunter2@h/"], "--set health_check=<redacted>"],
      [["a", "--", "web", "--token", "hunter2 b"], "a -- web --token <redacted>"],
      [["a", "--", "mkdir", "-p", "/srv/a b"], "a -- mkdir -p '/srv/a b'"],
    ] as const) {
      assert.equal(again(...words), shown);
    }
  });

  it("names a configuration that root would not find", () => {
    const here = { ...FOUND, usedConfig: "tsv.conf" };
    assert.equal(whereOf(here, ["tsv", "status"], null).again, "tsv status -c tsv.conf");
    assert.equal(whereOf(here, ["tsv", "ctl"], null).again, "tsv ctl");
    const add = ["tsv", "service", "add", "a", "--", "sleep", "1"];
    assert.equal(whereOf(here, add, null).again, "tsv service add a -c tsv.conf -- sleep 1");
  });

  it("names the daemon, and starts the service if there is one", () => {
    const service = { config: "/etc/tsv/tsv.conf", start: "systemctl start tsv" };
    assert.equal(whereOf(FOUND, [], service).start, "systemctl start tsv");
    const { start, daemon } = whereOf({ ...NAMED, serverUrl: "http://h" }, [], null);
    assert.deepEqual([start, daemon], [null, " -c '/my x.conf' -s http://h"]);
  });
});
