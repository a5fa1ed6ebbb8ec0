// Special log paths and the names of AUTO files.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  autoLogOf,
  autoLogPrefix,
  type LinkOnTheWay,
  linkProblem,
  ownDescriptor,
} from "../../../../src/core/logs/log-path.ts";

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

// Which links of users root follows to a log. That posix/guarded.c decides so is tested in integration/logs/links.test.ts.

const LINK: LinkOnTheWay = {
  uid: 33,
  holder: { uid: 33, mode: 0o755 },
  led: { uid: 33, isFile: true },
  ledIn: 0,
  isLast: true,
};

test("root's own links are followed, wherever they are and lead", () => {
  const holder = { uid: 1000, mode: 0o1777 };
  assert.equal(linkProblem({ ...LINK, uid: 0, holder, led: null }), null);
});

test("a user's symlink is followed to files and directories of that user", () => {
  assert.equal(linkProblem(LINK), null);
  assert.equal(linkProblem({ ...LINK, led: { uid: 33, isFile: false }, isLast: false }), null);
  for (const uid of [0, 1000]) {
    assert.equal(linkProblem({ ...LINK, led: { uid, isFile: true } }), "foreign");
  }
  assert.equal(linkProblem({ ...LINK, led: null }), "foreign");
});

test("and to a file in a directory of that user's, who could have moved it: also to one that root is to make", () => {
  assert.equal(linkProblem({ ...LINK, led: { uid: 0, isFile: true }, ledIn: 33 }), null);
  assert.equal(linkProblem({ ...LINK, led: null, ledIn: 33 }), null);
  const directory = { uid: 0, isFile: false };
  assert.equal(linkProblem({ ...LINK, led: directory, ledIn: 33 }), "foreign");
  assert.equal(linkProblem({ ...LINK, led: directory, ledIn: 33, isLast: false }), "foreign");
  assert.equal(linkProblem({ ...LINK, led: null, ledIn: null }), "foreign");
});

test("in a world-writable directory only the owner's symlinks are followed", () => {
  assert.equal(linkProblem({ ...LINK, holder: { uid: 0, mode: 0o1777 } }), "sticky");
  assert.equal(linkProblem({ ...LINK, holder: { uid: 33, mode: 0o1777 } }), null);
  for (const mode of [0o1775, 0o777]) {
    assert.equal(linkProblem({ ...LINK, holder: { uid: 0, mode } }), null);
  }
});
