// CONF-013: values that the daemon refuses, or that make no sense.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { WRONG_VALUE } from "../../../../../src/doctor/checks/config/conf-013-wrong-value.ts";
import { findings, fixed } from "./looking.ts";

const S = "[supervisord]\n[program:a]\ncommand=a\n";

describe("CONF-013", () => {
  const meant: readonly (readonly [string, string])[] = [
    ["autostart=ture", "autostart=true"],
    ["autorestart=always", "autorestart=true"],
    ["stopsignal=SIGTREM", "stopsignal=TERM"],
    ["startsecs=10s", "startsecs=10"],
    ["stdout_logfile_maxbytes=10M", "stdout_logfile_maxbytes=10MB"],
    ["stopasgroup=true\nkillasgroup=false", "stopasgroup=true\nkillasgroup=true"],
    ["autostart true", "autostart=true"],
    ["process_name=a b", "process_name=a_b"],
  ];
  for (const [before, after] of meant) {
    test(`${JSON.stringify(before)} becomes ${JSON.stringify(after)}`, () => {
      assert.equal(fixed(WRONG_VALUE, `${S}${before}\n`), `${S}${after}\n`);
    });
  }

  test("copies, groups, event listeners, levels and headers are fixed too", () => {
    assert.equal(
      fixed(WRONG_VALUE, `${S}numprocs=2\n`),
      "[supervisord]\n[program:a]\nprocess_name=%(program_name)s_%(process_num)02d\ncommand=a\nnumprocs=2\n",
    );
    const group = "[supervisord]\n[program:web]\ncommand=a\n[group:g]\nprograms=wbe\n";
    assert.match(fixed(WRONG_VALUE, group), /^programs=web$/m);
    const listener = "[eventlistener:e]\ncommand=e\nevents=TICK_5,PROCES_STATE\n";
    assert.match(fixed(WRONG_VALUE, S + listener), /events=TICK_5,PROCESS_STATE\n/);
    assert.match(fixed(WRONG_VALUE, "[supervisord]\nloglevel=warning\n"), /loglevel=warn\n/);
    assert.match(
      fixed(WRONG_VALUE, "[supervisord]\n[program:my app]\ncommand=a\n"),
      /^\[program:my_app\]$/m,
    );
  });

  const refused = [
    "startsecs=soon",
    "[inet_http_server]\nport=nine",
    "[inet_http_server]\nport=9001\nusername=a",
    "[eventlistener:e]\ncommand=e",
    "[fcgi-program:f]\ncommand=f",
    "environment=A",
    "umask=09",
    "nonsense",
  ];
  for (const text of refused) {
    test(`${JSON.stringify(text)} is an error to fix by hand`, () => {
      const found = findings(WRONG_VALUE, `${S}${text}\n`);
      assert.deepEqual(
        found.map(({ severity, repair }) => [severity, repair.class]),
        [["error", "C"]],
      );
    });
  }

  test("all errors are reported, each with its line", () => {
    const text = `${S}startsecs=x\nstopsignal=0\nkillasgroup=true\nredirect_stderr=1\nstderr_logfile=/tmp/e\n`;
    assert.deepEqual(
      findings(WRONG_VALUE, text).map(({ severity, place }) => [severity, place?.line ?? null]),
      [
        ["error", 4],
        ["warning", 5],
        ["info", 6],
        ["warning", 8],
      ],
    );
  });

  test("possible secrets in a bad line and in environment are not shown", () => {
    const text = `${S}environment=TOKEN="hunter2" x\npassword hunter2\nDB_PASSWORD: "hunter2`;
    assert.doesNotMatch(
      JSON.stringify(findings(WRONG_VALUE, text).map(({ symptom }) => symptom)),
      /hunter2/,
    );
  });

  test("a sound file has none", () => {
    assert.deepEqual(findings(WRONG_VALUE, `${S}autostart=true\nstopsignal=HUP\n`), []);
  });
});
