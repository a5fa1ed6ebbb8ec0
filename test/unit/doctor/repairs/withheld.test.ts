// Repairs that are withheld from every check: with a configuration that was not named, and of tsv's records.

import assert from "node:assert/strict";
import { test } from "node:test";
import { CATALOGUE } from "../../../../src/doctor/checks/catalogue.ts";
import { examineHost } from "../../../../src/doctor/checks/examine.ts";
import type { ConfigFacts } from "../../../../src/doctor/facts/doctor-facts.ts";
import type { CodedFinding } from "../../../../src/doctor/model.ts";
import { distrustOf } from "../../../../src/doctor/repairs/withheld.ts";
import { DoctorHost } from "../../../fakes/doctor-host.ts";

const FOUND = "/srv/app/supervisord.conf";
const MISSING_LOG = "[supervisord]\nlogfile=/var/log/tsv/deep/x.log\n";

function findings(
  host: DoctorHost,
  text: string,
  config: Partial<ConfigFacts> = {},
): readonly CodedFinding[] {
  return examineHost(CATALOGUE, host.facts(text, { config })).findings;
}

function hostWith(access: { readonly uid?: number; readonly mode?: number }): DoctorHost {
  const host = new DoctorHost();
  return host.directory("/srv/app", { mode: 0o755, ...access }).file(FOUND, "", { mode: 0o644 });
}

test("with a configuration that others can change and that was not named, nothing is repaired", () => {
  const config = { path: FOUND, chosenBy: "search" } as const;
  const said = findings(hostWith({ uid: 1000 }), MISSING_LOG, config);
  const missing = said.find(({ code }) => code === "LOG-004" || code === "LOG-001");
  assert.ok(missing !== undefined, JSON.stringify(said));
  assert.deepEqual(
    said.filter(({ repair }) => repair.class !== "C" || repair.steps.length > 0),
    [],
  );
  assert.match(missing.repair.advice, /after you have checked \/srv\/app\/supervisord\.conf/);
  assert.deepEqual(missing.repair.commands, [`tsv doctor --config ${FOUND} --fix`]);
});

test("named, root's alone, or another user's doctor: then it is repaired as ever", () => {
  const repaired = (host: DoctorHost, chosenBy: ConfigFacts["chosenBy"]): boolean =>
    findings(host, MISSING_LOG, { path: FOUND, chosenBy }).some(
      ({ repair }) => repair.steps.length > 0,
    );
  assert.ok(repaired(hostWith({ uid: 1000 }), "option"));
  assert.ok(repaired(hostWith({ uid: 1000 }), "service"));
  assert.ok(repaired(hostWith({ uid: 0 }), "search"));
  assert.ok(!repaired(hostWith({ uid: 0, mode: 0o777 }), "search"));
});

test("the path to the configuration counts too: a symlink in a directory of others", () => {
  const host = new DoctorHost()
    .directory("/srv/app", { uid: 1000 })
    .file("/etc/other.conf", "", { mode: 0o644 })
    .link(FOUND, "/etc/other.conf");
  const facts = host.facts("[supervisord]\n", { config: { path: FOUND, chosenBy: "search" } });
  assert.match(distrustOf(facts)?.text ?? "", /is a symlink that users other/);
  assert.equal(distrustOf({ ...facts, caller: { ...facts.caller, uid: 1000 } }), null);
});

test("tsv's state directory stays root's, also if it should contain a log", () => {
  const text = "[supervisord]\nuser=pi\nlogfile=/var/lib/tsv/x.log\n";
  const host = new DoctorHost().directory("/var/lib/tsv", { mode: 0o755 });
  for (const made of [host, new DoctorHost().remove("/var/lib/tsv")]) {
    const said = findings(made, text);
    const about = said.filter(({ subject }) => subject.startsWith("/var/lib/tsv"));
    assert.notEqual(
      about.length,
      0,
      JSON.stringify(said.map(({ code, subject }) => [code, subject])),
    );
    for (const { repair } of about) {
      assert.deepEqual([repair.class, repair.steps], ["C", []]);
    }
  }
});
