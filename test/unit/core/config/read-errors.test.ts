// Errors of refused configurations: Supervisor's words, and the first of several errors.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { errorOf, fakeWorld, readIn } from "./fake-world.ts";

describe("errors", () => {
  const S = "[supervisord]\n";
  const rows: readonly (readonly [string, string])[] = [
    [`${S}[unix_http_server]\n`, "section [unix_http_server] has no file value"],
    [`${S}[inet_http_server]\n`, "section [inet_http_server] has no port value"],
    // password-not-shown
    [
      `${S}[inet_http_server]\nport=1\nusername=u\npassword=se%cret\n`,
      "Format string (not shown) for 'inet_http_server.password' is badly formatted: %c requires int or char",
    ],
    [
      `${S}[program:a]\ncommand=a\nenvironment=A="se%cret"\n`,
      "Format string (not shown) for 'environment' is badly formatted: %c requires int or char in section 'program:a' (file: '/etc/s.conf')",
    ],
    [
      `${S}[program:a]\ncommand=a\nenvironment=A="secret",B\n`,
      "Unexpected end of key/value pairs in value (not shown) in section 'program:a' (file: '/etc/s.conf')",
    ],
    // group-names-unknown: Supervisor may show the member's name for the group's.
    [
      `${S}[program:a]\ncommand=a\n[group:g]\nprograms=a,x\n`,
      "[group:g] names unknown program or fcgi-program x",
    ],
    [`${S}[eventlistener:e]\ncommand=e\n`, '[eventlistener:e] section requires an "events" line'],
    // python-handlers
    [
      `${S}[eventlistener:e]\ncommand=e\nevents=EVENT\nresult_handler=a:b\n`,
      "a:b cannot be resolved within [eventlistener:e]: Python modules cannot be loaded",
    ],
    [`${S}[fcgi-program:f]\ncommand=f\n`, '[fcgi-program:f] section requires a "socket" line'],
    // interface-keys: part of every reading, so that a reread finds it too.
    [
      `${S}[unix_http_server]\nfile=/tmp/s\n[rpcinterface:supervisor]\nretries=1\n` +
        "supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface\n",
      "Could not make supervisor rpc interface",
    ],
  ];
  for (const [text, error] of rows) {
    test(error, () => assert.equal(errorOf(text).text, error));
  }

  test("an unknown user is reported last", () => {
    assert.equal(errorOf("[supervisord]\nuser=nosuch\n").text, "Invalid user name nosuch");
    const both = errorOf("[supervisord]\nuser=nosuch\n[inet_http_server]\n");
    assert.equal(both.text, "section [inet_http_server] has no port value");
  });

  test("missing and unreadable files have different errors", () => {
    const missing = readIn(fakeWorld({}));
    assert.ok("text" in missing);
    assert.equal(missing.text, "could not find config file /etc/s.conf");
    const unreadable = readIn(fakeWorld({ "/etc/s.conf": null }));
    assert.ok("text" in unreadable);
    assert.equal(unreadable.text, "could not read config file /etc/s.conf");
  });
});
