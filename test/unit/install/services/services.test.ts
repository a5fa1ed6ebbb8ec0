// Every init system's files and commands, against golden files. TSV_WRITE_GOLDEN=1 rewrites them.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { textDiff } from "../../../../src/install/plan/text-diff.ts";
import {
  INIT_NAMES,
  INIT_SYSTEMS,
  type InitName,
  whyUnwritable,
} from "../../../../src/install/services/registry.ts";
import { asText, type SampleOptions, sampleService, templates } from "./samples.ts";

const ODD = {
  executable: "/opt/my $tools/100%/tsv",
  config: "/srv/a b/100%/$HOME/c\\d.conf",
};

const CASES: Readonly<Record<string, readonly [InitName, SampleOptions]>> = {
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

function textOf([init, options]: readonly [InitName, SampleOptions]): string {
  return asText(INIT_SYSTEMS[init].service(sampleService(options), templates));
}

/** The text of a case, or its difference from the plain service of the same init system if that is short. */
function goldenText(name: string, each: readonly [InitName, SampleOptions]): string {
  const text = textOf(each);
  const [init] = each;
  const plain = CASES[init];
  if (name === init || plain === undefined) return text;
  const difference = `${textDiff(textOf(plain), text).join("\n")}\n`;
  return 2 * difference.length < text.length ? `== as ${init}, but\n${difference}` : text;
}

for (const [name, each] of Object.entries(CASES)) {
  void test(`${name}: files, links and commands are those of the golden file`, () => {
    const text = goldenText(name, each);
    const golden = `test/golden/initscripts/${name}.txt`;
    if (process.env["TSV_WRITE_GOLDEN"] === "1") writeFileSync(golden, text);
    assert.equal(text, readFileSync(golden, "utf8"));
  });
}

for (const init of INIT_NAMES) {
  void test(`${init}: every directory that holds a file or link is named, outermost first`, () => {
    for (const isImage of [false, true]) {
      const service = INIT_SYSTEMS[init].service(sampleService({ facts: { isImage } }), templates);
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
    const one = INIT_SYSTEMS[init].service(sampleService(), templates);
    const two = INIT_SYSTEMS[init].service(sampleService({ name: "web" }), templates);
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
    const service = INIT_SYSTEMS[init].service(
      sampleService({ facts: { isImage: true } }),
      templates,
    );
    const isLinked = service.links.some(({ path }) => !path.startsWith("/etc/sv/"));
    assert.ok(isLinked || init === "launchd");
  });
}

void test("services of one user are there for systemd and launchd", () => {
  const names = INIT_NAMES.filter((init) => INIT_SYSTEMS[init].hasUserServices);
  assert.deepEqual(names, ["systemd", "launchd"]);
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

void test("a repair stops no other service, and keeps symlinks that were there before", () => {
  const steps = (init: InitName, isRegistered: boolean, options: SampleOptions = {}) => {
    const service = sampleService({ ...options, facts: { isRegistered } });
    const { enable, forget } = INIT_SYSTEMS[init].service(service, templates);
    return [...enable, ...forget].map(({ argv, undo }) => [argv.join(" "), undo?.join(" ")]);
  };
  const repair = { isRepair: true } as const;
  const undo = "update-rc.d -f tsv remove";
  const isNew = [
    ["update-rc.d tsv defaults", undo],
    ["insserv", undefined],
  ];
  assert.deepEqual(steps("sysv", true), isNew);
  assert.deepEqual(steps("sysv", false, repair), isNew);
  assert.deepEqual(steps("sysv", true, repair), [["update-rc.d tsv defaults", undefined]]);
  assert.deepEqual(steps("s6", false, repair)[0], ["s6-svscanctl -a /etc/service", undefined]);
});

const UNIT_STATES: readonly (readonly [string, boolean, boolean])[] = [
  ["enabled", true, false],
  ["enabled-runtime", true, false],
  ["disabled", false, false],
  ["static", false, false],
  ["masked-runtime", false, true],
  ["masked", false, true],
];

void test("Supervisor's unit is enabled or masked by the word of systemctl", () => {
  const query = INIT_SYSTEMS.systemd.supervisor?.find("supervisor");
  assert.ok(query !== undefined && query.isMasked !== null);
  const answer = (word: string, argv: readonly string[]): boolean => {
    const [shell = "", option = "", script = "", unit = ""] = argv;
    const systemctl = `systemctl() { echo ${word}; }`;
    return spawnSync(shell, [option, `${systemctl}; ${script}`, unit]).status === 0;
  };
  for (const [word, isEnabled, isMasked] of UNIT_STATES) {
    assert.equal(answer(word, query.isEnabled), isEnabled, word);
    assert.equal(answer(word, query.isMasked), isMasked, word);
  }
});
