// Small decisions of the installer: paths, lines of files, timeouts, differences.

import assert from "node:assert/strict";
import { test } from "node:test";
import { addGroupLine, removeGroupLine } from "../../../../src/install/host/accounts.ts";
import {
  isBelow,
  lastingExecutable,
  layoutFor,
  parentsOf,
} from "../../../../src/install/plan/layout.ts";
import {
  type Manifest,
  manifestText,
  readManifest,
} from "../../../../src/install/plan/manifest.ts";
import { stopTimeoutSeconds } from "../../../../src/install/plan/requirements.ts";
import { describeUndo } from "../../../../src/install/plan/steps.ts";
import { textDiff } from "../../../../src/install/plan/text-diff.ts";
import { fc } from "../../../property.ts";

test("an executable is copied unless its path is permanent", () => {
  const lasting = ["/usr/bin/tsv", "/usr/local/bin/tsv", "/opt/tsv/bin/tsv"];
  const own = ["/home/a/bin/tsv", "/home/a/.local/bin/tsv"];
  const passing = ["/tmp/tsv", "/var/tmp/x/tsv", "/root/tsv", "/srv/build/tsv", "/optional/tsv"];
  for (const path of lasting) assert.equal(lastingExecutable(path, "COPY", null), path);
  for (const path of [...own, ...passing]) {
    assert.equal(lastingExecutable(path, "COPY", null), "COPY", path);
  }
  for (const path of own) assert.equal(lastingExecutable(path, "COPY", "/home/a"), path);
  assert.equal(lastingExecutable("/home/a/Downloads/tsv", "COPY", "/home/a"), "COPY");
});

/** Configuration, settings, socket, logs and manifest of a service named web. */
const LAYOUTS = [
  [
    ...(["linux", "system", null] as const),
    "/etc/web/tsv.conf /etc/sysconfig/web /run/web/tsv.sock /var/log/web /var/lib/web/install.json",
  ],
  [
    ...(["linux", "user", "/run/user/7"] as const),
    "~/.config/web/tsv.conf ~/.config/web/environment /run/user/7/web/tsv.sock ~/.local/state/web/log ~/.local/state/web/install.json",
  ],
  [
    ...(["darwin", "system", null] as const),
    "/usr/local/etc/web/tsv.conf - /var/run/web/tsv.sock /var/log/web /usr/local/var/lib/web/install.json",
  ],
  [
    ...(["darwin", "user", null] as const),
    "~/.config/web/tsv.conf ~/.config/web/environment ~/Library/Application Support/web/run/tsv.sock ~/Library/Logs/web ~/Library/Application Support/web/install.json",
  ],
] as const;

for (const [platform, scope, runtimeDirectory, paths] of LAYOUTS) {
  test(`the paths of a service of the ${scope} on ${platform}`, () => {
    const home = "/home/a";
    const places = { platform, scope, name: "web", home, runtimeDirectory, hasSysconfig: true };
    const layout = layoutFor(places);
    const { config, environmentFile, socket, logDirectory, manifest } = layout;
    const found = [config, environmentFile ?? "-", socket, logDirectory, manifest].join(" ");
    assert.equal(found.replaceAll(home, "~"), paths);
    const prefix = scope === "system" ? "/usr/local" : `${home}/.local`;
    assert.equal(layout.executable, `${prefix}/bin/tsv`);
  });
}

test("a line for a group takes the highest free number of system groups, and goes again without a trace", () => {
  const text = "root:x:0:\nssh:x:999:\nlast:x:1000:a,b\n";
  const added = addGroupLine(text, "group", { name: "tsv", gid: null });
  assert.equal(added, `${text}tsv:x:998:\n`);
  assert.equal(removeGroupLine(added ?? "", "tsv"), text);
  assert.equal(addGroupLine(text, "gshadow", { name: "tsv", gid: null }), `${text}tsv:!::\n`);
  assert.equal(addGroupLine(text, "group", { name: "ssh", gid: null }), null);
  assert.equal(removeGroupLine(text, "tsv"), null);
});

function group(
  priority: number,
  ...stopWaitSecs: readonly number[]
): Parameters<typeof stopTimeoutSeconds>[0][number] {
  const hooks = { preStop: null, stopCommand: null, postStop: null, hookTimeout: 30 };
  const nothing = { dependsOn: [], restartWith: [], ...hooks };
  const processes = stopWaitSecs.map((seconds) => ({ stopWaitSecs: seconds, ...nothing }));
  // Only these are read.
  return { priority, processes } as unknown as Parameters<typeof stopTimeoutSeconds>[0][number];
}

