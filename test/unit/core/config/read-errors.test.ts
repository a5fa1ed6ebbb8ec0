// Errors of refused configurations: Supervisor's words, and the first of several errors.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { errorOf, fakeWorld, readIn } from "./fake-world.ts";

describe("errors", () => {
  const S = "[supervisord]\n";
  const rows: readonly (readonly [string, string])[] = [
    ["[other]\n", ".ini file does not include supervisord section"],
    [`${S}[include]\n`, ".ini file has [include] section, but no files setting"],
    [`${S}[unix_http_server]\n`, "section [unix_http_server] has no file value"],
    [`${S}[unix_http_server]\nfile=/tmp/s\nchmod=9\n`, "Invalid chmod value 9"],
    [`${S}[unix_http_server]\nfile=/tmp/s\nchown=no:no\n`, "Invalid sockchown value no:no"],
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
    [`${S}[group:g]\nprograms=x\n`, "[group:g] names unknown program or fcgi-program x"],
    // group-names-unknown: Supervisor may show the member's name for the group's.
    [
      `${S}[program:a]\ncommand=a\n[group:g]\nprograms=a,x\n`,
      "[group:g] names unknown program or fcgi-program x",
    ],
    [`${S}[program:a/b]\ncommand=a\n`, "Invalid name: 'a/b' because of character: '/'"],
    [
      `${S}[program:a]\n`,
      "program section program:a does not specify a command in section 'program:a' (file: '/etc/s.conf')",
    ],
    [
      `${S}[program:a]\ncommand=a\nnumprocs=2\n`,
      "%(process_num) must be present within process_name when numprocs > 1 in section 'program:a' " +
        "(file: '/etc/s.conf')",
    ],
    [
      `${S}[program:a]\ncommand=a\nstopasgroup=true\nkillasgroup=false\n`,
      "Cannot set stopasgroup=true and killasgroup=false in section 'program:a' (file: '/etc/s.conf')",
    ],
    [`${S}[eventlistener:e]\ncommand=e\n`, '[eventlistener:e] section requires an "events" line'],
    [
      `${S}[eventlistener:e]\ncommand=e\nevents=TICK_5,\n`,
      "Unknown event type  in [eventlistener:e] events",
    ],
    [
      `${S}[eventlistener:e]\ncommand=e\nevents=EVENT\nbuffer_size=0\n`,
      "[eventlistener:e] section sets invalid buffer_size (0)",
    ],
    // python-handlers
    [
      `${S}[eventlistener:e]\ncommand=e\nevents=EVENT\nresult_handler=a:b\n`,
      "a:b cannot be resolved within [eventlistener:e]: Python modules cannot be loaded",
    ],
    [`${S}[fcgi-program:f]\ncommand=f\n`, '[fcgi-program:f] section requires a "socket" line'],
    [
      `${S}[fcgi-program:f]\ncommand=f\nsocket=x\n`,
      "Bad socket format 'x' in [fcgi-program:f] socket",
    ],
    [
      `${S}[fcgi-program:f]\ncommand=f\nsocket=unix://x\n`,
      "Unix socket path 'x' is not an absolute path in [fcgi-program:f] socket",
    ],
    [
      `${S}[fcgi-program:f]\ncommand=f\nsocket=tcp://h:1\nsocket_mode=0700\n`,
      "socket_owner and socket_mode params should only be used with a Unix domain socket in " +
        "[fcgi-program:f] socket",
    ],
    [
      `${S}[rpcinterface:x]\n`,
      "section [rpcinterface:x] does not specify a supervisor.rpcinterface_factory",
    ],
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
