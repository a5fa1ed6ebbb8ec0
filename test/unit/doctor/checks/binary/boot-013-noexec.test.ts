// BOOT-013 on hosts in memory: mounts that allow no code.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { healthyHost, look, only } from "../boot/boot-host.ts";
import { checkOf } from "../rows.ts";

const NO_EXEC = checkOf("BOOT-013");

function hardened(): ReturnType<typeof healthyHost> {
  const host = healthyHost()
    .directory("/dev/shm", { mode: 0o1777 })
    .directory("/var/tmp", { mode: 0o1777 });
  for (const place of ["/dev/shm", "/tmp", "/var/tmp", "/run"]) {
    host.mount(place, { type: "tmpfs", options: ["rw", "nosuid", "noexec"] });
  }
  return host;
}

describe("BOOT-013", () => {
  test("one place that may hold code is enough, also beside the executable", () => {
    assert.deepEqual(look(NO_EXEC, healthyHost()), []);
    assert.deepEqual(look(NO_EXEC, hardened()), []);
  });

  test("with every place closed the daemon cannot start", () => {
    const host = hardened().mount("/usr", { options: ["ro"] });
    const finding = only(look(NO_EXEC, host));
    assert.equal(finding.severity, "error");
    assert.equal(finding.repair.class, "C");
    assert.match(
      finding.evidence.join("\n"),
      /\/tmp: mounted with noexec\n.*\/usr\/local\/bin: EROFS/s,
    );
  });

  test("the native part beside the executable is enough, as in a container", () => {
    const host = hardened().mount("/usr", { options: ["ro"] });
    host.file("/usr/local/lib/tsv/posix.node");
    assert.deepEqual(look(NO_EXEC, host), []);
  });

  test("who is not root has fewer places", () => {
    const text = "[supervisord]\nuser=pi\n";
    assert.equal(look(NO_EXEC, hardened(), {}, { text }).length, 1);
    assert.deepEqual(
      look(NO_EXEC, healthyHost().directory("/tmp", { mode: 0o1777 }), {}, { text }),
      [],
    );
  });
});
