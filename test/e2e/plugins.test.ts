// RPC interfaces and ctl plugins under the built executable: those of docs/plugins.md, and what must never
// take the daemon down.

import assert from "node:assert/strict";
import { chmodSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { TSV_BY_NAME } from "./rig/implementation.ts";
import { ROOT } from "./rig/places.ts";
import { ctl, interfaceOf, PROGRAMS, placeModules, pluginOf } from "./rig/plugins.ts";
import { e2e } from "./rig/rig.ts";

const DOCUMENT = readFileSync(join(ROOT, "docs/plugins.md"), "utf8");

/** An example of the manual, by the name in the comment before it. */
function example(name: string): string {
  const [, code] =
    new RegExp(`<!-- ${name} -->\n+\`\`\`js\n([^\`]*(?:\`[^\`][^\`]*)*?)\`\`\``).exec(DOCUMENT) ??
    [];
  assert.ok(code, `docs/plugins.md has an example ${name}`);
  return code;
}

e2e("the methods of the manual's example work, and describe themselves", async (rig, t) => {
  const at = placeModules(rig, t, { "counter.mjs": example("counter.mjs") });
  const daemon = await rig.startWith(
    interfaceOf("counter", `${at}/counter.mjs`, "start = 41") + PROGRAMS,
  );
  await daemon.logged(/success: /, 2);
  const value = async (method: string, ...params: Parameters<typeof daemon.call>[1][]) => {
    const answer = await daemon.call(method, ...params);
    return answer.kind === "result" ? answer.value : answer;
  };
  assert.equal(await value("counter.next"), 42);
  assert.equal(await value("counter.next", 8), 50);
  assert.equal(await value("counter.running"), 2);
  assert.deepEqual(await value("counter.next", 0), {
    kind: "fault",
    code: 3,
    text: "BAD_ARGUMENTS: step must be positive",
  });
  assert.deepEqual(await value("counter.next", "far"), {
    kind: "fault",
    code: 2,
    text: "INCORRECT_PARAMETERS: step must be of type int",
  });
  assert.deepEqual(await value("system.methodSignature", "counter.next"), ["int", "int"]);
  assert.match(String(await value("system.methodHelp", "counter.next")), /^Increments the counter/);
  const methods = await value("system.listMethods");
  assert.ok(Array.isArray(methods) && methods.includes("counter.running"));
  await daemon.logged(/RPC interface 'counter' initialized/);
  // A reload calls the factory again.
  await daemon.ask("restart");
  await daemon.logged(/supervisord started with pid/, 2);
  assert.equal(await value("counter.next"), 42);
});

e2e("whatever a module does, the daemon continues and logs it", async (rig, t) => {
  const at = placeModules(rig, t, {
    "bad.cjs": `module.exports = () => ({
      throws() { throw new Error("on purpose"); },
      later() { setTimeout(() => { throw new Error("in a timer"); }, 1); },
      rejects() { Promise.reject(new Error("unhandled")); },
      nothing: () => null,
    });`,
    "syntax.mjs": "export default (",
    "factory.mjs": "export default () => { throw new Error('no luck'); };",
    "open.mjs": "export default () => ({});",
  });
  chmodSync(rig.path(`${at}/open.mjs`), 0o666);
  rig.write("tmp.mjs", "export default () => ({});");
  const daemon = await rig.startWith(
    interfaceOf("bad", `${at}/bad.cjs`) +
      interfaceOf("syntax", `${at}/syntax.mjs`) +
      interfaceOf("factory", `${at}/factory.mjs`) +
      interfaceOf("open", `${at}/open.mjs`) +
      interfaceOf("tmp", "./tmp.mjs") +
      interfaceOf("missing", "/no/such/module.js") +
      interfaceOf("python", "some.package:make") +
      PROGRAMS,
  );
  const fault = async (method: string) => {
    const answer = await daemon.call(method);
    return answer.kind === "fault" ? answer.text : JSON.stringify(answer);
  };
  assert.equal(await fault("bad.throws"), "FAILED: on purpose");
  assert.match(await fault("bad.nothing"), /^FAILED: the method returned null/);
  assert.match(await fault("bad.later"), /result/);
  assert.match(await fault("bad.rejects"), /result/);
  await daemon.logged(/CRIT uncaught error: Error: in a timer/);
  await daemon.logged(/CRIT uncaught error.*: Error: unhandled/);
  await daemon.logged(/ERRO bad\.throws failed: Error: on purpose/);
  for (const [name, reason] of [
    ["syntax", /syntax\.mjs cannot be parsed/],
    ["factory", /its factory failed: Error: no luck/],
    ["open", /open\.mjs is owned by .*mode 0666, so users other .*chmod go-w/],
    ["tmp", /\/tmp is owned by .*mode 1777, .*move it to a directory that is not world-writable/],
    ["missing", /\/no does not exist/],
    ["python", /it is a Python factory, which tsv cannot load/],
  ] as const) {
    const [line] = await daemon.logged(
      new RegExp(`WARN \\[rpcinterface:${name}\\] \\(.*d\\.conf, line \\d+\\): .*`),
    );
    assert.match(line, reason);
    assert.equal(await fault(`${name}.anything`), "UNKNOWN_METHOD");
  }
  await daemon.logged(/success: web/);
  assert.equal((await daemon.info("web"))["statename"], "RUNNING");
});

e2e("the actions of the manual's example work in ctl, with help", async (rig, t) => {
  const at = placeModules(rig, t, { "deploy.mjs": example("deploy.mjs") });
  const daemon = await rig.startWith(
    pluginOf("deploy", `${at}/deploy.mjs`, "order = database web") + PROGRAMS,
  );
  await daemon.logged(/success: web/);
  assert.equal(
    await ctl(rig, "rollout", "web"),
    "web: stopped\nweb: started\nidentified as supervisor\nexit 0",
  );
  assert.match(await ctl(rig, "rollout"), /^database: stopped\n(?:.*\n)*web: started\nidentified/);
  assert.equal(
    await ctl(rig, "rollout nope"),
    "nope: ERROR (no such process)\nnope: ERROR (no such process)\nstopped at nope\nexit 1",
  );
  assert.match(await ctl(rig, "help"), /\ndeploy commands \(type help <topic>\):\n=+\nrollout\n/);
  assert.match(await ctl(rig, "help", "rollout"), /^rollout {9}Restart the deployed programs/);
  const { stdout } = await rig.run(TSV_BY_NAME, "supervisorctl", ["-c", rig.path("d.conf")], {
    input: "rollout web\nquit\n",
  });
  assert.match(stdout, /web: started\nidentified as supervisor/);
});

e2e(
  "python-plugins: an unavailable ctl plugin is a warning only when it would be used",
  async (rig) => {
    const daemon = await rig.startWith(
      pluginOf("py", "some.python:make") + pluginOf("gone", "/no/gone.mjs") + PROGRAMS,
    );
    await daemon.logged(/success: /, 2);
    assert.doesNotMatch(await ctl(rig, "status"), /Warning|ctlplugin/);
    const { stdout, stderr, status } = await rig.ctl(TSV_BY_NAME, "frobnicate");
    assert.equal(stdout, "*** Unknown syntax: frobnicate\n");
    assert.equal(status, 1);
    assert.match(
      stderr,
      /^Warning: \[ctlplugin:py\] \(.*d\.conf, line \d+\): .*some\.python:make: it is a Python factory/m,
    );
    assert.match(stderr, /^Warning: \[ctlplugin:gone\] .*\/no does not exist\.$/m);
  },
);

e2e("the twiddler adds programs that run, log and are removed like any other", async (rig) => {
  const daemon = await rig.startWith(
    interfaceOf("twiddler", "supervisor_twiddler.rpcinterface:make_twiddler_rpcinterface") +
      PROGRAMS,
  );
  const call = async (method: string, ...params: Parameters<typeof daemon.call>[1][]) => {
    const answer = await daemon.call(`twiddler.${method}`, ...params);
    return answer.kind === "result" ? answer.value : JSON.stringify(answer);
  };
  const options = {
    command: "sh -c 'echo out; exec sleep 1000'",
    process_name: "%(program_name)s_%(process_num)d",
    numprocs: "2",
    startsecs: "0",
  };
  assert.equal(await call("addProgramToGroup", "dynamic", "extra", options), true);
  await daemon.logged(/success: extra_/, 2);
  const info = await daemon.info("dynamic:extra_1");
  assert.equal(info["statename"], "RUNNING");
  assert.match(String(info["stdout_logfile"]), /extra_1-stdout---supervisor-/);
  assert.match(
    String(await call("addProgramToGroup", "dynamic", "extra", options)),
    /BAD_NAME: extra_0/,
  );
  assert.match(String(await call("addProgramToGroup", "no", "x", options)), /BAD_NAME: group: no/);
  assert.match(
    String(await call("addProgramToGroup", "dynamic", "x", {})),
    /INCORRECT_PARAMETERS: program section program:x does not specify a command/,
  );
  assert.match(
    String(await call("removeProcessFromGroup", "dynamic", "extra_0")),
    /STILL_RUNNING: extra_0/,
  );
  await daemon.ask("stopProcess", "dynamic:extra_0");
  assert.equal(await call("removeProcessFromGroup", "dynamic", "extra_0"), true);
  assert.doesNotMatch(await ctl(rig, "status"), /extra_0/);
  // What is not in the file goes when the file is followed again.
  assert.match(await ctl(rig, "reread"), /dynamic: changed/);
  assert.match(await ctl(rig, "update"), /dynamic: updated process group/);
  assert.doesNotMatch(await ctl(rig, "status"), /extra/);
});
