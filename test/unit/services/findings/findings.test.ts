// The findings of tsv doctor: one examination at a time, and what is read of its output.

import assert from "node:assert/strict";
import { test } from "node:test";
import { err, ok, type Result } from "../../../../src/core/base/result.ts";
import { Findings, readExamination } from "../../../../src/services/findings/findings.ts";
import { ADMIN } from "../../../fakes/principals.ts";
import { fakeRpcService } from "../../../fakes/rpc-service.ts";

const FINDING = {
  ...{ code: "SOCK-003", area: "socket", severity: "error", subject: "/run/tsv.sock" },
  ...{ symptom: "it refused the connection", cause: "A daemon has exited.", evidence: ["seen"] },
  place: { file: "/etc/tsv.conf", line: 3, section: "unix_http_server", key: "file" },
  follows: [],
  fix: { class: "A", advice: "Remove it", commands: ["rm /run/tsv.sock"], automatic: true },
};

test("callers that ask meanwhile wait for the same examination, and the last one is kept", async () => {
  let asked = 0;
  let finish: (printed: Result<string, string>) => void = () => {};
  const findings = new Findings({
    now: () => ({ mono: 0, wall: 7500 }),
    runDoctor() {
      asked += 1;
      return new Promise((resolve) => {
        finish = resolve;
      });
    },
  });
  assert.equal(findings.last(), null);
  const both = [findings.examine(), findings.examine()];
  finish(ok(JSON.stringify({ results: [], unknown: [] })));
  const [first, second] = await Promise.all(both);
  assert.deepEqual([asked, first === second, first?.at], [1, true, 7]);
  assert.equal(findings.last(), first);
  void findings.examine();
  assert.equal(asked, 2);
});

test("tsv.getFindings examines the host again if that failed the last time", async () => {
  const outcomes = [err("it was killed"), ok('{"results":[]}'), ok("never read")];
  const findings = new Findings({
    now: () => ({ mono: 0, wall: 7500 }),
    runDoctor: async () => outcomes.shift() ?? err("once too often"),
  });
  const rpc = fakeRpcService({ findings });
  const ask = async () => (await rpc.callAs(ADMIN, "tsv.getFindings", [])).ok;
  assert.deepEqual([await ask(), await ask(), await ask()], [false, true, true]);
  assert.equal(outcomes.length, 1);
});

test("findings are read as docs/json.md describes them", () => {
  const unknown = [{ code: "SOCK-001", area: "socket", what: "port 1 (needs root)" }];
  const text = JSON.stringify({ results: [FINDING], unknown: [...unknown, ...unknown] });
  assert.deepEqual(readExamination(text), {
    ok: true,
    value: {
      findings: [
        {
          ...{ code: "SOCK-003", severity: "error", subject: "/run/tsv.sock" },
          ...{ symptom: "it refused the connection", cause: "A daemon has exited." },
          ...{ evidence: ["seen"], file: "/etc/tsv.conf", line: 3 },
          ...{ advice: "Remove it", commands: ["rm /run/tsv.sock"], isAutomatic: true },
        },
      ],
      unknown: ["port 1 (needs root)"],
    },
  });
});

test("an error of doctor, and output that is none of its own, are the outcome", () => {
  for (const [text, error] of [
    ["", "tsv doctor printed no JSON"],
    ["{", "tsv doctor printed no JSON"],
    [
      '{"results":[],"errors":[{"kind":"usage","message":"no such file"}]}',
      "tsv doctor: no such file",
    ],
  ] as const) {
    assert.deepEqual(readExamination(text), { ok: false, error });
  }
  for (const odd of ["null", "[]", "7", '{"results":[null,{"evidence":3,"place":[]}]}']) {
    assert.equal(readExamination(odd).ok, true, odd);
  }
});