test("stopping takes as long as the slowest program of each priority, one after the other", () => {
  assert.equal(stopTimeoutSeconds([]), 90);
  assert.equal(stopTimeoutSeconds([group(999, 10)]), 90);
  assert.equal(stopTimeoutSeconds([group(999, 3600), group(999, 20)]), 3610);
  assert.equal(stopTimeoutSeconds([group(1, 100, 200), group(2, 300), group(2, 50)]), 510);
});

test("the parents of a path are the directories above it", () => {
  assert.deepEqual(parentsOf("/a/b/c"), ["/a", "/a/b"]);
  assert.deepEqual(parentsOf("/a"), []);
  assert.equal(isBelow("/etc/tsv2/x", ["/etc/tsv"]), false);
  assert.equal(isBelow("/etc/tsv/x", ["/etc/tsv"]), true);
});

test("a difference shows removed and added lines, with context", () => {
  const old = Array.from({ length: 20 }, (_, index) => `line ${index}`);
  const next = Object.assign([...old], { 10: "another" });
  assert.deepEqual(textDiff(old.join("\n"), next.join("\n")), [
    " line 7",
    " line 8",
    " line 9",
    "-line 10",
    "+another",
    " line 11",
    " line 12",
    " line 13",
    " ...",
  ]);
  assert.deepEqual(textDiff("same\n", "same\n"), []);
});

test("a difference loses no line of either text", () => {
  const lines = fc.array(fc.constantFrom("a", "b", "c", "d"), { maxLength: 8 });
  fc.assert(
    fc.property(lines, lines, (left, right) => {
      fc.pre(left.join() !== right.join());
      const shown = textDiff(
        left.map((line) => `${line}\n`).join(""),
        right.map((line) => `${line}\n`).join(""),
      );
      const minus = shown.filter((line) => line.startsWith("-")).length;
      const plus = shown.filter((line) => line.startsWith("+")).length;
      assert.equal(left.length - minus, right.length - plus);
    }),
  );
});

const MANIFEST: Manifest = {
  name: "tsv",
  scope: "system",
  init: "systemd",
  start: ["systemctl", "start", "tsv.service"],
  config: "/etc/tsv/tsv.conf",
  server: "unix:///run/tsv/tsv.sock",
  executable: "/usr/local/bin/tsv",
  group: "tsv",
  isPackaged: false,
  lingered: null,
  entries: [
    { kind: "group", name: "tsv" },
    { kind: "directory", path: "/etc/tsv" },
    { kind: "link", path: "/etc/l", target: "x", replaced: { kind: "link", target: "y" } },
    {
      kind: "file",
      path: "/etc/f",
      sha256: "00",
      isTheirs: false,
      replaced: { kind: "file", backup: "/b", mode: 0o644, uid: 0, gid: 0 },
    },
  ],
  reactivate: [["systemctl", "start", "x"]],
};

test("a manifest is read as it was written", () => {
  assert.deepEqual(readManifest(manifestText(MANIFEST), "/m"), { ok: true, value: MANIFEST });
});

test("a manifest with any invalid part is rejected completely", () => {
  const whole = JSON.parse(manifestText(MANIFEST)) as Record<string, unknown>;
  const bad: readonly unknown[] = [
    null,
    [],
    { ...whole, format: 2 },
    { ...whole, init: "upstart" },
    { ...whole, config: "relative" },
    { ...whole, entries: [{ kind: "file", path: "../etc" }] },
    { ...whole, entries: [{ kind: "device", path: "/dev/x" }] },
    {
      ...whole,
      entries: [{ kind: "file", path: "/f", sha256: "0", isTheirs: false, replaced: {} }],
    },
    { ...whole, reactivate: [[]] },
    { ...whole, reactivate: ["reboot"] },
  ];
  for (const value of bad) assert.equal(readManifest(JSON.stringify(value), "/m").ok, false);
  const damaged = readManifest(manifestText(MANIFEST).slice(0, -9), "/m");
  assert.deepEqual(damaged, {
    ok: false,
    error: "/m is not a manifest of an installation: it is not JSON",
  });
});

test("a command that exists only as an undo has no undo", () => {
  const argv = ["/bin/sh", "-c", '"$@" || :', "sh", "systemctl", "daemon-reload"];
  const undo = { kind: "run", argv, mayFail: false } as const;
  assert.equal(describeUndo({ ...undo, what: argv.join(" ") }), "systemctl daemon-reload");
  assert.equal(
    describeUndo({ ...undo, what: "start tsv" }),
    'systemctl daemon-reload: undoes "start tsv"',
  );
});
