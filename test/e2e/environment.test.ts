// The environment of real programs: an upgrade, the examples of the page, and `tsv env`.

import assert from "node:assert/strict";
import { chmodSync } from "node:fs";
import { gone } from "../rig/gone.ts";
import { blocksOf } from "./rig/pages.ts";
import { withoutRoot } from "./rig/places.ts";
import { environmentOf, printing } from "./rig/printing.ts";
import { e2e } from "./rig/rig.ts";
import { textOf, waitForText } from "./rig/watch.ts";
import { UpgradeHost } from "./upgrade/host.ts";
import { withoutNext } from "./upgrade/versions.ts";

e2e(
  "an upgrade keeps the variables of a running program for its checks, and begins a command again",
  withoutNext(),
  async (rig) => {
    const host = new UpgradeHost(rig);
    rig.write("a.env", "TOKEN=hunter2\n");
    const daemon = await host.start(
      [
        printing(
          "web",
          "env_file=%(here)s/a.env",
          "health_interval=100ms",
          `health_check=exec:/bin/sh -c 'echo $TOKEN >>%(here)s/checked'`,
        ),
        printing(
          "slow",
          "env_command_timeout=1m",
          "env_command=/bin/sh -c 'echo $$ >>%(here)s/pids; until test -e %(here)s/go; do sleep 0.05; done; echo A=1'",
        ),
      ].join("\n"),
    );
    await environmentOf(rig, daemon, "web");
    const lines = (name: string): string[] => textOf(rig.path(name)).split("\n").filter(Boolean);
    while (lines("pids").length === 0) await daemon.ask("getState");
    // The successor must not have to read it again.
    rig.write("a.env", "TOKEN=other\n");
    host.install();
    await host.replaced();
    while (lines("pids").length === 1) await daemon.ask("getState");
    await gone(lines("pids")[0] ?? "");
    rig.write("go", "");
    assert.equal((await environmentOf(rig, daemon, "slow")).get("A"), "1");
    const before = lines("checked").length;
    while (lines("checked").length <= before) await daemon.ask("getState");
    assert.deepEqual(new Set(lines("checked")), new Set(["hunter2"]));
    assert.doesNotMatch(textOf(daemon.log), /reaped unknown|hunter2/);
  },
);

e2e("the examples of the page work", withoutRoot(), async (rig) => {
  chmodSync(rig.directory, 0o755);
  const [file = ""] = blocksOf("environment", "sh");
  rig.write("etc/web.env", file);
  const programs = blocksOf("environment").map((text) => {
    const [, name] = /^\[program:(\w+)\]/.exec(text) ?? [];
    return `${text.replaceAll("/etc/", "%(here)s/etc/")}stdout_logfile=%(here)s/${name}.out\n`;
  });
  assert.equal(programs.length, 4);
  await rig.startWith(programs.join("\n"), { env: { LANG: "C.UTF-8", HOME: "/daemon" } });
  for (const [name, said] of [
    ["web", "Hello, $USER costs 100%"],
    ["worker", "from-the-vault"],
    ["app", "/nonexistent"],
    ["clean", "C.UTF-8"],
  ] as const) {
    await waitForText(rig.path(`${name}.out`), new RegExp(`^${said.replace("$", "\\$")}\n`));
  }
  const shown = await rig.tsv("env", "--show-secrets", "--json", "-c", rig.path("d.conf"), "web");
  const { variables } = JSON.parse(shown.stdout).results[0];
  const of = (name: string) => variables.find((each: { name: string }) => each.name === name);
  assert.equal(of("KEY").value, "-----BEGIN KEY-----\none line, and another\n-----END KEY-----");
  assert.match(of("PORT").place, /web\.env:2$/);
});

e2e("tsv env shows each variable with its source, and secrets when asked", async (rig) => {
  rig.write("a.env", "# secrets\nTOKEN=hunter2\n");
  const daemon = await rig.startWith(
    printing(
      "web",
      "env_file=%(here)s/a.env",
      "env_command=echo VAULT=hunter3",
      'environment=MODE="fast"',
      "environment_pass=LANG",
    ),
    { env: { LANG: "C" } },
  );
  await environmentOf(rig, daemon, "web");
  const config = rig.path("d.conf");
  const line = textOf(config).split("\n").indexOf('environment=MODE="fast"') + 1;
  const { pid } = await daemon.info("web");
  const shown = await rig.tsv("env", "-c", config, "web");
  assert.equal(shown.status, 0);
  assert.deepEqual(shown.stdout.trimEnd().split("\n"), [
    `# web: pid ${pid}`,
    "LANG=C  # daemon",
    `MODE=fast  # ${config}:${line}`,
    ...["SUPERVISOR_ENABLED=1", "SUPERVISOR_GROUP_NAME=web", "SUPERVISOR_PROCESS_NAME=web"].map(
      (pair) => `${pair}  # supervisor`,
    ),
    `SUPERVISOR_SERVER_URL=unix://${rig.path("d.sock")}  # supervisor`,
    `TOKEN=<redacted>  # ${rig.path("a.env")}:2`,
    "VAULT=<redacted>  # env_command",
  ]);
  assert.match(shown.stderr, /tsv env --show-secrets web -c /);
  const all = await rig.tsv("env", "--show-secrets", "-c", config, "web");
  assert.match(all.stdout, /^TOKEN=hunter2 .*\nVAULT=hunter3 /m);
  rig.write("a.env", "TOKEN='\n");
  const next = await rig.tsv("env", "--next", "--json", "-c", config, "web");
  assert.equal(next.status, 1);
  const [result] = JSON.parse(next.stdout).results;
  assert.match(result.problem, /a\.env:1:7: the quotation/);
  assert.equal(result.command, "echo VAULT=<redacted>");
  assert.equal((await rig.tsv("env", "-c", config, "none")).status, 1);
});
