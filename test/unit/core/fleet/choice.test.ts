// Hosts that a command is for.

import assert from "node:assert/strict";
import { test } from "node:test";
import { chooseHosts, isAll } from "../../../../src/core/fleet/choice.ts";
import { fc } from "../../../property.ts";

const host = (name: string, labels: Readonly<Record<string, string>> = {}) => {
  return { name, labels: new Map(Object.entries(labels)) };
};
const HOSTS = [
  host("pi-1", { site: "berlin", role: "web" }),
  host("pi-2", { site: "rome", role: "web" }),
  host("db", { site: "berlin" }),
];

function chosen(on: readonly string[], labels: readonly string[]): readonly string[] | string {
  const hosts = chooseHosts(HOSTS, { on, labels });
  return hosts.ok ? hosts.value.map(({ name }) => name) : hosts.error;
}

test("hosts are chosen by names, patterns and labels, in their own order", () => {
  assert.deepEqual(chosen([], []), ["pi-1", "pi-2", "db"]);
  assert.deepEqual(chosen(["db", "pi-1"], []), ["pi-1", "db"]);
  assert.deepEqual(chosen(["db, pi-*"], []), ["pi-1", "pi-2", "db"]);
  assert.deepEqual(chosen([], ["site=berlin", "role=web"]), ["pi-1"]);
  assert.deepEqual(chosen([], ["role"]), ["pi-1", "pi-2"]);
  assert.deepEqual(chosen(["pi-[^1]"], ["site=r*"]), ["pi-2"]);
});

test("a pattern or a label that matches nothing is an error", () => {
  assert.equal(chosen(["pi-1", "pj-2"], []), "no host matches 'pj-2'. Did you mean: pi-2");
  assert.equal(chosen(["x*"], []), "no host matches 'x*'");
  assert.equal(chosen([""], []), "no host matches ''");
  assert.equal(chosen(["db"], ["role=web"]), "no host of these has the label role=web");
  assert.equal(chosen([], ["site=rome", "nosuch"]), "no host has the label nosuch");
  assert.equal(
    chosen(["pi-2", "db"], ["site=berlin", "role=web"]),
    "no host has all of these labels",
  );
  const none = chooseHosts([], { on: [], labels: [] });
  assert.deepEqual(none, { ok: false, error: "the inventory has no hosts" });
});

test("a choice takes only what it names, and never more with another label", () => {
  const word = fc.constantFrom("pi-1", "pi-2", "db", "*", "pi-*", "[dp]*");
  const label = fc.constantFrom("site", "site=berlin", "role=*", "role=db");
  fc.assert(
    fc.property(
      fc.array(word, { maxLength: 3 }),
      fc.array(label, { maxLength: 3 }),
      (on, labels) => {
        const all = chosen(on, labels);
        assert.equal(isAll({ on, labels }), on.length + labels.length === 0);
        if (typeof all === "string") return;
        const fewer = chosen(on, [...labels, "site=berlin"]);
        if (typeof fewer !== "string") assert.ok(fewer.every((name) => all.includes(name)));
        const order = HOSTS.map(({ name }) => name).filter((name) => all.includes(name));
        assert.deepEqual(all, order);
      },
    ),
  );
});
