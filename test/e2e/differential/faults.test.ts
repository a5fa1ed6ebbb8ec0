// Every method with invalid arguments, and the methods that only read.

import { compareDaemons } from "./run.ts";

const BY_NAME = [
  "startProcess",
  "stopProcess",
  "getProcessInfo",
  "clearProcessLogs",
  "clearProcessLog",
  "startProcessGroup",
  "stopProcessGroup",
  "addProcessGroup",
  "removeProcessGroup",
];

const LOG_METHODS = [
  "readProcessStdoutLog",
  "readProcessStderrLog",
  "readProcessLog",
  "tailProcessStdoutLog",
  "tailProcessStderrLog",
  "tailProcessLog",
];

const SILENT = [
  "getAPIVersion",
  "getVersion",
  "getSupervisorVersion",
  "getIdentification",
  "getState",
  "getPID",
];

compareDaemons({
  name: "faults",
  deliberate: ["tsv-methods"],
  config: `
[program:up]
command=sleep 1000
startsecs=0

[program:nolog]
command=sleep 1000
startsecs=0
stdout_logfile=NONE
stderr_logfile=NONE

[program:off]
command=sleep 1000
autostart=false
`,
  async steps(session) {
    await session.daemon.logged(/success: /, 2);
    for (const method of SILENT) {
      await session.ask(method);
      await session.ask(method, 1);
    }
    for (const method of BY_NAME) {
      for (const params of [
        [],
        ["nope"],
        ["nope:*"],
        ["up:nope"],
        ["nope:up"],
        [""],
        [":"],
        ["up:up:up"],
      ]) {
        await session.ask(method, ...params);
      }
    }
    await session.ask("getProcessInfo", "up:*");
    await session.ask("clearProcessLogs", "up:*");
    await session.ask("clearProcessLogs", "nolog");
    await session.ask("startProcess", "up");
    await session.ask("startProcess", "up:up", false);
    await session.ask("stopProcess", "off");
    await session.ask("stopProcess", "off", false);
    for (const method of LOG_METHODS) {
      for (const name of ["nope", "up:*", "nolog", "off", "up"])
        await session.ask(method, name, 0, 10);
      await session.ask(method, "up", -1, 5);
      await session.ask(method, "up", 0, -1);
      await session.ask(method, "up");
    }
    for (const signal of [
      "CONT",
      "SIGCONT",
      "cont",
      "18",
      18,
      "0",
      0,
      "FOO",
      "99",
      99,
      "",
      "KILLED",
    ]) {
      await session.ask("signalProcess", "up", signal);
    }
    await session.ask("signalProcess", "off", "CONT");
    await session.ask("signalProcess", "nope", "CONT");
    await session.ask("signalProcessGroup", "nope", "CONT");
    await session.ask("sendProcessStdin", "nope", "x");
    await session.ask("sendProcessStdin", "off", "x");
    await session.ask("sendProcessStdin", "up", "x");
    await session.ask("sendProcessStdin", "up", 5);
    await session.ask("sendRemoteCommEvent", "type", "data");
    await session.ask("readLog", -1, 5);
    await session.ask("readLog", 0, -1);
    await session.ask("readMainLog", -1, 5);
    for (const method of ["nosuch", "_private", "supervisord", "getState.x"])
      await session.ask(method);
    for (const method of [
      "getState",
      "supervisor",
      "",
      "other.getState",
      "a.b.c",
      "system.nosuch",
    ]) {
      await session.rpc(method);
    }
    await session.rpc("system.methodHelp", "nope");
    await session.rpc("system.methodSignature", "nope");
    await session.rpc("system.listMethods");
    await session.rpc("system.listMethods", 1);
  },
});

compareDaemons({
  name: "system",
  deliberate: ["multicall-not-array", "tsv-methods"],
  config: "[program:up]\ncommand=sleep 1000\nstartsecs=0\n",
  async steps(session) {
    await session.daemon.logged(/success: /);
    const methods = await session.daemon.call("system.listMethods");
    if (methods.kind !== "result" || !Array.isArray(methods.value)) throw new Error("no methods");
    for (const method of methods.value) await session.rpc("system.methodSignature", String(method));
    const named = (methodName: string, ...params: readonly (string | number)[]) => ({
      methodName,
      params,
    });
    await session.rpc("system.multicall", []);
    await session.rpc("system.multicall", "text");
    await session.rpc("system.multicall", [
      named("supervisor.getState"),
      named("supervisor.getProcessInfo", "nope"),
      { methodName: "supervisor.getAPIVersion" },
      named("supervisor.nosuch"),
      named("system.multicall"),
      { params: [] },
      named("supervisor.stopProcess", "up"),
      named("supervisor.stopProcess", "up"),
      named("supervisor.startProcess", "up"),
      named("supervisor.getAPIVersion", 1),
    ]);
  },
});
