// Templates in the executable: what programs inherit, and which restart when a template changes.

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { e2e } from "./rig/rig.ts";

const INCLUDE = "[include]\nfiles=conf.d/*.conf\n";
const template = (value: string): string =>
  `[template:service]\nenvironment=MODE="${value}",LANG="C"\nstartsecs=0\n`;

e2e("a change of a template restarts the programs that extend it, and no others", async (rig) => {
  mkdirSync(rig.path("conf.d"));
  // In the order of their names, the template comes last.
  rig.write("conf.d/z.conf", template("one"));
  rig.write(
    "conf.d/a.conf",
    "[program:web]\nextends=service\nenvironment=PORT=1\ncommand=sleep 1000\n" +
      "[program:other]\ncommand=sleep 1000\n",
  );
  await rig.startWith(`${INCLUDE}[program-default]\nstopwaitsecs=3\n`);
  const before = await rig.verb("pid", "other");
  const env = await rig.verb("env", "web");
  assert.match(env.stdout, /^LANG=C .*z\.conf:2$/m);
  assert.match(env.stdout, /^MODE=one .*z\.conf:2$/m);
  assert.match(env.stdout, /^PORT=1 .*a\.conf:3$/m);
  rig.write("conf.d/z.conf", template("two"));
  assert.equal((await rig.verb("reread")).stdout, "web: changed (environment)\n");
  const updated = await rig.verb("update");
  assert.equal(
    updated.stdout,
    "web: stopped\nweb: updated process group (environment)\n",
    updated.stderr,
  );
  assert.match((await rig.verb("env", "web")).stdout, /^MODE=two /m);
  assert.equal((await rig.verb("pid", "other")).stdout, before.stdout);
  rig.write("conf.d/z.conf", "[template:servcie]\n");
  const refused = await rig.verb("update");
  assert.notEqual(refused.status, 0);
  assert.match(refused.stderr.replace(/\s+/g, " "), /extends unknown template service/);
  assert.equal((await rig.verb("pid", "other")).stdout, before.stdout);
});

e2e("supervisorctl reads a configuration whose templates are in other files", async (rig) => {
  mkdirSync(rig.path("conf.d"));
  rig.write("conf.d/z.conf", template("one"));
  await rig.startWith(`${INCLUDE}[program:web]\nextends=service\ncommand=sleep 1000\n`);
  const { status, stdout } = await rig.verb("pid", "web");
  assert.equal(status, 0);
  assert.match(stdout, /^\d+\n$/);
  const shown = await rig.verb("check", "--effective", "web");
  assert.match(shown.stdout, /^startsecs=0 +; conf\.d\/z\.conf:3 \[template:service\]$/m);
  const exported = await rig.verb("export", "--to", "systemd", "web");
  assert.match(exported.stdout, /^Environment="MODE=one"$/m);
});

e2e("tsv run runs a configuration with templates", async (rig) => {
  rig.write(
    "t.conf",
    `[supervisord]\n[template:t]\ncommand=echo %(program_name)s\n[program:web]\nextends=t\n`,
  );
  const { stdout } = await rig.tsv("run", "--exit-on", "any", rig.path("t.conf"));
  assert.match(stdout, /web/);
});
