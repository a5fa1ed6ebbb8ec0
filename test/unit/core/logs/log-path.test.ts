// Special log paths and the names of AUTO files.

import assert from "node:assert/strict";
import { test } from "node:test";
import { autoLogOf, autoLogPrefix, ownDescriptor } from "../../../../src/core/logs/log-path.ts";

test("the names of the daemon's own output are its descriptors", () => {
  assert.equal(ownDescriptor("/dev/stdout"), 1);
  assert.equal(ownDescriptor("/proc/self/fd/2"), 2);
  assert.equal(ownDescriptor("/dev/fd/1"), 1);
  assert.equal(ownDescriptor("/dev/stdout.1"), null);
  assert.equal(ownDescriptor("/var/log/stdout"), null);
});

test("an AUTO file is recognised with and without a rotation suffix", () => {
  const name = `${autoLogPrefix("web", "stdout", "supervisor")}a1_b2c3d.log`;
  assert.equal(name, "web-stdout---supervisor-a1_b2c3d.log");
  assert.equal(autoLogOf(name, "supervisor"), name);
  assert.equal(autoLogOf(`${name}.12`, "supervisor"), name);
});

const FOREIGN = [
  "web-stdout---supervisor-a1_b2c3d.log.bak",
  "web-stdout---supervisor-a1_b2c3d.log.gz",
  "web-stdout---supervisor-a1_b2c3d.logs",
  "web-stdout---supervisor-short.log",
  "web---supervisor-a1_b2c3d.log",
  "web-stdout---other-a1_b2c3d.log",
  "web-stdout---supervisor-more-a1_b2c3d.log",
];

for (const name of FOREIGN) {
  test(`${name} is not treated as an AUTO file`, () => {
    assert.equal(autoLogOf(name, "supervisor"), null);
  });
}

test("an identifier is matched literally", () => {
  assert.equal(autoLogOf("a-stdout---xyz-a1_b2c3d.log", "x.z"), null);
  assert.notEqual(autoLogOf("a-stdout---x.z-a1_b2c3d.log", "x.z"), null);
});

test("a slash in a process name cannot lead out of the directory", () => {
  assert.equal(autoLogPrefix("../x", "stderr", "s/t"), ".._x-stderr---s_t-");
});
