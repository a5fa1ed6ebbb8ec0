// Methods of supervisor.*: their calls to supervisor and logs, and their results.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { err, ok } from "../../../../src/core/base/result.ts";
import { fault } from "../../../../src/core/xmlrpc/faults.ts";
import { fakeConfig, fakeGroupConfig, fakeProcessConfig } from "../../../fakes/config-model.ts";
import { createRig, settled } from "./rig.ts";

const DONE = { status: 80, description: "OK" };

describe("methods about the daemon", () => {
  it("stop and restart it, and return at once, or with the error of the configuration (restart-fault)", async () => {
    const first = createRig();
    assert.equal(await first.call("shutdown"), true);
    assert.equal(first.supervisor.daemonState, "SHUTDOWN");
    const second = createRig();
    assert.equal(await second.call("restart"), true);
    assert.equal(second.supervisor.daemonState, "RESTARTING");
    const third = createRig();
    third.supervisor.restartAnswer = err(fault("CANT_REREAD", "why"));
    assert.equal(await third.call("restart"), "92 CANT_REREAD: why");
  });

  it("answer a reread one level deeper than needed, as clients expect", async () => {
    const { call, supervisor } = createRig();
    supervisor.changes = ok({ added: ["a"], changed: [], removed: ["b", "c"] });
    assert.deepEqual(await call("reloadConfig"), [[["a"], [], ["b", "c"]]]);
    supervisor.changes = err(fault("CANT_REREAD", "no such section"));
    assert.equal(await call("reloadConfig"), "92 CANT_REREAD: no such section");
  });
});

describe("startProcess and stopProcess", () => {
  it("repeat the name in faults exactly as it was written", async () => {
    const { call, supervisor } = createRig();
    supervisor.fake("web:web").state = "RUNNING";
    assert.equal(await call("startProcess", "web"), "60 ALREADY_STARTED: web");
    assert.equal(await call("startProcess", "web:web"), "60 ALREADY_STARTED: web:web");
    assert.equal(await call("stopProcess", "pool:a"), "70 NOT_RUNNING: pool:a");
    for (const name of ["nope", "web:nope", "nope:*", ""]) {
      assert.equal(await call("startProcess", name), `10 BAD_NAME: ${name}`);
      assert.equal(await call("stopProcess", name), `10 BAD_NAME: ${name}`);
    }
  });

  it("keep the reason in faults that have one", async () => {
    const { call, supervisor } = createRig();
    supervisor.answers.set("start web:web", err(fault("NO_FILE", "can't find command 'x'")));
    assert.equal(await call("startProcess", "web"), "20 NO_FILE: can't find command 'x'");
  });

  for (const name of ["pool:*", "pool:"]) {
    it(`take ${name} for the whole group`, async () => {
      const { call, supervisor } = createRig();
      assert.deepEqual(await call("startProcess", name, false), [
        { name: "b", group: "pool", ...DONE },
        { name: "a", group: "pool", ...DONE },
      ]);
      assert.deepEqual(supervisor.calls, ["start pool:b", "start pool:a"]);
    });
  }
});

describe("methods that signal", () => {
  it("take names and numbers, as text or int", async () => {
    const { call, supervisor } = createRig();
    supervisor.fake("web:web").state = "RUNNING";
    for (const signal of ["HUP", "sighup", "1", 1])
      assert.equal(await call("signalProcess", "web", signal), true);
    assert.deepEqual(supervisor.calls, Array(4).fill("signal web:web 1"));
  });

  it("refuse an invalid signal before they look at the state", async () => {
    const { call } = createRig();
    assert.equal(await call("signalProcess", "web", "FOO"), "11 BAD_SIGNAL: FOO");
    assert.equal(await call("signalProcess", "web", 9999), "11 BAD_SIGNAL: 9999");
    assert.equal(await call("signalProcess", "web", "HUP"), "70 NOT_RUNNING: web");
    assert.equal(await call("signalProcess", "nope", "HUP"), "10 BAD_NAME: nope");
  });

  it("signal whole groups and all processes, each with its own result", async () => {
    const { call, supervisor } = createRig();
    supervisor.fake("pool:a").state = "STOPPING";
    supervisor.fake("web:web").state = "RUNNING";
    supervisor.fake("pool:b").state = "BACKOFF";
    supervisor.answers.set("signal pool:a", err(fault("FAILED", "unable")));
    assert.deepEqual(await call("signalAllProcesses", "TERM"), [
      { name: "a", group: "pool", status: 30, description: "FAILED: unable" },
      { name: "web", group: "web", ...DONE },
    ]);
    assert.deepEqual(await call("signalProcess", "pool:*", "NOPE"), [
      { name: "a", group: "pool", status: 11, description: "BAD_SIGNAL: NOPE" },
    ]);
    assert.equal(await call("signalProcessGroup", "nope", "HUP"), "10 BAD_NAME: nope");
  });
});

