// Who may do what.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  deniedText,
  may,
  PERMISSIONS,
  type Permission,
  ROLES,
  type Role,
} from "../../../../src/core/access/permissions.ts";
import { ADMIN, NOBODY, SOMEBODY } from "../../../fakes/principals.ts";

const permitted = (role: Role): readonly Permission[] =>
  PERMISSIONS.filter((permission) => may({ role }, permission));

test("an authenticated caller has all permissions, an anonymous one has none", () => {
  assert.deepEqual(permitted("admin"), PERMISSIONS);
  assert.deepEqual(permitted("anonymous"), []);
  for (const permission of PERMISSIONS) {
    assert.ok(may(ADMIN, permission) && may(SOMEBODY, permission));
    assert.ok(!may(NOBODY, permission));
  }
});

test("every role has the permissions of its row, and can read unless it has none", () => {
  for (const role of Object.keys(ROLES) as Role[]) {
    const row: readonly Permission[] = ROLES[role];
    assert.deepEqual(permitted(role), row, `${role}: no permission twice, in their order`);
    assert.ok(row.length === 0 || row.includes("read"), role);
  }
});

test("a refusal names the missing permission", () => {
  assert.equal(deniedText("control"), 'not permitted: this needs the permission "control"');
});
