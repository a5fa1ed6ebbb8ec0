// PROG-025 on hosts in memory: ports of checks on which other programs listen.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { FOREIGN_PORT } from "../../../../../src/doctor/checks/programs/health.ts";
import type { DoctorHost } from "../../../../fakes/doctor-host.ts";
import { config, host, look, one, status } from "./rig.ts";

const WEB = 700;
const OTHER = 900;

/** Of a host on which the program runs and another process listens. */
function check(
  changes: (made: DoctorHost) => void = () => {},
  option = "health_check=http://127.0.0.1:8000/",
) {
  const made = host().run(WEB, ["/bin/web"]).run(OTHER, ["/usr/bin/apache2"]);
  changes(made);
  return look(FOREIGN_PORT, made, config("command=/bin/cat", option), {
    programs: [status({ pid: WEB })],
  });
}

const listen =
  (pid: number | null, address = "0.0.0.0", port = 8000) =>
  (made: DoctorHost) => {
    made.listen({ kind: "tcp", address, port, pid });
  };

describe("PROG-025", () => {
  test("a listener that is not of the program is named", () => {
    const finding = one(check(listen(OTHER)));
    assert.equal(finding.symptom, "health_check asks another process, not web");
    assert.deepEqual(finding.evidence, ["health_check=http://127.0.0.1:8000/", "pid 900: apache2"]);
    assert.equal(
      one(check(listen(OTHER, "::1"), "ready_check=tcp://localhost:8000")).place?.key,
      "ready_check",
    );
  });

  test("the program, its children, its group, and the holder of its socket are its own", () => {
    assert.deepEqual(check(listen(WEB)), []);
    assert.deepEqual(
      check((made) => listen(701)(made.run(701, ["/bin/web"], { parent: WEB }))),
      [],
    );
    assert.deepEqual(
      check((made) => listen(702)(made.run(702, ["/bin/web"], { group: WEB }))),
      [],
    );
    assert.deepEqual(check(listen(1)), []);
  });

  test("other ports, addresses of the network, hidden listeners and no listener are not reported", () => {
    assert.deepEqual(check(listen(OTHER, "0.0.0.0", 8001)), []);
    assert.deepEqual(check(listen(OTHER, "192.0.2.1")), []);
    assert.deepEqual(check(listen(null)), []);
    assert.deepEqual(check(), []);
    assert.deepEqual(check(listen(OTHER), "health_check=tcp://192.0.2.1:8000"), []);
    assert.deepEqual(check(listen(OTHER), "health_check=unix:///run/x"), []);
  });
});
