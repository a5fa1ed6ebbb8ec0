// Authentication of callers.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { TOKEN_PREFIX } from "../../../../src/core/access/passwords.ts";
import { type Peer, principalText } from "../../../../src/core/access/principal.ts";
import { createSecrets, hashPassword } from "../../../../src/host/system/secrets.ts";
import { authenticate, type Guard, signIn } from "../../../../src/services/rpc/auth.ts";
import { fakeGuard, fakeUser } from "../../../fakes/guard.ts";
import { TCP_PEER, UNIX_PEER } from "../../../fakes/principals.ts";

const secrets = createSecrets();
const basic = (text: string) => `Basic ${Buffer.from(text).toString("base64")}`;
const guard = (password: string) => fakeGuard({ credentials: { username: "user", password } });
const plain = guard("pä:ss");
const hashed = guard(`{SHA}${secrets.sha1Hex("secret")}`);
/** What a request with this header is taken for. */
const claim = async (guard: Guard | null, header: string | null, peer: Peer = TCP_PEER) =>
  await authenticate(
    { section: "inet_http_server", guard, readers: { gid: 50, ownUid: 33 } },
    { peer, header: (name) => (name === "authorization" ? header : null) },
  );
const kindOf = async (guard: Guard | null, header: string | null) =>
  (await claim(guard, header)).proof.kind;

