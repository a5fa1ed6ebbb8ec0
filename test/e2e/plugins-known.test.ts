// The counterparts of well-known Python plugins under the built executable.

import assert from "node:assert/strict";
import { withoutTsv } from "./rig/places.ts";
import { ctl, interfaceOf, PROGRAMS, pluginOf } from "./rig/plugins.ts";
import { e2e } from "./rig/rig.ts";

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
