// CONF-007: comments without a blank before them.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { GLUED_COMMENT } from "../../../../../src/doctor/checks/config/conf-007-glued-comment.ts";
import { DoctorHost } from "../../../../fakes/doctor-host.ts";
import { findings, fixed } from "./looking.ts";

const S = "[supervisord]\n[program:a]\ncommand=a\n";

describe("CONF-007", () => {
  test("a value that is refused because of one gets its blank", () => {
    assert.equal(fixed(GLUED_COMMENT, `${S}autostart=true;no\n`), `${S}autostart=true ;no\n`);
    assert.equal(fixed(GLUED_COMMENT, `${S}startsecs = 5#five\n`), `${S}startsecs = 5 #five\n`);
    assert.equal(fixed(GLUED_COMMENT, `${S}user=pi;him\n`), `${S}user=pi ;him\n`);
    assert.equal(fixed(GLUED_COMMENT, `${S}user: pi;him\n`), `${S}user: pi ;him\n`);
  });

  test("a path that ends in one is taken silently, and found all the same", () => {
    assert.equal(
      fixed(GLUED_COMMENT, `${S}stdout_logfile=/var/log/a.log;the log\n`),
      `${S}stdout_logfile=/var/log/a.log ;the log\n`,
    );
    assert.equal(fixed(GLUED_COMMENT, `${S}directory=/tmp;here\n`), `${S}directory=/tmp ;here\n`);
  });

  test("a name that contains the sign, and values that may contain it, are not reported", () => {
    const host = new DoctorHost().directory("/srv/a;b");
    assert.deepEqual(findings(GLUED_COMMENT, `${S}directory=/srv/a;b\n`, host), []);
    const text = "[inet_http_server]\nport=9001\nusername=a\npassword=b;c\n";
    assert.deepEqual(findings(GLUED_COMMENT, `${S}environment=A="b;c"\n${text}`), []);
    assert.deepEqual(findings(GLUED_COMMENT, `${S}user=root ;him\n`), []);
  });
});
