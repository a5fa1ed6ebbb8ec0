// Authentication of callers.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, it } from "node:test";
import type { Secrets } from "../../../../src/ports/secrets.ts";
import { authenticate, type Guard } from "../../../../src/services/rpc/auth.ts";
import { TCP_PEER, UNIX_PEER } from "../../../fakes/principals.ts";

const secrets: Secrets = {
  equal: (a, b) => a === b,
  seal: (text) => text,
  sha1Hex: (text) => createHash("sha1").update(text).digest("hex"),
};
const basic = (text: string) => `Basic ${Buffer.from(text).toString("base64")}`;
const guard = (password: string) => ({ credentials: { username: "user", password }, secrets });
const plain = guard("pä:ss");
const hashed = guard(`{SHA}${secrets.sha1Hex("secret")}`);
/** What a request with this header is taken for. */
const claim = (guard: Guard | null, header: string | null, peer = TCP_PEER) =>
  authenticate(
    { section: "inet_http_server", guard },
    { peer, header: (name) => (name === "authorization" ? header : null) },
  );
const kindOf = (guard: Guard | null, header: string | null) => claim(guard, header).proof.kind;

describe("authenticate", () => {
  it("lets everybody into an open server, whatever header they send", () => {
    for (const header of [null, basic(":"), "Basic !!!", "Digest x", ""]) {
      assert.equal(kindOf(null, header), "none-required");
      assert.equal(claim(null, header).role, "full");
    }
  });

  it("accepts the kernel's credentials of a unix socket's peer if no password is required", () => {
    assert.deepEqual(claim(null, null, UNIX_PEER).proof, { kind: "unix-peer" });
    assert.deepEqual(claim(plain, null, UNIX_PEER).proof, { kind: "missing" });
  });

  it("says the section, the peer, and the name that was proved, with all rights; and none of a wrong one", () => {
    const section = "inet_http_server";
    const common = { kind: "client", section, peer: TCP_PEER };
    const admin = { ...common, role: "full", proof: { kind: "password", username: "user" } };
    assert.deepEqual(claim(plain, basic("user:pä:ss")), admin);
    const stranger = { ...common, role: "anonymous", proof: { kind: "wrong" } };
    assert.deepEqual(claim(plain, basic("user:secret")), stranger);
  });

  it("takes the right password, with colons and beyond ASCII, under any spelling of the scheme", () => {
    assert.equal(kindOf(plain, basic("user:pä:ss")), "password");
    assert.equal(kindOf(plain, basic("user:pä:ss").replace("Basic", "bAsIC ")), "password");
  });

  it("compares a {SHA} password with the digest of the given one", () => {
    assert.equal(kindOf(hashed, basic("user:secret")), "password");
    assert.equal(kindOf(hashed, basic("user:Secret")), "wrong");
    assert.equal(kindOf(hashed, basic(`user:${hashed.credentials.password}`)), "wrong");
  });

  it("compares the password also when the name is wrong already (bad-credentials)", () => {
    const compared: string[] = [];
    const equal = (a: string, b: string): boolean => {
      compared.push(b);
      return a === b;
    };
    const watched = { ...plain, secrets: { ...secrets, equal } };
    assert.equal(kindOf(watched, basic("other:wrong")), "wrong");
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
      assert.equal(kindOf(plain, header), header === null ? "missing" : "wrong");
    });
  }
});
