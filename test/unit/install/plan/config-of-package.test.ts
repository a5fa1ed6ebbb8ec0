// A configuration of Supervisor's package: protected from a purge, and returned.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Plan } from "../../../../src/install/plan/steps.ts";
import {
  keepFromPurge,
  packageFacts,
  removalRemarks,
} from "../../../../src/install/plan/take-over.ts";
import { manifestWith } from "../../../fakes/install-facts.ts";
import { MemoryHost } from "../../../fakes/install-host.ts";
import { DEBIAN, removalFor } from "../../../fakes/install-plan.ts";
import { install } from "../../../fakes/install-transaction.ts";

const OF_DEBIAN = "/etc/supervisor/supervisord.conf";

test("a configuration of Supervisor's package is diverted once, and returned by uninstalling", async () => {
  const host = new MemoryHost(DEBIAN);
  host.write(OF_DEBIAN, "[supervisord]");
  host.write("/var/lib/dpkg/info/supervisor.list", `/.\n${OF_DEBIAN}\n`);
  const facts = packageFacts(host.world);
  const keepConfig = keepFromPurge(OF_DEBIAN, facts);
  assert.ok(keepConfig !== null);
  const config = { path: OF_DEBIAN, server: null, answers: false };
  await install(host, { keepConfig, config });
  assert.ok(host.ran.some((line) => line.startsWith("dpkg-divert")));
  host.write("/var/lib/dpkg/diversions", `${OF_DEBIAN}\n${OF_DEBIAN}.of-package\n:\n`);
  assert.equal(keepFromPurge(OF_DEBIAN, facts), null);
  const back = (plan: Plan): readonly string[] =>
    plan.steps.flatMap(({ step }) =>
      step.kind === "command" && step.argv.includes("--remove") ? [step.argv.join(" ")] : [],
    );
  assert.deepEqual(back(removalFor(host, {})), [
    `dpkg-divert --quiet --local --no-rename --divert ${OF_DEBIAN}.of-package --remove ${OF_DEBIAN}`,
  ]);
  const other = manifestWith({ name: "two", config: OF_DEBIAN });
  assert.deepEqual(back(removalFor(host, {}, [other])), [], "another service runs with it");
  host.write("/var/lib/dpkg/diversions", `${OF_DEBIAN}\n${OF_DEBIAN}.mine\n:\n`);
  assert.deepEqual(back(removalFor(host, {})), [], "a diversion of the administrator");
});

test("rpm has no diversions: the way to remove the package is a note", () => {
  const host = new MemoryHost([...DEBIAN, "/var/lib/rpm"]);
  host.write("/usr/lib/systemd/system/supervisord.service", "");
  const remarks = removalRemarks("/etc/supervisord.conf", packageFacts(host.world));
  assert.match(remarks.join(), /copy the file first/);
  assert.deepEqual(removalRemarks("/etc/tsv/tsv.conf", packageFacts(host.world)), []);
});
