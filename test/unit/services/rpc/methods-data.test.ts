// The methods of supervisor.* about configuration, logs and input.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { err } from "../../../../src/core/base/result.ts";
import { fault } from "../../../../src/core/xmlrpc/faults.ts";
import { fakeConfig, fakeGroupConfig, fakeProcessConfig } from "../../../fakes/config-model.ts";
import { createRig } from "./rig.ts";

const DONE = { status: 80, description: "OK" };

describe("getAllConfigInfo", () => {
  it("answers the configuration as last read, sorted by process name", async () => {
    const { call, supervisor, logs } = createRig();
    logs.set("web:web stdout", "");
    supervisor.setConfig(
      fakeConfig([
        fakeGroupConfig("web", [fakeProcessConfig("web", { autorestart: "always", uid: 33 })]),
        fakeGroupConfig("new", [
          fakeProcessConfig("new", {
            autorestart: "never",
            stderr: { ...fakeProcessConfig("x").stderr, logfile: { kind: "none" } },
          }),
        ]),
      ]),
    );
    const rows = (await call("getAllConfigInfo")) as Record<string, unknown>[];
    assert.deepEqual(
      rows.map((row) => row["name"]),
      ["new", "web"],
    );
    const [fresh, web] = rows;
    assert.equal(fresh?.["inuse"], false);
    assert.equal(fresh?.["autorestart"], false);
    assert.equal(fresh?.["stdout_logfile"], "auto");
    assert.equal(fresh?.["stderr_logfile"], "none");
    assert.equal(fresh?.["directory"], "none");
    assert.equal(fresh?.["uid"], "none");
    assert.equal(web?.["inuse"], true);
    assert.equal(web?.["autorestart"], true);
    assert.equal(web?.["uid"], 33);
    assert.equal(web?.["stdout_logfile"], "/logs/web:web-stdout");
    assert.deepEqual(web?.["exitcodes"], [0]);
    assert.equal(Object.keys(web ?? {}).length, 30);
  });
});

describe("methods that read and clear logs", () => {
  it("read by Supervisor's offsets", async () => {
    const { call, logs } = createRig();
    logs.set("main", "0123456789");
    logs.set("pool:a stderr", "abcdef");
    assert.equal(await call("readLog", 2, 3), "234");
    assert.equal(await call("readMainLog", -4, 0), "6789");
    assert.equal(await call("readLog", -4, 1), "3 BAD_ARGUMENTS");
    assert.equal(await call("readProcessStderrLog", "pool:a", 0, 0), "abcdef");
    assert.equal(await call("readProcessLog", "web", 0, 0), "20 NO_FILE: web:web stdout");
    assert.equal(await call("readProcessStdoutLog", "pool:*", 0, 0), "10 BAD_NAME: pool:*");
    assert.deepEqual(await call("tailProcessStderrLog", "pool:a", 0, 3), ["def", 6, true]);
    assert.deepEqual(await call("tailProcessLog", "web", 0, 3), ["", 0, false]);
    assert.equal(await call("tailProcessStdoutLog", "nope", 0, 3), "10 BAD_NAME: nope");
  });

  it("take offsets as PHP and shell clients send them", async () => {
    const { call, logs } = createRig();
    logs.set("main", "0123456789");
    assert.equal(await call("readLog", "2", { kind: "double", value: 3 }), "234");
  });

  it("use replacement characters for invalid or truncated UTF-8, where Supervisor answers 500 (log-not-utf8)", async () => {
    const { call, logs } = createRig();
    logs.set("main", Uint8Array.of(0x61, 0xff, 0xc3, 0xa9, 0xc3));
    assert.equal(await call("readLog", 0, 0), "a\ufffdé\ufffd");
    assert.equal(await call("readLog", 3, 0), "\ufffd\ufffd");
  });

  it("clear both channels of one process or of all", async () => {
    const { call, logs } = createRig();
    logs.set("main", "x");
    logs.set("web:web stdout", "x");
    logs.set("web:web stderr", "x");
    assert.equal(await call("clearProcessLog", "web"), true);
    assert.equal(logs.content("web:web stdout"), "");
    assert.equal(logs.content("web:web stderr"), "");
    assert.equal(await call("clearLog"), true);
    assert.equal(await call("clearProcessLogs", "pool:*"), "10 BAD_NAME: pool:*");
    logs.clearFaults.set("pool:a stderr", fault("FAILED", "disk"));
    assert.deepEqual(await call("clearAllProcessLogs"), [
      { name: "b", group: "pool", ...DONE },
      { name: "a", group: "pool", status: 30, description: "FAILED: pool:a: disk" },
      { name: "web", group: "web", ...DONE },
    ]);
  });

  it("fault when there is no main log to clear", async () => {
    assert.equal(await createRig().call("clearLog"), "20 NO_FILE");
  });
});

describe("methods that send data", () => {
  it("send text as UTF-8 and base64 as its bytes (base64-stdin)", async () => {
    const { call, supervisor } = createRig();
    assert.equal(await call("sendProcessStdin", "web", "é\n"), true);
    assert.equal(await call("sendProcessStdin", "web", Uint8Array.of(0, 255)), true);
    assert.deepEqual(supervisor.calls, ["stdin web:web 195,169,10", "stdin web:web 0,255"]);
  });

  it("say why text could not be sent", async () => {
    const { call, supervisor } = createRig();
    assert.equal(await call("sendProcessStdin", "web", 5), "2 INCORRECT_PARAMETERS: 5");
    assert.equal(await call("sendProcessStdin", "pool:*", "x"), "10 BAD_NAME: pool:*");
    supervisor.answers.set("stdin web:web", err(fault("NOT_RUNNING", "web:web")));
    assert.equal(await call("sendProcessStdin", "web", "x"), "70 NOT_RUNNING: web");
    supervisor.answers.set("stdin web:web", err(fault("NO_FILE", "pipe")));
    assert.equal(await call("sendProcessStdin", "web", "x"), "20 NO_FILE: web");
  });

  it("emit events of any type", async () => {
    const { call, supervisor } = createRig();
    assert.equal(await call("sendRemoteCommEvent", "type", "data"), true);
    assert.equal(await call("sendRemoteCommEvent", 5, true), true);
    assert.deepEqual(supervisor.calls, ["event type data", "event 5 True"]);
  });
});
