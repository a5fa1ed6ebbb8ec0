// CONF-008: quotes that are part of values.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { QUOTED_VALUE } from "../../../../../src/doctor/checks/config/conf-008-quoted-value.ts";
import { DoctorHost } from "../../../../fakes/doctor-host.ts";
import { findings, fixed } from "./looking.ts";

const S = "[supervisord]\n[program:a]\ncommand=a\n";

describe("CONF-008", () => {
  const quoted: readonly (readonly [string, string])[] = [
    ['startsecs="5"', "startsecs=5"],
    ["autostart='true' ; why", "autostart=true ; why"],
    ['stdout_logfile="/var/log/a.log"', "stdout_logfile=/var/log/a.log"],
    ['user="pi"', "user=pi"],
    ['directory="/tmp"', "directory=/tmp"],
    ["stopsignal='INT'", "stopsignal=INT"],
  ];
  for (const [before, after] of quoted) {
    test(`${before} becomes ${after}`, () => {
      assert.equal(fixed(QUOTED_VALUE, `${S}${before}\n`), `${S}${after}\n`);
    });
  }

  test("a command that is quoted as a whole is one word, unless a program is called so", () => {
    const text = '[supervisord]\n[program:a]\ncommand="/bin/app --name \\"x y\\""\n';
    assert.equal(
      fixed(QUOTED_VALUE, text),
      '[supervisord]\n[program:a]\ncommand=/bin/app --name "x y"\n',
    );
    const host = new DoctorHost().file("/opt/my app/run");
    assert.deepEqual(
      findings(QUOTED_VALUE, '[supervisord]\n[program:a]\ncommand="/opt/my app/run"\n', host),
      [],
    );
  });

  test("[supervisord] user and servers are looked at too", () => {
    assert.equal(
      fixed(QUOTED_VALUE, '[supervisord]\nloglevel="info"\n'),
      "[supervisord]\nloglevel=info\n",
    );
    assert.equal(
      fixed(QUOTED_VALUE, "[supervisord]\n[supervisorctl]\nserverurl='unix:///run/x'\n"),
      "[supervisord]\n[supervisorctl]\nserverurl=unix:///run/x\n",
    );
  });

  test("quotes in environment, commands, passwords and words are meant", () => {
    const text = `${S}environment="A"="b"\n[program:b]\ncommand="/bin/a" 'b'\n[program:c]\ncommand="x"\n`;
    assert.deepEqual(findings(QUOTED_VALUE, text), []);
    const server = "[inet_http_server]\nport=1\nusername=a\npassword='x'\n";
    assert.deepEqual(findings(QUOTED_VALUE, S + server), []);
  });
});
