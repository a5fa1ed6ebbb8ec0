// The HTTP answer of each fault.

import assert from "node:assert/strict";
import { test } from "node:test";
import { deniedText, PERMISSIONS } from "../../../../src/core/access/permissions.ts";
import { PROBLEMS, problemFor, problemOf } from "../../../../src/core/api/problems.ts";
import { BUSY, FAULT_CODES, type FaultName, fault } from "../../../../src/core/xmlrpc/faults.ts";

test("every fault has a status of a failure, and a title without its name", () => {
  assert.deepEqual(Object.keys(PROBLEMS).sort(), Object.keys(FAULT_CODES).sort());
  for (const name of Object.keys(FAULT_CODES) as FaultName[]) {
    const { type, title, status, fault: named, code } = problemOf(name);
    assert.equal(type, `/api/v1/problems/${name}`);
    assert.ok(status >= 400 && status < 600 && title.length > 10, name);
    assert.deepEqual([named, code], [name, FAULT_CODES[name]]);
  }
});

test("a fault is a problem with its detail", () => {
  assert.deepEqual(problemFor(fault("BAD_NAME", "web")), {
    ...{ type: "/api/v1/problems/BAD_NAME", title: "There is no program or group of this name" },
    ...{ status: 404, fault: "BAD_NAME", code: 10, detail: "web" },
  });
  assert.equal(problemFor(fault("NOT_RUNNING")).detail, "NOT_RUNNING");
});

test("a missing permission is 403, and a daemon without room 503", () => {
  for (const permission of PERMISSIONS) {
    const { status, fault: name } = problemFor(fault("FAILED", deniedText(permission)));
    assert.deepEqual([status, name], [403, "FAILED"]);
  }
  assert.equal(problemFor(BUSY).status, 503);
  assert.equal(problemFor(fault("FAILED", "not permitted: x")).status, 422);
});
