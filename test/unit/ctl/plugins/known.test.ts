// tsv's counterparts of the well-known ctl plugins, against a supervisor that answers from a table.

import assert from "node:assert/strict";
import { test } from "node:test";
import { err, ok } from "../../../../src/core/base/result.ts";
import type { XmlRpcValue } from "../../../../src/core/xmlrpc/value.ts";
import type { CallResult } from "../../../../src/ctl/client.ts";
import { createPlugins } from "../../../../src/ctl/plugins/load.ts";
import { findAction } from "../../../../src/ctl/plugins/plugin.ts";
import { createFakeClient, createFakeContext, faultAnswer } from "../../../fakes/ctl-client.ts";
import { section } from "../../services/rpc/interfaces/rig.ts";

const FACTORIES = {
  wildcards: "supervisorwildcards.controllerplugin:make_wildcards_controllerplugin",
  serialrestart: "supervisorserialrestart.controllerplugin:make_serialrestart_controllerplugin",
  quick: "supervisor_quick:make_quick_controllerplugin",
  cache: "supervisor_cache.controllerplugin:make_cache_controllerplugin",
} as const;

function row(group: string, name: string): XmlRpcValue {
  return {
    group,
    name,
    state: 20,
    statename: "RUNNING",
    description: "up",
    pid: 0,
    start: 0,
    stop: 0,
    now: 0,
    exitstatus: 0,
    spawnerr: "",
  };
}

const ROWS = [row("celery", "celery"), row("pool", "a"), row("pool", "b")];

interface Outcome {
  readonly out: string;
  readonly calls: readonly string[];
  readonly exitStatus: number;
}

/** Runs one line of one plugin. */
async function run(
  plugin: keyof typeof FACTORIES,
  line: string,
  answers: Parameters<typeof createFakeClient>[0] = {},
  options: Readonly<Record<string, string>> = {},
): Promise<Outcome> {
  const client = createFakeClient({
    getAllProcessInfo: ok(ROWS),
    getProcessInfo: ok(ROWS[0] ?? ""),
    startProcess: ok(true),
    stopProcess: ok(true),
    ...answers,
  });
  const { context, terminal } = createFakeContext(client);
  const plugins = createPlugins([section(plugin, FACTORIES[plugin], options)], {
    loader: { load: () => Promise.resolve(err("no modules here")) },
    warn: (text) => terminal.writeError(text),
  });
  const [name = "", ...rest] = line.split(" ");
  await findAction(await plugins.load(), name)?.run(context, rest.join(" "));
  return {
    out: terminal.written() + terminal.errors(),
    calls: client.calls.filter((call) => !call.startsWith("getAll")),
    exitStatus: context.exitStatus,
  };
}

test("mstop, mstart and mrestart act on every process whose name matches", async () => {
  const stopped = await run("wildcards", "mstop *e* b");
  assert.equal(stopped.out, "celery: stopped\npool:b: stopped\n");
  assert.deepEqual(stopped.calls, ["stopProcess(celery:celery)", "stopProcess(pool:b)"]);
  assert.equal((await run("wildcards", "mstart all")).out.split("\n").length, 4);
  const restarted = await run("wildcards", "mrestart a");
  assert.deepEqual(restarted.calls, ["stopProcess(pool:a)", "startProcess(pool:a)"]);
  assert.equal(restarted.out, "pool:a: stopped\npool:a: started\n");
});

test("patterns mean the name alone, or with match_group the group too", async () => {
  assert.equal(
    (await run("wildcards", "mstop pool*")).out,
    "No process matched given expression.\n",
  );
  const grouped = await run("wildcards", "mstop pool*", {}, { match_group: "1" });
  assert.deepEqual(grouped.calls, ["stopProcess(pool:a)", "stopProcess(pool:b)"]);
  const wrong = await run("wildcards", "mstop a", {}, { match_group: "maybe" });
  assert.match(wrong.out, /\[ctlplugin:wildcards\] .*match_group must be 0 or 1/);
});

test("mstatus shows the processes in one table", async () => {
  const { out } = await run("wildcards", "mstatus ?");
  assert.equal(out.split("\n").length, 3);
  assert.match(out, /^pool:a +RUNNING +up\npool:b +RUNNING +up\n$/);
});

