// Python's xmlrpc.client, with which most of Supervisor's clients are written, against the real server.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { describe, it } from "node:test";
import { missingPython } from "./python.ts";
import { type ServerRig, startServer } from "./server-rig.ts";

const SCRIPT = `
import sys, json, xmlrpc.client as x
s = x.ServerProxy(sys.argv[1], use_builtin_types=True)
def attempt(name, args):
    try:
        f = s
        for part in name.split("."): f = getattr(f, part)
        return f(*args)
    except x.Fault as e:
        return "fault %d %s" % (e.faultCode, e.faultString)
    except x.ProtocolError as e:
        return "http %d" % e.errcode
print(json.dumps([attempt(name, args) for name, args in json.load(sys.stdin)]))
`;

const REST: readonly (readonly [string, readonly unknown[]])[] = [
  ["system.listMethods", []],
  ["system.methodHelp", ["supervisor.getState"]],
  ["supervisor.getAllProcessInfo", []],
  ["supervisor.getProcessInfo", ["web"]],
  ["supervisor.getAllConfigInfo", []],
  ["supervisor.clearAllProcessLogs", []],
  ["supervisor.startAllProcesses", [false]],
  ["supervisor.restart", []],
  ["supervisor.shutdown", []],
];

/** Runs calls in one Python process, beside the server in this one. */
function python(
  url: string,
  calls: readonly (readonly [string, readonly unknown[]])[],
): Promise<unknown[]> {
  return new Promise((resolve, reject) => {
    const child = spawn("/usr/bin/python3", ["-c", SCRIPT, url], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
    child.once("error", reject);
    child.once("close", (code) =>
      code === 0
        ? resolve(JSON.parse(output) as unknown[])
        : reject(new Error(`python exited with ${code}`)),
    );
    child.stdin.end(JSON.stringify(calls));
  });
}

function url(rig: ServerRig, user = ""): string {
  const port = "port" in rig.address ? rig.address.port : 0;
  return `http://${user}127.0.0.1:${port}/RPC2`;
}

describe("Python's xmlrpc.client", { skip: missingPython() }, () => {
  it("calls every method that is listed, and reads every answer", async () => {
    const rig = await startServer({ kind: "tcp" });
    rig.logs.set("main", "log \u001b[1m\u0000é\n");
    rig.logs.set("web:web stdout", Uint8Array.of(0xff, 0xfe, 0x41, 0xc3));
    const log = ["", 0, false];
    const calls: readonly (readonly [string, readonly unknown[], unknown])[] = [
      ["supervisor.getAPIVersion", [], "3.0"],
      ["supervisor.getVersion", [], "3.0"],
      ["supervisor.getSupervisorVersion", [], "1.2.3"],
      ["supervisor.getIdentification", [], "supervisor"],
      ["supervisor.getState", [], { statecode: 1, statename: "RUNNING" }],
      ["supervisor.getPID", [], 4242],
      ["supervisor.readLog", [0, 0], "log \ufffd[1m\ufffdé\n"],
      ["supervisor.readMainLog", [-3, 0], "é\n"],
      ["supervisor.startProcess", ["web"], true],
      ["supervisor.startProcess", ["web:web", true], "fault 60 ALREADY_STARTED: web:web"],
      ["supervisor.stopProcess", ["web", 1], true],
      [
        "supervisor.startProcessGroup",
        ["web"],
        [{ name: "web", group: "web", status: 80, description: "OK" }],
      ],
      ["supervisor.signalProcess", ["web", "HUP"], true],
      [
        "supervisor.signalProcessGroup",
        ["web", 15],
        [{ name: "web", group: "web", status: 80, description: "OK" }],
      ],
      [
        "supervisor.signalAllProcesses",
        ["USR1"],
        [{ name: "web", group: "web", status: 80, description: "OK" }],
      ],
      [
        "supervisor.stopProcessGroup",
        ["web"],
        [{ name: "web", group: "web", status: 80, description: "OK" }],
      ],
      ["supervisor.stopAllProcesses", [], []],
      ["supervisor.readProcessStdoutLog", ["web", 0, 0], "\ufffd\ufffdA\ufffd"],
      ["supervisor.readProcessLog", ["web", 2, 1], "A"],
      ["supervisor.readProcessStderrLog", ["web", 0, 0], "fault 20 NO_FILE: web:web stderr"],
      ["supervisor.tailProcessStdoutLog", ["web", 0, 100], ["\ufffd\ufffdA\ufffd", 4, false]],
      ["supervisor.tailProcessLog", ["pool:a", 0, 100], log],
      ["supervisor.tailProcessStderrLog", ["pool:b", 0, 100], log],
      ["supervisor.clearProcessLogs", ["web"], true],
      ["supervisor.clearProcessLog", ["nöpe \u0007"], "fault 10 BAD_NAME: nöpe \ufffd"],
      ["supervisor.sendProcessStdin", ["web", "é"], true],
      ["supervisor.sendRemoteCommEvent", ["t", "d"], true],
      ["supervisor.reloadConfig", [], [[[], [], []]]],
      ["supervisor.removeProcessGroup", ["pool"], true],
      ["supervisor.addProcessGroup", ["pool"], true],
      ["supervisor.clearLog", [], true],
      ["supervisor.getProcessInfo", ["x".repeat(5000)], `fault 10 BAD_NAME: ${"x".repeat(5000)}`],
      ["supervisor.nope", [], "fault 1 UNKNOWN_METHOD"],
      ["supervisor.getState", [1], "fault 2 INCORRECT_PARAMETERS"],
      ["system.methodSignature", ["supervisor.startProcess"], ["boolean", "string", "boolean"]],
      ["system.multicall", [[{ methodName: "supervisor.getPID", params: [] }]], [4242]],
    ];
    const answers = await python(
      url(rig),
      calls.map(([name, args]) => [name, args] as const),
    );
    for (const [i, [name, , expected]] of calls.entries()) {
      // A control character in a request is no XML; Python sends it all the same.
      if (name === "supervisor.clearProcessLog") assert.equal(answers[i], "http 400");
      else assert.deepEqual(answers[i], expected, name);
    }
    const rest = await python(url(rig), REST);
    const listed = (rest[0] as string[]).filter((name) => !name.startsWith("tsv."));
    const called = [...calls, ...REST].map(([name]) => name);
    assert.deepEqual(listed, [...new Set(called)].filter((name) => listed.includes(name)).sort());
    assert.equal(listed.length, 41);
    assert.equal((rest[2] as unknown[]).length, 3);
    assert.equal((rest[6] as unknown[]).length, 3);
    assert.deepEqual(rest.slice(7), [true, "fault 6 SHUTDOWN_STATE"]);
    await rig.stop();
  });

  it("succeeds with the right password and gets 401 with a wrong one", async () => {
    const rig = await startServer({
      kind: "tcp",
      credentials: { username: "user", password: "p:w%" },
    });
    const call = [["supervisor.getPID", []]] as const;
    assert.deepEqual(await python(url(rig, "user:p%3Aw%25@"), call), [4242]);
    assert.deepEqual(await python(url(rig, "user:nope@"), call), ["http 401"]);
    assert.deepEqual(await python(url(rig), call), ["http 401"]);
    await rig.stop();
  });
});