describe("getProcessInfo and getAllProcessInfo", () => {
  it("answer Supervisor's members in Supervisor's order", async () => {
    const { call, supervisor } = createRig();
    supervisor.fake("web:web").state = "RUNNING";
    supervisor.fake("web:web").pid = 99;
    const info = await call("getProcessInfo", "web");
    assert.deepEqual(Object.entries(info as object), [
      ["name", "web"],
      ["group", "web"],
      ["start", 0],
      ["stop", 0],
      ["now", 1763712000],
      ["state", 20],
      ["statename", "RUNNING"],
      ["spawnerr", ""],
      ["exitstatus", 0],
      ["logfile", "/var/log/web.log"],
      ["stdout_logfile", "/var/log/web.log"],
      ["stderr_logfile", ""],
      ["pid", 99],
      ["description", "Not started"],
    ]);
  });

  it("cap times at 32 bits", async () => {
    const { call, supervisor } = createRig();
    supervisor.fake("web:web").info = { now: 4_000_000_000, start: 2 ** 31 - 1 };
    const info = (await call("getProcessInfo", "web")) as Record<string, number>;
    assert.equal(info["now"], 2 ** 31 - 1);
    assert.equal(info["start"], 2 ** 31 - 1);
  });

  it("have no answer for a group or an unknown name", async () => {
    const { call } = createRig();
    for (const name of ["pool:*", "pool", "nope"]) {
      assert.equal(await call("getProcessInfo", name), `10 BAD_NAME: ${name}`);
    }
  });
});

describe("methods on many processes", () => {
  it("call by priority, and return immediate results before those that are waited for", async () => {
    const { call, supervisor, pass } = createRig();
    supervisor.hold("pool:b");
    supervisor.hold("pool:a");
    supervisor.answers.set("start web:web", err(fault("SPAWN_ERROR", "web")));
    const done = call("startAllProcesses");
    await settled();
    assert.deepEqual(supervisor.calls, [
      "start pool:b wait",
      "start pool:a wait",
      "start web:web wait",
    ]);
    pass(1000);
    supervisor.release("pool:a");
    await settled();
    pass(1000);
    supervisor.release("pool:b", err(fault("ABNORMAL_TERMINATION", "b")));
    assert.deepEqual(await done, [
      { name: "web", group: "web", status: 50, description: "SPAWN_ERROR: web" },
      { name: "a", group: "pool", ...DONE },
      { name: "b", group: "pool", status: 40, description: "ABNORMAL_TERMINATION: pool:b" },
    ]);
  });

  it("return results that complete together in the order of the programs", async () => {
    const { call, supervisor, pass } = createRig();
    for (const key of ["pool:b", "pool:a", "web:web"]) supervisor.hold(key);
    const done = call("startAllProcesses");
    await settled();
    pass(1000);
    for (const key of ["web:web", "pool:a", "pool:b"]) {
      supervisor.release(key);
      await settled();
      pass(50);
    }
    assert.deepEqual(
      ((await done) as { name: string }[]).map(({ name }) => name),
      ["b", "a", "web"],
    );
  });

  it("stop in the reverse of the order of starting (stop-order)", async () => {
    const { call, supervisor } = createRig();
    for (const key of ["web:web", "pool:a", "pool:b"]) supervisor.fake(key).state = "RUNNING";
    await call("stopAllProcesses");
    assert.deepEqual(supervisor.calls, [
      "stop web:web wait",
      "stop pool:a wait",
      "stop pool:b wait",
    ]);
  });

  it("with wait, also wait for programs that are already stopping (update-stopping)", async () => {
    const { call, supervisor } = createRig();
    const stopped = { name: "a", group: "pool", ...DONE };
    for (const [method, ...args] of [["stopProcessGroup", "pool"], ["stopAllProcesses"]] as const) {
      supervisor.fake("pool:a").state = "STOPPING";
      assert.deepEqual(await call(method, ...args, false), []);
      supervisor.hold("pool:a");
      const done = call(method, ...args);
      await settled();
      assert.ok(supervisor.isHeld("pool:a"));
      supervisor.release("pool:a");
      assert.deepEqual(await done, [stopped]);
    }
    assert.deepEqual(supervisor.calls, ["await pool:a wait", "await pool:a wait"]);
  });
});

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
