// Every init system's files and commands, against golden files. TSV_WRITE_GOLDEN=1 rewrites them.

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { INIT_SYSTEMS, type InitSystem } from "../../../../src/install/plan/init-system.ts";
import {
  hasUserServices,
  serviceFiles,
  whyUnwritable,
} from "../../../../src/install/services/services.ts";
import { asText, type SampleOptions, sampleService, templates } from "./samples.ts";

const ODD = {
  executable: "/opt/my $tools/100%/tsv",
  config: "/srv/a b/100%/$HOME/c\\d.conf",
};

const CASES: Readonly<Record<string, readonly [InitSystem, SampleOptions]>> = {
  systemd: ["systemd", {}],
  "systemd-user": ["systemd", { scope: "user" }],
  "systemd-other-name": [
    "systemd",
    { name: "web", waitOnline: true, openFiles: 600_000, stopTimeoutSeconds: 3610, ...ODD },
  ],
  "systemd-package": ["systemd", { executable: "/usr/bin/tsv", isPackaged: true }],
  sysv: ["sysv", {}],
  "sysv-package": ["sysv", { executable: "/usr/bin/tsv", isPackaged: true }],
  "sysv-chkconfig": ["sysv", { waitOnline: true, facts: { registration: "chkconfig" } }],
  "sysv-image": ["sysv", { facts: { isImage: true } }],
  openrc: ["openrc", {}],
  runit: ["runit", {}],
  s6: [
    "s6",
    {
      facts: {
        scanDirectories: ["/run/service", "/etc/s6-linux-init/current/run-image/service"],
      },
    },
  ],
  launchd: ["launchd", { platform: "darwin" }],
  "launchd-user": ["launchd", { platform: "darwin", scope: "user", ...ODD }],
};

for (const [name, [init, options]] of Object.entries(CASES)) {
  void test(`${name}: files, links and commands are those of the golden file`, () => {
    const text = asText(serviceFiles(init, sampleService(options), templates));
    const golden = `test/golden/initscripts/${name}.txt`;
    if (process.env["TSV_WRITE_GOLDEN"] === "1") writeFileSync(golden, text);
    assert.equal(text, readFileSync(golden, "utf8"));
  });
}

for (const init of INIT_SYSTEMS) {
  void test(`${init}: every directory that holds a file or link is named, outermost first`, () => {
    for (const isImage of [false, true]) {
      const service = serviceFiles(init, sampleService({ facts: { isImage } }), templates);
      const { directories, files, links } = service;
      for (const path of files.map((file) => file.path)) {
        const parent = path.slice(0, path.lastIndexOf("/"));
        assert.ok(
          directories.some((each) => each === parent || each.startsWith(`${parent}/`)),
          path,
        );
      }
      for (const [index, path] of directories.entries()) {
        assert.ok(
          !directories.slice(index + 1).some((later) => path.startsWith(`${later}/`)),
          path,
        );
      }
      assert.equal(new Set(links.map(({ path }) => path)).size, links.length);
    }
  });

  void test(`${init}: the start of a service can be undone, and two names share no path`, () => {
    const one = serviceFiles(init, sampleService(), templates);
    const two = serviceFiles(init, sampleService({ name: "web" }), templates);
    assert.deepEqual(one.start.undo, one.stop.argv);
    assert.deepEqual(one.stop.undo, one.start.argv);
    const paths = [...one.files, ...one.links].map(({ path }) => path);
    for (const { path } of [...two.files, ...two.links]) assert.ok(!paths.includes(path), path);
    assert.doesNotMatch(
      [...two.files.map(({ text }) => text)].join("\n"),
      /\/run\/tsv|\/etc\/tsv\/|\/var\/log\/tsv/,
    );
  });

  void test(`${init}: an image needs no command to start it at boot`, () => {
    const service = serviceFiles(init, sampleService({ facts: { isImage: true } }), templates);
    const isLinked = service.links.some(({ path }) => !path.startsWith("/etc/sv/"));
    assert.ok(isLinked || init === "launchd");
  });
}

void test("services of one user are there for systemd and launchd", () => {
  assert.deepEqual(INIT_SYSTEMS.filter(hasUserServices), ["systemd", "launchd"]);
});

void test("a value that no init script can contain is reported before anything is written", () => {
  assert.equal(whyUnwritable(sampleService()), null);
  assert.equal(whyUnwritable(sampleService(ODD)), null);
  assert.match(whyUnwritable(sampleService({ config: "/etc/a\nExecStart=/x" })) ?? "", /control/);
  assert.match(whyUnwritable(sampleService({ executable: "" })) ?? "", /empty/);
  assert.match(whyUnwritable(sampleService({ executable: "/it's" })) ?? "", /quotes/);
  assert.match(whyUnwritable(sampleService({ name: "a b" })) ?? "", /name "a b"/);
  assert.match(whyUnwritable(sampleService({ name: "../x" })) ?? "", /name/);
});