test("one failure leaves the others, and its exit status stays", async () => {
  const answer = ([name]: readonly XmlRpcValue[]): CallResult =>
    name === "pool:a" ? faultAnswer("SPAWN_ERROR", "pool:a") : ok(true);
  const { out, exitStatus } = await run("wildcards", "mstart all", { startProcess: answer });
  assert.equal(out, "celery: started\npool:a: ERROR (spawn error)\npool:b: started\n");
  assert.equal(exitStatus, 7);
});

test("quick-states: quick actions print states, and faults by their name", async () => {
  const answer = ([name]: readonly XmlRpcValue[]): CallResult =>
    name === "pool:a" ? faultAnswer("ALREADY_STARTED", "pool:a") : ok(true);
  const started = await run("quick", "quickstart pool: celery:c*", { startProcess: answer });
  assert.deepEqual(started.out.trim().split("\n").sort(), [
    "celery:celery: RUNNING",
    "pool:a ERROR(ALREADY_STARTED)",
    "pool:b: RUNNING",
  ]);
  assert.equal(started.exitStatus, 0);
  const restarted = await run("quick", "quickrestart celery:celery");
  assert.equal(restarted.out, "celery:celery: STOPPED\ncelery:celery: RUNNING\n");
  assert.equal(
    (await run("quick", "quickstop nope")).out,
    "No process matched given expression.\n",
  );
  assert.equal((await run("quick", "quickstop")).out, "No process matched given expression.\n");
});

test("serialrestart restarts one after another, in order", async () => {
  const { out, calls } = await run("serialrestart", "serialrestart pool:* c*");
  assert.deepEqual(calls, [
    "stopProcess(pool:a)",
    "startProcess(pool:a)",
    "stopProcess(pool:b)",
    "startProcess(pool:b)",
    "stopProcess(celery:celery)",
    "startProcess(celery:celery)",
  ]);
  assert.match(out, /^pool:a: stopped\npool:a: started\npool:b: stopped\n/);
  assert.equal((await run("serialrestart", "serialrestart all")).calls.length, 6);
  const unknown = await run("serialrestart", "serialrestart nope");
  assert.deepEqual([unknown.out, unknown.exitStatus], ["No such process nope\n", 1]);
  assert.match(
    (await run("serialrestart", "serialrestart")).out,
    /^Error: serialrestart requires a process name\n/,
  );
});

test("serialrestart can wait until a process listens", async () => {
  const listening = {
    getProcessInfo: ok({ ...(ROWS[0] as object), pid: process.pid } as XmlRpcValue),
  };
  const { out } = await run("serialrestart", "serialrestart celery", listening, {
    wait_for_listen: "1",
    wait_for_listen_retries: "2",
  });
  assert.equal(out, "celery: stopped\ncelery: started\nWait for listen ...\nWait for listen ...\n");
  const wrong = await run("serialrestart", "serialrestart a", {}, { wait_for_listen_retries: "x" });
  assert.match(wrong.out, /wait_for_listen_retries must be a number of seconds/);
});

test("cache actions call the methods and show values as Python does", async () => {
  const answers = {
    "cache.getKeys": ok(["a", "it's"]),
    "cache.fetch": ok("bar baz"),
    "cache.getCount": ok(2),
    "cache.store": ok(true),
    "cache.delete": ok(true),
    "cache.clear": ok(true),
  };
  assert.equal((await run("cache", "cache_keys", answers)).out, `['a', "it's"]\n`);
  assert.equal((await run("cache", "cache_fetch 'a b'", answers)).out, "'bar baz'\n");
  assert.deepEqual((await run("cache", "cache_fetch 'a b'", answers)).calls, ["cache.fetch(a b)"]);
  assert.equal((await run("cache", "cache_count", answers)).out, "2\n");
  const stored = await run("cache", "cache_store 'foo' 'bar baz'", answers);
  assert.deepEqual([stored.out, stored.calls], ["", ["cache.store(foo, bar baz)"]]);
  assert.equal(
    (await run("cache", "cache_delete", answers)).out,
    "cache_delete <key>  Forget a key\n",
  );
  assert.match((await run("cache", "cache_clear now", answers)).out, /^cache_clear {2}/);
  const many = Array.from({ length: 30 }, (_, n) => `key${n}`);
  const { out } = await run("cache", "cache_keys", { "cache.getKeys": ok(many) });
  assert.match(out, /^\['key0',\n 'key1',\n(?: 'key\d+',\n)* 'key29'\]\n$/);
});
