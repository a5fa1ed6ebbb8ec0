import assert from "node:assert/strict";
import { test } from "node:test";
import { type Invitation, readToken, tokenOf } from "../../../../src/core/fleet/token.ts";
import { fc } from "../../../property.ts";

const SEED = `SU${"A".repeat(56)}`;
const invitation: Invitation = {
  url: "tls://hub.example:4222",
  ca: `-----BEGIN CERTIFICATE-----\n${"Q".repeat(64)}\n${"R".repeat(8)}\n-----END CERTIFICATE-----\n`,
  seed: SEED,
  name: "web1",
  until: 1_790_000_000_000,
};

const invitations = fc.record(
  {
    url: fc.constantFrom("tls://hub:4222", "tls://[fe80::1]:4222", "nats://127.0.0.1:4222"),
    ca: fc.constantFrom(null, invitation.ca),
    seed: fc.constant(SEED),
    name: fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/),
    until: fc.maxSafeNat(),
  },
  { noNullPrototype: true },
);

test("a token takes an invitation to a device, on one line", () => {
  fc.assert(
    fc.property(invitations, (given) => {
      const token = tokenOf(given);
      assert.match(token, /^tsvj1_[\w-]+$/);
      assert.deepEqual(readToken(` ${token}\n`), { ok: true, value: given });
    }),
  );
});

test("a token with one other character is refused with a reason", () => {
  const token = tokenOf(invitation);
  fc.assert(
    fc.property(fc.nat(token.length - 1), fc.stringMatching(/^[\w-]$/), (at, character) => {
      fc.pre(token[at] !== character);
      const read = readToken(token.slice(0, at) + character + token.slice(at + 1));
      assert.equal(read.ok, false);
      if (!read.ok) assert.match(read.error, at < 6 ? /^(no-token|newer|damaged)$/ : /^damaged$/);
    }),
  );
});

test("a token that was cut off, or pasted twice, is refused", () => {
  const token = tokenOf(invitation);
  for (let length = 6; length < token.length; length += 1) {
    assert.deepEqual(readToken(token.slice(0, length)), { ok: false, error: "damaged" });
  }
  assert.deepEqual(readToken(token + token), { ok: false, error: "damaged" });
});

test("what is no token, or one of a later version, is named so", () => {
  for (const text of ["", "hello", "tsv", "tsvj_x"]) {
    assert.deepEqual(readToken(text), { ok: false, error: "no-token" });
  }
  assert.deepEqual(readToken("tsvj2_AAAA"), { ok: false, error: "newer" });
});

test("a token with the right sum and wrong contents is refused", () => {
  const wrong: readonly Partial<Invitation>[] = [
    { url: "http://hub" },
    { url: "tls://user:password@hub" },
    { seed: "SUAB" },
    { name: "a.b" },
    { until: 1.5 },
  ];
  for (const each of wrong) {
    assert.deepEqual(readToken(tokenOf({ ...invitation, ...each })), {
      ok: false,
      error: "damaged",
    });
  }
});
