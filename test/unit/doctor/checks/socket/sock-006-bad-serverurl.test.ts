// SOCK-006 on hosts in memory: wrong values of serverurl, and their corrections.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { BAD_SERVERURL, meantUrl } from "../../../../../src/doctor/checks/socket/ctl-settings.ts";
import { CONFIG, host, lookAt, one, repair, URL } from "./rig.ts";

const writing = (url: string): string => CONFIG.replace(`serverurl=${URL}`, `serverurl=${url}`);

describe("SOCK-006", () => {
  for (const [written, meant] of [
    ["/var/run/supervisor.sock", "unix:///var/run/supervisor.sock"],
    ["unix:/run/x.sock", "unix:///run/x.sock"],
    ["unix:///run/x.sock", "unix:///run/x.sock"],
    ["127.0.0.1:9001", "http://127.0.0.1:9001"],
    ["localhost:9001/", "http://localhost:9001/"],
    ["[::1]:9001", "http://[::1]:9001"],
    ["tcp://localhost:9001", "http://localhost:9001"],
    ["https://localhost:9001", null],
    ["nonsense", null],
  ] as const) {
    test(`${written} means ${meant ?? "nothing known"}`, () => {
      assert.equal(meantUrl(written), meant);
    });
  }

  test("a path gets its prefix after a yes, at its line", () => {
    const on = host();
    const finding = one(lookAt(BAD_SERVERURL, on, writing("/run/tsv/tsv.sock")));
    assert.equal(finding.symptom, "Unknown protocol for serverurl /run/tsv/tsv.sock");
    assert.equal(finding.place?.line, 6);
    assert.equal(finding.repair.class, "B");
    repair(on, finding);
    assert.match(
      on.readText("/etc/tsv/tsv.conf") ?? "",
      /^serverurl=unix:\/\/\/run\/tsv\/tsv\.sock$/m,
    );
    assert.deepEqual(lookAt(BAD_SERVERURL, on, null), []);
  });

  for (const [written, after] of [
    ["%(here)s/x.sock", "unix://%(here)s/x.sock"],
    ["unix:%(here)s/x.sock", "unix://%(here)s/x.sock"],
    ["unix:/run/x.sock", "unix:///run/x.sock"],
    ["127.0.0.1:9001", "http://127.0.0.1:9001"],
  ] as const) {
    test(`${written} is written as ${after}`, () => {
      const on = host();
      repair(on, one(lookAt(BAD_SERVERURL, on, writing(written))));
      assert.ok(on.readText("/etc/tsv/tsv.conf")?.includes(`\nserverurl=${after}\n`));
      assert.deepEqual(lookAt(BAD_SERVERURL, on, null), []);
    });
  }

  test("a finding without a repair is marked, and shows no password", () => {
    const finding = one(lookAt(BAD_SERVERURL, host(), writing("https://me:sesame@h:9001")));
    assert.deepEqual([finding.repair.class, finding.repair.steps], ["C", []]);
  });

  test("a port that there cannot be is none, in ctl's words", () => {
    const { symptom } = one(lookAt(BAD_SERVERURL, host(), writing("http://localhost:90010")));
    assert.equal(symptom, "Port out of range 0-65535");
  });

  for (const url of [
    URL,
    "http://localhost:9001",
    "http://localhost:",
    "http://me:x@h",
    "http://[::1]:9001",
    "http://h:1/",
  ]) {
    test(`${url} is fine`, () => {
      assert.deepEqual(lookAt(BAD_SERVERURL, host(), writing(url)), []);
    });
  }
});
