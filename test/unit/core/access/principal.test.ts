// Callers: credentials decide the role and the name.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  clientOf,
  modulePrincipal,
  type Proof,
  peerKey,
  peerText,
  principalText,
} from "../../../../src/core/access/principal.ts";
import { ADMIN, NOBODY, SOMEBODY, TCP_PEER, UNIX_PEER } from "../../../fakes/principals.ts";

const TCP6 = { address: "fe80::1", port: 3123, user: null };

test("a proof, or a server that wants none, gives all rights; a missing or wrong password none", () => {
  const roleOf = (proof: Proof) => clientOf({ section: "s", peer: TCP_PEER }, proof).role;
  assert.equal(roleOf({ kind: "password", username: "admin" }), "admin");
  assert.equal(roleOf({ kind: "unix-peer" }), "admin");
  assert.equal(roleOf({ kind: "none-required" }), "admin");
  assert.equal(roleOf({ kind: "missing" }), "anonymous");
  assert.equal(roleOf({ kind: "wrong" }), "anonymous");
  assert.equal(modulePrincipal("x").role, "admin");
});

test("peers are named by address or user", () => {
  assert.equal(peerText(UNIX_PEER), "uid 1000, pid 42");
  assert.equal(peerText(TCP_PEER), "10.0.0.5:3123");
  assert.equal(peerText(TCP6), "[fe80::1]:3123");
  assert.equal(peerKey(UNIX_PEER), "uid 1000");
  assert.equal(peerKey(TCP_PEER), "10.0.0.5");
});

test("principals are named by their credentials and address, modules by their section", () => {
  assert.equal(principalText(ADMIN), "admin, 10.0.0.5:3123");
  assert.equal(principalText(SOMEBODY), "uid 1000, pid 42");
  assert.equal(principalText(NOBODY), "10.0.0.5:3123");
  assert.equal(principalText(modulePrincipal("x")), "[rpcinterface:x]");
});
