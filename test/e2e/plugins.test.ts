// RPC interfaces and ctl plugins under the built executable: those of docs/plugins.md, the built-in ones, and what must
// never take the daemon down.

import assert from "node:assert/strict";
import { chmodSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { TSV_BY_NAME } from "./rig/implementation.ts";
import { ROOT, withoutTsv } from "./rig/places.ts";
import { e2e, type Rig } from "./rig/rig.ts";

const DOCUMENT = readFileSync(join(ROOT, "docs/plugins.md"), "utf8");

/** An example of the manual, by the name in the comment before it. */
function example(name: string): string {
  const [, code] =
    new RegExp(`<!-- ${name} -->\n\`\`\`js\n([^\`]*(?:\`[^\`][^\`]*)*?)\`\`\``).exec(DOCUMENT) ??
    [];
  assert.ok(code, `docs/plugins.md has an example ${name}`);
  return code;
}

const PROGRAMS = `
[program:database]
command=sleep 1000
startsecs=0

[program:web]
command=sleep 1000
startsecs=0

[group:dynamic]
programs=
`;

function interfaceOf(name: string, factory: string, more = ""): string {
  return `[rpcinterface:${name}]\nsupervisor.rpcinterface_factory=${factory}\n${more}\n`;
}

function pluginOf(name: string, factory: string, more = ""): string {
  return `[ctlplugin:${name}]\nsupervisor.ctl_factory=${factory}\n${more}\n`;
}

async function ctl(rig: Rig, ...words: readonly string[]): Promise<string> {
  const { stdout, stderr, status } = await rig.ctl(TSV_BY_NAME, ...words);
  return `${stdout}${stderr}exit ${status}`;
}

e2e(
  "the methods of the manual's example work, and describe themselves",
  withoutTsv(),
  async (rig) => {
    rig.write("counter.mjs", example("counter.mjs"));
    const daemon = await rig.startWith(
      interfaceOf("counter", "./counter.mjs", "start = 41") + PROGRAMS,
    );
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
    assert.match(String(await value("system.methodHelp", "counter.next")), /^Counts, and tells/);
    const methods = await value("system.listMethods");
    assert.ok(Array.isArray(methods) && methods.includes("counter.running"));
    await daemon.logged(/RPC interface 'counter' initialized/);
    // A reload calls the factory again.
    await daemon.ask("restart");
    await daemon.logged(/supervisord started with pid/, 2);
    assert.equal(await value("counter.next"), 42);
  },
);

e2e("whatever a module does, the daemon runs on and the log tells", withoutTsv(), async (rig) => {
  rig.write(
    "bad.cjs",
    `module.exports = () => ({
      throws() { throw new Error("on purpose"); },
      later() { setTimeout(() => { throw new Error("in a timer"); }, 1); },
      rejects() { Promise.reject(new Error("unhandled")); },
      nothing: () => null,
    });`,
  );
  rig.write("syntax.mjs", "export default (");
  rig.write("factory.mjs", "export default () => { throw new Error('no luck'); };");
  rig.write("open.mjs", "export default () => ({});");
  chmodSync(rig.path("open.mjs"), 0o666);
  const daemon = await rig.startWith(
    interfaceOf("bad", "./bad.cjs") +
      interfaceOf("syntax", "./syntax.mjs") +
      interfaceOf("factory", "./factory.mjs") +
      interfaceOf("open", "./open.mjs") +
      interfaceOf("missing", "/no/such/module.js") +
      interfaceOf("python", "some.package:make") +
      PROGRAMS,
  );
  const fault = async (method: string) => {
    const answer = await daemon.call(method);
    return answer.kind === "fault" ? answer.text : JSON.stringify(answer);
  };
  assert.equal(await fault("bad.throws"), "FAILED: on purpose");
  assert.match(await fault("bad.nothing"), /^FAILED: the method answered with null/);
  assert.match(await fault("bad.later"), /result/);
  assert.match(await fault("bad.rejects"), /result/);
  await daemon.logged(
    /CRIT an error that nobody caught, perhaps in a loaded module: Error: in a timer/,
  );
  await daemon.logged(/CRIT an error that nobody caught, .*: Error: unhandled/);
  await daemon.logged(/ERRO bad\.throws failed: Error: on purpose/);
  for (const [name, reason] of [
    ["syntax", /syntax\.mjs cannot be parsed/],
    ["factory", /its factory failed: Error: no luck/],
    ["open", /open\.mjs is owned by .*mode 0666, so that others .*chmod go-w/],
    ["missing", /\/no does not exist/],
    ["python", /it is a Python factory, which tsv cannot load/],
  ] as const) {
    const [line] = await daemon.logged(
      new RegExp(`WARN \\[rpcinterface:${name}\\] \\(.*d\\.conf, line \\d+\\): .*`),
    );
    assert.match(line, reason);
    assert.equal(await fault(`${name}.anything`), "UNKNOWN_METHOD");
  }
  assert.equal((await daemon.info("web"))["statename"], "RUNNING");
});

e2e(
  "the twiddler adds programs that run, log and are removed like any other",
  withoutTsv(),
  async (rig) => {
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
    assert.match(
      String(await call("addProgramToGroup", "no", "x", options)),
      /BAD_NAME: group: no/,
    );
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
  },
);

e2e("the actions of the manual's example work in ctl, with help", withoutTsv(), async (rig) => {
  rig.write("deploy.mjs", example("deploy.mjs"));
  const daemon = await rig.startWith(
    pluginOf("deploy", "./deploy.mjs", "order = database web") + PROGRAMS,
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
  assert.match(await ctl(rig, "help", "rollout"), /^rollout {9}Restart what was deployed/);
  const { stdout } = await rig.run(TSV_BY_NAME, "supervisorctl", ["-c", rig.path("d.conf")], {
    input: "rollout web\nquit\n",
  });
  assert.match(stdout, /web: started\nidentified as supervisor/);
});

e2e("well-known ctl plugins act on many processes", withoutTsv(), async (rig) => {
  const daemon = await rig.startWith(
    pluginOf("w", "supervisorwildcards.controllerplugin:make_wildcards_controllerplugin") +
      pluginOf(
        "s",
        "supervisorserialrestart.controllerplugin:make_serialrestart_controllerplugin",
      ) +
      pluginOf("q", "supervisor_quick:make_quick_controllerplugin") +
      pluginOf("c", "supervisor_cache.controllerplugin:make_cache_controllerplugin") +
      interfaceOf("cache", "supervisor_cache.rpcinterface:make_cache_rpcinterface") +
      PROGRAMS,
  );
  await daemon.logged(/success: /, 2);
  const sorted = async (...words: string[]): Promise<string> =>
    (await ctl(rig, ...words)).split("\n").sort().join(" | ");
  assert.equal(await sorted("mstop", "*"), "database: stopped | exit 0 | web: stopped");
  assert.match(await ctl(rig, "mstatus w*"), /^web +STOPPED .*\nexit 3$/);
  assert.equal(await ctl(rig, "quickstart", "web:"), "web:web: RUNNING\nexit 0");
  assert.equal(await ctl(rig, "quickstart", "web:web"), "web:web ERROR(ALREADY_STARTED)\nexit 0");
  assert.equal(
    await ctl(rig, "serialrestart", "all"),
    "database: ERROR (not running)\ndatabase: started\nweb: stopped\nweb: started\nexit 0",
  );
  assert.equal(await ctl(rig, "cache_store a 'b c'"), "exit 0");
  assert.equal(await ctl(rig, "cache_fetch", "a"), "'b c'\nexit 0");
  assert.equal(await ctl(rig, "cache_keys"), "['a']\nexit 0");
  assert.match(
    await ctl(rig, "cache_fetch nope"),
    /<Fault 10: 'BAD_NAME'>.*\n(?:Hint.*\n)?exit 1$/,
  );
});

e2e(
  "python-plugins: a ctl plugin that cannot be had is a warning where somebody would use it, and nowhere else",
  withoutTsv(),
  async (rig) => {
    const daemon = await rig.startWith(
      pluginOf("py", "some.python:make") + pluginOf("gone", "./gone.mjs") + PROGRAMS,
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
    assert.match(stderr, /^Warning: \[ctlplugin:gone\] .*gone\.mjs does not exist\.$/m);
  },
);
