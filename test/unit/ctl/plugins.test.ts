// Actions of a user's module, unavailable plugins, and sections of Python plugins that tsv replaces.

import assert from "node:assert/strict";
import { test } from "node:test";
import { err, ok } from "../../../src/core/base/result.ts";
import { type CommandContext, type CtlPlugin, findAction } from "../../../src/ctl/context.ts";
import { UnhandledFailure } from "../../../src/ctl/failure.ts";
import { type CtlModuleFactory, loadPlugins } from "../../../src/ctl/plugins.ts";
import {
  createFakeClient,
  createFakeContext,
  type FakeTerminal,
  faultAnswer,
} from "../../fakes/ctl-client.ts";
import { section } from "../services/rpc/interfaces/rig.ts";

interface World {
  readonly plugins: readonly CtlPlugin[];
  readonly context: CommandContext;
  readonly terminal: FakeTerminal;
  readonly warnings: readonly string[];
}

async function load(exported: unknown, factory = "./x.mjs"): Promise<World> {
  const client = createFakeClient({
    getPID: ok(42),
    startProcess: faultAnswer("BAD_NAME", "nope"),
  });
  const { context, terminal } = createFakeContext(client);
  const warnings: string[] = [];
  const loader = {
    load: () => Promise.resolve(typeof exported === "string" ? err(exported) : ok(exported)),
  };
  const plugins = await loadPlugins(
    [section("mine", factory, { word: "hello" })],
    loader,
    (text) => void warnings.push(text),
  );
  return { plugins, context, terminal, warnings };
}

const example: CtlModuleFactory = (ctl, options) => ({
  greet: {
    help: "greet <name>  Says hello\ngreet         to everybody",
    run: (argument) => ctl.print(`${options["word"]} ${argument}`),
  },
  async daemon() {
    ctl.print(`${await ctl.call("supervisor.getPID")} at ${ctl.serverUrl}`);
  },
  async begin(argument) {
    ctl.print(`ended with ${await ctl.run(`start ${argument}`)}`);
  },
  async careful() {
    try {
      await ctl.call("supervisor.startProcess", "nope");
    } catch (error) {
      const { faultCode, faultString } = error as { faultCode: number; faultString: string };
      ctl.fail(`${faultCode} ${faultString}`, 5);
    }
  },
  careless: () => ctl.call("supervisor.startProcess", "nope"),
  _hidden: () => 1,
});

test("its actions get their argument, call the daemon, run other actions and set the exit status", async () => {
  const { plugins, context, terminal } = await load(example);
  assert.deepEqual(
    plugins.map(({ name, commands }) => [name, commands.map((command) => command.name)]),
    [["mine", ["greet", "daemon", "begin", "careful", "careless"]]],
  );
  await findAction(plugins, "greet")?.run(context, [], "you");
  await findAction(plugins, "daemon")?.run(context, [], "");
  await findAction(plugins, "begin")?.run(context, [], "nope");
  assert.equal(
    terminal.written(),
    "hello you\n42 at unix:///s\nnope: ERROR (no such process)\nended with 1\n",
  );
  assert.equal(context.exitStatus, 1);
  await findAction(plugins, "careful")?.run(context, [], "");
  assert.match(terminal.written(), /10 BAD_NAME: nope\n$/);
  assert.equal(context.exitStatus, 5);
});

test("a fault that it does not catch is shown like that of any other action", async () => {
  const { plugins, context } = await load(example);
  await assert.rejects(
    async () => findAction(plugins, "careless")?.run(context, [], ""),
    (error) => error instanceof UnhandledFailure && error.failure.kind === "fault",
  );
});

test("help shows the plugin's actions in a separate block, and their lines", async () => {
  const { plugins } = await load(example);
  assert.deepEqual(findAction(plugins, "greet")?.usage, [
    ["greet <name>  Says hello", ""],
    ["greet         to everybody", ""],
  ]);
});

test("ctl is of no use before an action runs", async () => {
  const { warnings } = await load(((ctl) => ({
    a: () => 1,
    b: () => ctl.print(ctl.serverUrl),
  })) satisfies CtlModuleFactory);
  assert.deepEqual(warnings, []);
  const early = await load(((ctl) => {
    ctl.print("too early");
    return {};
  }) satisfies CtlModuleFactory);
  assert.match(early.warnings[0] ?? "", /its factory failed: .*only while an action runs/);
});

test("an unavailable plugin is a warning with file, line and key, and no action", async () => {
  const rows: readonly (readonly [unknown, string, RegExp])[] = [
    [null, "some.python:make", /supervisor\.ctl_factory=some\.python:make: it is a Python factory/],
    ["/etc/x.mjs does not exist", "./x.mjs", /: \/etc\/x\.mjs does not exist$/],
    [{}, "./x.mjs", /its export is not a function/],
    [async () => ({}), "./x.mjs", /not a promise/],
    [() => ({ "a-b": () => 1 }), "./x.mjs", /its action a-b cannot be used: a name has/],
    [() => ({ a: { run: 1, help: "" } }), "./x.mjs", /its run is not a function/],
    [() => ({ a: { run: () => 1 } }), "./x.mjs", /neither a function nor an object/],
  ];
  for (const [exported, factory, reason] of rows) {
    const { plugins, warnings } = await load(exported, factory);
    assert.deepEqual(plugins, []);
    assert.match(warnings[0] ?? "", /^\[ctlplugin:mine\] \(\/etc\/d\.conf, line 7\): /);
    assert.match(warnings[0] ?? "", reason);
  }
});

for (const [factory, actions, replacement] of [
  [
    "supervisorwildcards.controllerplugin:make_wildcards_controllerplugin",
    ["mstart", "mstop", "mrestart", "mstatus"],
    /tsv start, stop, restart and status/,
  ],
  [
    "supervisorserialrestart.controllerplugin:make_serialrestart_controllerplugin",
    ["serialrestart"],
    /tsv restart --rolling NAME/,
  ],
  [
    "supervisor_quick:make_quick_controllerplugin",
    ["quickstart", "quickstop", "quickrestart"],
    /tsv start, stop and restart/,
  ],
  [
    "supervisor_cache.controllerplugin:make_cache_controllerplugin",
    ["cache_clear", "cache_count", "cache_delete", "cache_fetch", "cache_keys", "cache_store"],
    /keep the values in a file/,
  ],
] as const) {
  test(`python-plugins: actions of ${factory} name their replacement`, async () => {
    const { plugins, context, terminal, warnings } = await load("no modules here", factory);
    assert.deepEqual(warnings, []);
    const names = plugins.flatMap(({ commands }) => commands.map(({ name }) => name));
    assert.deepEqual(names, actions);
    await findAction(plugins, actions[0])?.run(context, ["all"], "all");
    assert.match(terminal.written(), replacement);
    assert.equal(context.exitStatus, 1);
  });
}
