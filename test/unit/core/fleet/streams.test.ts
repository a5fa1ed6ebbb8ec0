import assert from "node:assert/strict";
import { test } from "node:test";
import { hasConfig, STREAMS_BYTES, streamConfigs } from "../../../../src/core/fleet/streams.ts";

test("streams have limits, which JetStream may reserve together", () => {
  const configs = [...streamConfigs().values()];
  assert.deepEqual(
    configs.map(({ name }) => name),
    ["TSV_EVENTS", "KV_tsv_desired", "KV_tsv_reported", "KV_tsv_rollouts"],
  );
  let sum = 0;
  for (const { max_bytes: most, max_msgs_per_subject: each, max_msg_size: size } of configs) {
    assert.ok(Number(each) > 0 && Number(size) > 0);
    sum += Number(most);
  }
  assert.equal(sum, STREAMS_BYTES);
});

test("sixty devices that flood displace no events of others", () => {
  const events = streamConfigs().get("TSV_EVENTS");
  const share = Number(events?.["max_msgs_per_subject"]) * Number(events?.["max_msg_size"]);
  assert.ok(60 * share < Number(events?.["max_bytes"]));
});

test("a stream has a configuration if it has all of it, with or without more", () => {
  const wanted = { name: "x", subjects: ["a.*"], max_age: 0, deny_delete: false, max_bytes: 5 };
  const { max_age, deny_delete, ...left } = wanted;
  assert.ok(hasConfig({ ...wanted, more: 1 }, wanted));
  assert.ok(hasConfig(left, wanted));
  for (const change of [{ max_bytes: 6 }, { subjects: ["b"] }, { deny_delete: true }]) {
    assert.equal(hasConfig({ ...wanted, ...change }, wanted), false);
  }
});
