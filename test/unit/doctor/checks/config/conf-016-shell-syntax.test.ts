// CONF-016: commands that were written for a shell.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { SHELL_SYNTAX } from "../../../../../src/doctor/checks/config/conf-016-shell-syntax.ts";
import { DoctorHost } from "../../../../fakes/doctor-host.ts";
import { findings, fixed } from "./looking.ts";

const S = "[supervisord]\n[program:a]\n";

describe("CONF-016", () => {
  const wrapped: readonly (readonly [string, string])[] = [
    ["cd /srv && ./run", "/bin/sh -c 'cd /srv && exec ./run'"],
    ["/bin/app > /tmp/log 2>&1", "/bin/sh -c 'exec /bin/app > /tmp/log 2>&1'"],
    ["/bin/app --home $HOME", "/bin/sh -c 'exec /bin/app --home $HOME'"],
    [`/bin/app "${"$"}{PORT}"`, `/bin/sh -c 'exec /bin/app "${"$"}{PORT}"'`],
    ["~/bin/app %(process_num)d", "/bin/sh -c 'exec ~/bin/app %(process_num)d'"],
    ["/bin/a | /bin/b", "/bin/sh -c '/bin/a | /bin/b'\nstopasgroup=true"],
  ];
  for (const [before, after] of wrapped) {
    test(`${before} is read by a shell`, () => {
      assert.equal(fixed(SHELL_SYNTAX, `${S}command=${before}\n`), `${S}command=${after}\n`);
    });
  }

  test("a pattern that matches files was meant, and one that does not is an argument", () => {
    const host = new DoctorHost().file("/var/log/a.log");
    assert.equal(findings(SHELL_SYNTAX, `${S}command=tail -F /var/log/*.log\n`, host).length, 1);
    assert.deepEqual(findings(SHELL_SYNTAX, `${S}command=app --hosts * /srv/*.x\n`, host), []);
  });

  test("quotes of one kind, and a command in the background, are left to a person", () => {
    for (const command of ["echo 'a' && b", "/bin/app &"]) {
      assert.equal(findings(SHELL_SYNTAX, `${S}command=${command}\n`)[0]?.repair.class, "C");
    }
  });

  const right = [
    "/bin/sh -c 'cd /srv && exec ./run $HOME'",
    'bash -lc "a | b"',
    "find . -exec rm {} \\;",
    "awk -F '|' '{print $1}'",
    'nginx -g "daemon off;"',
    "app --filter a=>b --price $5 'x$y' --x=a&b",
    "/usr/bin/env PORT=1 /bin/sh -c 'a && b'",
  ];
  for (const command of right) {
    test(`${command} is right`, () => {
      assert.deepEqual(findings(SHELL_SYNTAX, `${S}command=${command}\n`), []);
    });
  }
});
