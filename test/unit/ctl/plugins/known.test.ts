// Sections of Python plugins that tsv replaces: they are accepted, and their actions name the replacement.

import assert from "node:assert/strict";
import { test } from "node:test";
import { err } from "../../../../src/core/base/result.ts";
import { findAction } from "../../../../src/ctl/context.ts";
import { createPlugins } from "../../../../src/ctl/plugins/load.ts";
import { createFakeClient, createFakeContext } from "../../../fakes/ctl-client.ts";
import { section } from "../../services/rpc/interfaces/rig.ts";

for (const [factory, actions, replacement] of [
  [
    "supervisorwildcards.controllerplugin:make_wildcards_controllerplugin",
    ["mstart", "mstop", "mrestart", "mstatus"],
    /tsv start, stop, restart and status/,
  ],
  [
    "supervisorserialrestart.controllerplugin:make_serialrestart_controllerplugin",
    ["serialrestart"],
    /tsv restart NAME/,
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
    const client = createFakeClient({});
    const { context, terminal } = createFakeContext(client);
    const plugins = createPlugins([section("x", factory, { match_group: "1" })], {
      loader: { load: () => Promise.resolve(err("no modules here")) },
      warn: (text) => terminal.writeError(text),
    });
    const loaded = await plugins.load();
    assert.equal(terminal.errors(), "");
    assert.deepEqual(
      loaded.flatMap(({ commands }) => commands.map(({ name }) => name)),
      actions,
    );
    await findAction(loaded, actions[0])?.run(context, "all");
    assert.match(terminal.written() + terminal.errors(), replacement);
    assert.deepEqual([context.exitStatus, client.calls], [1, []]);
  });
}