describe("authenticate", () => {
  it("lets everybody into an open server, whatever header they send", async () => {
    for (const header of [null, basic(":"), "Basic !!!", "Digest x", ""]) {
      assert.equal(await kindOf(null, header), "none-required");
      assert.equal((await claim(null, header)).role, "admin");
    }
  });

  it("accepts the kernel's credentials of a unix socket's peer if no password is required", async () => {
    assert.deepEqual((await claim(null, null, UNIX_PEER)).proof, { kind: "unix-peer" });
    assert.deepEqual((await claim(plain, null, UNIX_PEER)).proof, { kind: "missing" });
  });

  it("says the section, the peer, and the name that was proved, with all rights; and none of a wrong one", async () => {
    const section = "inet_http_server";
    const common = { kind: "client", section, peer: TCP_PEER };
    const admin = {
      ...common,
      role: "admin",
      programs: null,
      proof: { kind: "password", username: "user" },
    };
    assert.deepEqual(await claim(plain, basic("user:pä:ss")), admin);
    const stranger = { ...common, role: "anonymous", programs: [], proof: { kind: "wrong" } };
    assert.deepEqual(await claim(plain, basic("user:secret")), stranger);
  });

  it("takes the right password, with colons and beyond ASCII, under any spelling of the scheme", async () => {
    assert.equal(await kindOf(plain, basic("user:pä:ss")), "password");
    assert.equal(await kindOf(plain, basic("user:pä:ss").replace("Basic", "bAsIC ")), "password");
  });

  it("compares a {SHA} password with the digest of the given one", async () => {
    assert.equal(await kindOf(hashed, basic("user:secret")), "password");
    assert.equal(await kindOf(hashed, basic("user:Secret")), "wrong");
    assert.equal(await kindOf(hashed, basic(`user:${hashed.credentials?.password}`)), "wrong");
  });

  it("compares the password also when the name is wrong already (bad-credentials)", async () => {
    const compared: string[] = [];
    const equal = (a: string, b: string): boolean => {
      compared.push(b);
      return a === b;
    };
    const watched = { ...plain, secrets: { ...secrets, equal } };
    assert.equal(await kindOf(watched, basic("other:wrong")), "wrong");
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
    it(`refuses ${JSON.stringify(header)} (bad-credentials)`, async () => {
      assert.equal(await kindOf(plain, header), header === null ? "missing" : "wrong");
    });
  }
});

describe("sections [user:x]", () => {
  const users = [
    fakeUser("ann", { password: "p", role: "operate", programs: ["web:*"] }),
    fakeUser("bob", { token: "0123456789abcdef", role: "admin", programs: ["*"] }),
    fakeUser("eve", { token: TOKEN_PREFIX + secrets.sha256Hex("fedcba9876543210") }),
  ];
  const both = fakeGuard({ credentials: { username: "user", password: "own" }, users });

  it("gives a user the role and the programs of its section, and that of the server all", async () => {
    const ann = await claim(both, basic("ann:p"));
    assert.deepEqual(
      [ann.role, ann.programs, ann.proof],
      ["operate", ["web:*"], { kind: "password", username: "ann" }],
    );
    const admin = await claim(both, basic("user:own"));
    assert.deepEqual([admin.role, admin.programs], ["admin", null]);
  });

  it("takes a token in clear or hashed, never as a password, and no password as a token", async () => {
    const bob = await claim(both, "Bearer 0123456789abcdef");
    assert.deepEqual([bob.role, bob.programs, bob.proof.kind], ["admin", null, "token"]);
    const eve = await claim(both, "bearer  fedcba9876543210");
    assert.deepEqual([eve.role, eve.programs], ["read", ["*"]]);
    for (const header of [
      ...[basic("bob:0123456789abcdef"), basic("bob:"), basic("eve:fedcba9876543210")],
      ...["Bearer p", "Bearer own", "Bearer ", "Bearer 0123456789abcde", "Bearer x y"],
      `Bearer ${users[2]?.token}`,
    ]) {
      const wrong = await claim(both, header);
      assert.deepEqual([wrong.role, wrong.proof.kind], ["anonymous", "wrong"], header);
    }
  });

  it("lets a user of the name in that a server section has, with its own password", async () => {
    const password = await hashPassword("correct horse");
    const users = [fakeUser("ann", { password: "p" })];
    const guard = fakeGuard({ credentials: { username: "ann", password }, users });
    assert.equal((await claim(guard, basic("ann:correct horse"))).role, "admin");
    assert.equal((await claim(guard, basic("ann:p"))).role, "read");
  });

  it("compares a password with what tsv passwd made of it (hashed-passwords)", async () => {
    const password = await hashPassword("correct horse");
    const credentials = { username: "ann", password };
    for (const guard of [
      fakeGuard({ users: [fakeUser("ann", { password })] }),
      fakeGuard({ credentials }),
    ]) {
      assert.equal(await kindOf(guard, basic("ann:correct horse")), "password");
      assert.equal(await kindOf(guard, basic("ann:correct horses")), "wrong");
      assert.equal(await kindOf(guard, basic("bob:correct horse")), "wrong");
      assert.equal(await kindOf(guard, basic(`ann:${password}`)), "wrong");
    }
  });
});

describe("sessions", () => {
  const section = "inet_http_server";
  const bySession = async (guard: Guard, key: string, cookie = `a=b; ${guard.cookie}=${key}; c`) =>
    await authenticate(
      { section, guard, readers: null },
      { peer: TCP_PEER, header: (name) => (name === "cookie" ? cookie : null) },
    );
  const users = [fakeUser("ann", { password: "p", role: "operate", programs: ["web:*"] })];
  const both = fakeGuard({ credentials: { username: "user", password: "own" }, users });
  const signed = async (username: string, password: string) =>
    await signIn({ section, peer: TCP_PEER }, both, { username, password });

  it("give a browser the role and the programs of its user", async () => {
    const { client, key } = await signed("ann", "p");
    assert.deepEqual(client.proof, { kind: "password", username: "ann" });
    const ann = await bySession(both, key ?? "");
    assert.deepEqual([ann.role, ann.programs], ["operate", ["web:*"]]);
    assert.match(principalText(ann), /^ann, /);
    const admin = await bySession(both, (await signed("user", "own")).key ?? "");
    assert.deepEqual([admin.role, admin.programs], ["admin", null]);
  });

  it("begin with the right password alone", async () => {
    for (const [name, password] of [
      ["ann", "own"],
      ["ann", ""],
      ["", ""],
      ["bob", "p"],
    ] as const) {
      const { client, key } = await signed(name, password);
      assert.deepEqual([client.role, client.proof.kind, key], ["anonymous", "wrong", null]);
    }
  });

  it("are no session of another server, under another name, or with another key", async () => {
    const key = (await signed("ann", "p")).key ?? "";
    const missing = { kind: "missing" };
    const entrance = { section: "inet_http_server:b", guard: both, readers: null };
    const header = (name: string) => (name === "cookie" ? `tsv_1=${key}` : null);
    assert.deepEqual((await authenticate(entrance, { peer: TCP_PEER, header })).proof, missing);
    for (const cookie of [`tsv_2=${key}`, `xtsv_1=${key}`, `tsv_1=${key}x`, "tsv_1", ""]) {
      assert.deepEqual((await bySession(both, "", cookie)).proof, missing, cookie);
    }
  });

  it("end with the user, and with the password", async () => {
    for (const after of [
      [],
      [fakeUser("ann", { password: "q" })],
      [fakeUser("bob", { password: "p" })],
    ]) {
      const key = (await signed("ann", "p")).key ?? "";
      assert.equal((await bySession({ ...both, users: after }, key)).role, "anonymous");
      assert.equal((await bySession(both, key)).role, "anonymous");
    }
  });
});

describe("read_group", () => {
  const roleOf = async (user: Peer["user"]) =>
    (await claim(null, null, { address: "localhost", port: 0, user })).role;

  it("lets its members read, and others of a unix socket do everything", async () => {
    assert.equal(await roleOf({ uid: 1000, pid: 4, groups: [100, 50] }), "read");
    assert.equal(await roleOf({ uid: 1000, pid: 4, groups: [100] }), "admin");
  });

  it("does not limit root and the daemon's own user", async () => {
    assert.equal(await roleOf({ uid: 0, pid: 4, groups: [50] }), "admin");
    assert.equal(await roleOf({ uid: 33, pid: 4, groups: [50] }), "admin");
  });

  it("takes a peer whose groups are unknown for a member", async () => {
    assert.equal(await roleOf({ uid: 1000, pid: 4 }), "read");
  });
});
