// Who may pass.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, it } from "node:test";
import type { Secrets } from "../../../../src/ports/secrets.ts";
import { authorize } from "../../../../src/services/rpc/auth.ts";

const secrets: Secrets = {
  equal: (a, b) => a === b,
  seal: (text) => text,
  sha1Hex: (text) => createHash("sha1").update(text).digest("hex"),
};
const basic = (text: string) => `Basic ${Buffer.from(text).toString("base64")}`;
const guard = (password: string) => ({ credentials: { username: "user", password }, secrets });
const plain = guard("pä:ss");
const hashed = guard(`{SHA}${secrets.sha1Hex("secret")}`);

describe("authorize", () => {
  it("lets everybody into an open server, whatever header they send", () => {
    for (const header of [null, basic(":"), "Basic !!!", "Digest x", ""]) {
      assert.equal(authorize(null, header), "right");
    }
  });

  it("takes the right password, with colons and beyond ASCII, under any spelling of the scheme", () => {
    assert.equal(authorize(plain, basic("user:pä:ss")), "right");
    assert.equal(authorize(plain, basic("user:pä:ss").replace("Basic", "bAsIC ")), "right");
  });

  it("compares a {SHA} password with the digest of what was given", () => {
    assert.equal(authorize(hashed, basic("user:secret")), "right");
    assert.equal(authorize(hashed, basic("user:Secret")), "wrong");
    assert.equal(authorize(hashed, basic(`user:${hashed.credentials.password}`)), "wrong");
  });

  it("compares the password also when the name is wrong already (bad-credentials)", () => {
    const compared: string[] = [];
    const equal = (a: string, b: string): boolean => {
      compared.push(b);
      return a === b;
    };
    const watched = { ...plain, secrets: { ...secrets, equal } };
    assert.equal(authorize(watched, basic("other:wrong")), "wrong");
    assert.deepEqual(compared, ["user", "pä:ss"]);
  });

  const wrong = [
    null,
    "",
    "Basic",
    "Basic ",
    "Basic !!!!",
    "Basic dXNlcg",
    basic("user"),
    basic("user:"),
    basic("user:wrong"),
    basic("other:pä:ss"),
    basic("USER:pä:ss"),
    basic("user:pä:ss").replace("Basic", "Bearer"),
    `Basic ${Buffer.from([0xff, 0x3a, 0x61]).toString("base64")}`,
  ];
  for (const header of wrong) {
    it(`refuses ${JSON.stringify(header)} (bad-credentials)`, () => {
      assert.equal(authorize(plain, header), header === null ? "missing" : "wrong");
    });
  }
});
