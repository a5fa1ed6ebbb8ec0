// Clients that act for others, with less permissions.

import assert from "node:assert/strict";
import { test } from "node:test";
import { lowered } from "../../../../src/core/access/lowered.ts";
import { may, PERMISSIONS, ROLES, type Role } from "../../../../src/core/access/permissions.ts";
import { type Client, clientOf, principalText } from "../../../../src/core/access/principal.ts";
import { ADMIN, NOBODY, SOMEBODY, UNIX_PEER } from "../../../fakes/principals.ts";

const headers = (role: string | null, by: string | null) => (name: string) =>
  ({ "tsv-role": role, "tsv-by": by })[name] ?? null;
const as = (client: Client, role: string | null, by: string | null = null) =>
  lowered(client, headers(role, by));
const place = { section: "unix_http_server", peer: UNIX_PEER };
const ofRole = (role: Role): Client =>
  clientOf(place, { kind: "password", username: "u" }, { role, programs: ["web"] });

test("an admin gets the permissions of the role in a request, for all programs", () => {
  for (const role of ["read", "operate", "admin"] as const) {
    for (const admin of [ADMIN, SOMEBODY]) {
      const acting = as(admin, role, "ann@fleet");
      assert.ok(acting.ok);
      const allowed = PERMISSIONS.filter((permission) => may(acting.value, permission));
      assert.deepEqual(allowed, ROLES[role]);
      assert.deepEqual(acting.value.programs, role === "admin" ? null : ["*"]);
    }
  }
});

test("no other role gets a role or a name, not even its own", () => {
  for (const role of ["read", "operate"] as const) {
    for (const wanted of ["read", "operate", "admin"]) {
      assert.deepEqual(as(ofRole(role), wanted), { ok: false, error: 403 });
    }
    assert.deepEqual(as(ofRole(role), null, "ann"), { ok: false, error: 403 });
    assert.deepEqual(as(ofRole(role), null), { ok: true, value: ofRole(role) });
  }
});

test("a client without the right password stays without permissions, and learns nothing of values", () => {
  for (const wanted of ["read", "admin", "nonsense"]) {
    assert.deepEqual(as(NOBODY, wanted, "ann"), { ok: true, value: NOBODY });
  }
});

test("values that mean nothing are refused", () => {
  for (const role of ["", "root", "Admin", "admin ", "anonymous", "read, admin", "configure"]) {
    assert.deepEqual(as(ADMIN, role), { ok: false, error: 400 }, role);
  }
  for (const by of ["", "ann, bob", "a b", "-ann", "ann\n", "ä", "a".repeat(200), "ann/1"]) {
    assert.deepEqual(as(ADMIN, "read", by), { ok: false, error: 400 }, by);
  }
});

test("the log names who asks before the one that acts", () => {
  const text = (client: Client, by: string) => {
    const acting = as(client, "read", by);
    return acting.ok ? principalText(acting.value) : acting.error;
  };
  assert.equal(text(SOMEBODY, "ann@fleet"), "ann@fleet, uid 1000, pid 42");
  assert.equal(text(ADMIN, "ann@fleet"), "ann@fleet, admin, 10.0.0.5:3123");
});
