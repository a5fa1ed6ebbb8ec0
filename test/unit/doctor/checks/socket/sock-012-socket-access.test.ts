// SOCK-012 on hosts in memory: owners and modes that a socket cannot get.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { meantMode, SOCKET_ACCESS } from "../../../../../src/doctor/checks/socket/socket-access.ts";
import { CONFIG, host, lookAt, one, repair } from "./rig.ts";

const accounts = () =>
  host()
    .file("/etc/passwd", "root:x:0:0::/root:/bin/sh\nwww-data:x:33:33::/:/bin/sh\n")
    .file("/etc/group", "root:x:0:\ntsv:x:990:pi\nwww-data:x:33:\n");

describe("SOCK-012", () => {
  for (const [written, meant] of [
    ["rwxrwx---", "0770"],
    ["srw-rw----", "0660"],
    ["0o770", "0770"],
    ["0o0700", "0700"],
    ["u=rwx", "0700"],
    ["0999", "0700"],
  ] as const) {
    test(`a mode ${written} is meant as ${meant}`, () => {
      assert.equal(meantMode(written), meant);
    });
  }

  test("a bad mode is corrected at its line", () => {
    const on = accounts();
    const finding = one(lookAt(SOCKET_ACCESS, on, CONFIG.replace("0660", "rw-rw----")));
    assert.match(finding.symptom, /Invalid chmod value rw-rw----/);
    assert.equal(finding.place?.line, 3);
    assert.equal(finding.repair.class, "B");
    repair(on, finding);
    assert.match(on.readText("/etc/tsv/tsv.conf") ?? "", /^chmod=0660$/m);
    assert.deepEqual(lookAt(SOCKET_ACCESS, on, null), []);
  });

  for (const [written, meant] of [
    ["root:tvs", "root:tsv"],
    ["ww-data", "www-data"],
    ["nobodyknows:whoitis", "root"],
  ] as const) {
    test(`an owner ${written} becomes ${meant}`, () => {
      const on = accounts();
      const finding = one(lookAt(SOCKET_ACCESS, on, CONFIG.replace("root:tsv", written)));
      assert.match(finding.symptom, /Invalid sockchown value/);
      repair(on, finding);
      assert.match(on.readText("/etc/tsv/tsv.conf") ?? "", new RegExp(`^chown=${meant}$`, "m"));
      assert.deepEqual(lookAt(SOCKET_ACCESS, on, null), []);
    });
  }

  test("a group of the service itself that was deleted is made again", () => {
    const on = host();
    on.groups.splice(0, on.groups.length, ...on.groups.filter(({ name }) => name !== "tsv"));
    const file = { path: "/etc/systemd/system/tsv.service", text: "", isPackaged: false };
    const finding = one(lookAt(SOCKET_ACCESS, on, CONFIG, { service: { file } }));
    assert.deepEqual(
      finding.repair.steps.map(({ step }) => step),
      [{ kind: "group", name: "tsv" }],
    );
    assert.match(finding.repair.commands.join(), /^groupadd --system tsv/);
  });

  test("a daemon that is not root keeps its socket, and may choose among its groups", () => {
    const on = accounts();
    const text = CONFIG.replace("[supervisord]\n", "[supervisord]\nuser=pi\n");
    const finding = one(lookAt(SOCKET_ACCESS, on, text));
    assert.match(
      finding.symptom,
      /^Not permitted to chown \/run\/tsv\/tsv\.sock to uid\/gid \(0, 990\)/,
    );
    repair(on, finding);
    assert.deepEqual(lookAt(SOCKET_ACCESS, on, null), []);
    on.memberships.set("pi", [990]);
    assert.deepEqual(lookAt(SOCKET_ACCESS, on, text.replace("root:tsv", "pi:tsv")), []);
  });

  test("reports nothing on a healthy host, and no other mistakes", () => {
    assert.deepEqual(lookAt(SOCKET_ACCESS, accounts(), CONFIG), []);
    assert.deepEqual(lookAt(SOCKET_ACCESS, accounts(), `${CONFIG}[program:x]\n`), []);
  });
});
