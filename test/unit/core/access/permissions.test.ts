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
  USER_ROLES,
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

test("a refusal names the least role that has the permission", () => {
  assert.equal(deniedText("read"), "not permitted: this needs the role read");
  assert.equal(deniedText("control"), "not permitted: this needs the role operate");
  assert.equal(deniedText("shutdown"), "not permitted: this needs the role admin");
});

test("each role of a configuration has the permissions of the one before, and more", () => {
  const counts = USER_ROLES.map((role) => permitted(role).length);
  assert.deepEqual(counts, [1, 2, PERMISSIONS.length]);
  for (const role of USER_ROLES) {
    assert.deepEqual(permitted(role), PERMISSIONS.slice(0, permitted(role).length));
  }
});
