// SOCK-003 on hosts in memory: when the file of a socket is stale, and when it is not.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { STALE_SOCKET } from "../../../../../../src/core/doctor/checks/socket/sock-003-stale-socket.ts";
import type { Finding, Unseen } from "../../../../../../src/core/doctor/model.ts";
import { DoctorHost } from "../../../../../fakes/doctor-host.ts";

const CONFIG = "[supervisord]\n[unix_http_server]\nfile=/run/tsv/tsv.sock\n";
const REFUSED = {
  servers: [
    {
      section: "unix_http_server",
      url: "unix:///run/tsv/tsv.sock",
      kind: "refused",
      detail: "ECONNREFUSED",
      daemon: null,
    },
  ],
} as const;

function look(host: DoctorHost, parts = {}): readonly (Finding | Unseen)[] {
  return STALE_SOCKET.look(host.situation(CONFIG, { ...REFUSED, ...parts }), host);
}

describe("SOCK-003", () => {
  test("a socket that refuses, that nobody has and no daemon runs for is stale and may go", () => {
    const [finding] = look(new DoctorHost().socket("/run/tsv/tsv.sock"));
    assert.ok(finding !== undefined && "repair" in finding);
    assert.equal(finding.subject, "/run/tsv/tsv.sock");
    assert.equal(finding.repair.class, "A");
    assert.deepEqual(
      finding.repair.steps.map(({ step }) => step),
      [{ kind: "remove-stale", path: "/run/tsv/tsv.sock" }],
    );
  });

  test("a file that is no socket is not touched", () => {
    assert.deepEqual(look(new DoctorHost().file("/run/tsv/tsv.sock")), []);
  });

  test("a socket that the kernel still lists is somebody's", () => {
    const host = new DoctorHost().socket("/run/tsv/tsv.sock");
    assert.deepEqual(look(host.listen({ kind: "unix", address: "/run/tsv/tsv.sock" })), []);
  });
});
