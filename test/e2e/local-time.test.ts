// Local time is that of libc, also where TZ is a rule of POSIX: in logs, schedules, status, why and logs --since.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { TSV } from "./rig/places.ts";
import { e2e } from "./rig/rig.ts";
import { textOf } from "./rig/watch.ts";

/** Summer time from the first Sunday of January to the last one of December: nothing but the rule says so. */
const TZ = "<+0545>-5:45<+0645>,M1.1.0,M12.5.0";

e2e("with a rule in TZ, all times are those of libc", async (rig) => {
  const env = { TZ };
  const date = async (...args: string[]): Promise<string> =>
    (await rig.command(["date", ...args], { env })).stdout.trim();
  const zone = await date("+%:z");
  const since = await date("-d", "-2 minutes", "+%F %T");
  const [, sign, hours, minutes] = /^([+-])(\d\d):(\d\d)$/.exec(zone) ?? [];
  const offset = (Number(hours) * 60 + Number(minutes)) * (sign === "-" ? -60 : 60);
  assert.notEqual(offset, 0);
  const daemon = await rig.startWith(
    `[program:a]
command=/bin/sh -c "echo hello; exec sleep 1000"
log_format=prefix
log_timestamp=iso
stdout_logfile=${rig.path("a.log")}
[program:b]
command=/bin/true
schedule=0 3 * * *
`,
    { env },
  );
  await daemon.logged(/success: a/);

  const [, shown = ""] = /^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d),/.exec(textOf(daemon.log)) ?? [];
  const ago = Date.now() / 1000 + offset - Date.parse(`${shown.replace(" ", "T")}Z`) / 1000;
  assert.ok(ago >= 0 && ago < 120, `${shown} is ${ago} s ago`);
  assert.match(readFileSync(rig.path("a.log"), "utf8"), new RegExp(`^\\S+\\${zone} `));

  assert.match(String((await daemon.info("b"))["description"]), /^next run .* 03:00 AM$/);
  const why = await rig.command([TSV, "why", "-c", rig.path("d.conf"), "b"], { env });
  assert.match(why.stdout, / 03:00:00/);
  const status = await rig.verb("status", "--json");
  const { results } = JSON.parse(status.stdout) as {
    results: { name: string; schedule: { next: number } | null }[];
  };
  const next = results.find(({ name }) => name === "b")?.schedule?.next ?? 0;
  assert.equal((next + offset) % 86_400, 3 * 3600);

  const words = ["logs", "-c", rig.path("d.conf"), "a", "--since", since];
  const logs = await rig.command([TSV, ...words], { env });
  assert.match(logs.stdout, /hello/, logs.stderr);
});
