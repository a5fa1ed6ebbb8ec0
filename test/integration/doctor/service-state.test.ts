// The service of this very host, whatever its init system: what nobody has is not found, and who asks disturbs nothing. How it
// is found on each init system is tested on hosts that boot.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createProbe } from "../../../src/doctor/host/probe.ts";
import { gatherService } from "../../../src/doctor/host/service-state.ts";
import { gatherEvidence } from "../../../src/install/host/gather-facts.ts";
import { detectInit } from "../../../src/install/services/registry.ts";

describe("gatherService", () => {
  test("a configuration that no service runs has none, by the init system that runs here", () => {
    const service = gatherService("/srv/of-no-service.conf", createProbe());
    const detected = detectInit(gatherEvidence());
    assert.equal(service.init, detected.ok ? detected.value.init : null);
    assert.equal(service.file, null);
    assert.equal(service.manifest, null);
    assert.equal(service.restoration, null);
    assert.notEqual(service.isEnabled, true);
    assert.notEqual(service.isActive, true);
  });

  const init = gatherService(null, createProbe()).init;
  const skip =
    init === null ? false : `needs a machine without an init system; this one has ${init}`;

  test("without an init system there is nothing to start or enable", { skip }, () => {
    const service = gatherService(null, createProbe());
    const { commands, isEnabled, isActive, properties } = service;
    assert.deepEqual(
      { commands, isEnabled, isActive, properties },
      {
        commands: null,
        isEnabled: null,
        isActive: null,
        properties: {},
      },
    );
  });
});
