// The package of tsv: its mark, settings of the host beside its files, and installations on a host with it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { packageFiles } from "../../../../packaging/files/package-files.ts";
import {
  asPackaged,
  isPackagedService,
  markText,
  PACKAGE_MARK,
  packagedRecord,
  packagedRemarks,
  readMark,
  removeThePackage,
  whyPackaged,
} from "../../../../src/install/plan/package.ts";
import type { FoundFile } from "../../../../src/install/plan/steps.ts";
import { planUninstall } from "../../../../src/install/plan/uninstall.ts";
import { packagedService } from "../../../../src/install/services/init-system.ts";
import {
  INIT_NAMES,
  INIT_SYSTEMS,
  type InitName,
} from "../../../../src/install/services/registry.ts";
import { MemoryHost, MemoryWorld } from "../../../fakes/install-host.ts";
import {
  DEBIAN,
  factsOf,
  LAYOUT,
  manifestOf,
  manifestWith,
  PACKAGE,
  perform,
  planFor,
  SERVICE,
} from "../../../fakes/install-plan.ts";
import { sampleService, templates } from "../services/samples.ts";

const MISSING: FoundFile = { kind: "missing" };
const PACKAGED = { executable: "/usr/bin/tsv", stopTimeoutSeconds: 90 } as const;
const SETTINGS: Readonly<Partial<Record<InitName, string>>> = {
  systemd: "/etc/systemd/system/tsv.service.d/tsv-install.conf",
  sysv: "/etc/tsv/boot.env",
};

const serviceOn = (init: InitName, changes: object = {}, found: FoundFile = MISSING) =>
  packagedService(INIT_SYSTEMS[init], sampleService({ ...PACKAGED, ...changes }), {
    templates,
    look: () => found,
  });

const UNIT_OF_SRV = /^ExecStart=\nExecStart=\/usr\/bin\/tsv daemon -n -c \/srv\/c /m;

/** What differs on a host, and the text of the file beside the package's; null: no file is needed. */
const DIFFERENCES: readonly (readonly [InitName, object, RegExp | null])[] = [
  ["systemd", {}, null],
  ["sysv", {}, null],
  ["openrc", {}, null],
  ["systemd", { config: "/srv/c" }, UNIT_OF_SRV],
  ["sysv", { config: "/srv/c" }, /^config=\/srv\/c$/m],
  ["systemd", { stopTimeoutSeconds: 3610 }, /^TimeoutStopSec=3610$/m],
  ["sysv", { stopTimeoutSeconds: 3610 }, /^stop_seconds=3610$/m],
  ["systemd", { openFiles: 600_000 }, /^LimitNOFILE=600000:600000$/m],
  ["systemd", { waitOnline: true }, /^Wants=network-online\.target$/m],
  // An init script of a package cannot wait for the network.
  ["sysv", { waitOnline: true }, null],
];

for (const [init, changes, text] of DIFFERENCES) {
  test(`settings of ${init} beside the package's files: ${JSON.stringify(changes)}`, () => {
    const { files } = serviceOn(init, changes);
    assert.deepEqual(
      files.map(({ path }) => path),
      text === null ? [] : [SETTINGS[init]],
    );
    if (text !== null) assert.match(files[0]?.text ?? "", text);
  });
}

test("a file of an earlier run is updated, and a link to the same unit through /lib stays", () => {
  const there = { kind: "file", sha256: "", mode: 0o644, uid: 0, gid: 0 } as const;
  assert.match(serviceOn("systemd", {}, there).files[0]?.text ?? "", /-c \/etc\/tsv\/tsv\.conf/);
  const target = "/lib/systemd/system/tsv.service";
  const { links } = serviceOn("systemd", {}, { kind: "link", target });
  assert.deepEqual(
    links.map((link) => link.target),
    [target],
  );
});

test("only init systems that a package has a script for are the package's", () => {
  const scripts = INIT_NAMES.map((init) => [init, INIT_SYSTEMS[init].packaged?.script("tsv")]);
  assert.deepEqual(Object.fromEntries(scripts), {
    systemd: "/usr/lib/systemd/system/tsv.service",
    sysv: "/etc/init.d/tsv",
    openrc: "/etc/init.d/tsv",
    runit: undefined,
    s6: undefined,
    launchd: undefined,
  });
});

test("the mark names every file and directory that an installation could take for its own", () => {
  for (const kind of ["deb", "rpm"] as const) {
    const { files } = packageFiles(kind, templates);
    const text = files.find(({ path }) => path === PACKAGE_MARK)?.text ?? "";
    const mark = readMark(text);
    assert.ok(mark.ok);
    assert.equal(mark.value.kind, kind);
    const { config, configDirectory, includeDirectory, logDirectory, stateDirectory } = LAYOUT;
    const settings = kind === "deb" ? "/etc/default/tsv" : "/etc/sysconfig/tsv";
    for (const path of [
      ...[config, configDirectory, includeDirectory, logDirectory, stateDirectory, settings],
    ]) {
      assert.ok(mark.value.paths.includes(path), `${kind}: ${path}`);
    }
    const removal = removeThePackage({ mark: mark.value });
    assert.match(
      removal ?? "",
      kind === "deb" ? /^ {2}sudo apt purge tsv {4}# /m : /dnf remove tsv/,
    );
  }
  for (const text of ["", "{}", '{"format":2}', markText({ kind: "deb", paths: [] }).slice(1)]) {
    const mark = readMark(text);
    assert.match(mark.ok ? "" : mark.error, /reinstall the package/);
  }
});

const REQUEST = { name: "tsv", root: "/", group: "tsv" };
const IMAGE = { ...REQUEST, root: "/srv/image" };
const SCRIPTS = { ...PACKAGE, paths: ["/usr/bin/tsv", "/etc/init.d/tsv"] };
const OURS = manifestWith({ executable: "/usr/local/bin/tsv" });
const world = new MemoryWorld();
const without = factsOf(world);
const packaged = factsOf(world, { mark: PACKAGE });
const own = factsOf(world, { mark: PACKAGE, previous: OURS });

test("an installation beside a package is refused where it would conflict", () => {
  const isRefused = (running: string, facts = packaged, request = REQUEST): boolean =>
    whyPackaged(request, facts, running) !== null;
  assert.equal(isRefused("/tmp/tsv"), true);
  assert.equal(isRefused("/usr/bin/tsv"), false);
  assert.equal(isRefused("/usr/bin/tsv", own), true);
  assert.equal(isRefused("/usr/local/bin/tsv", own), false);
  const masked = new MemoryWorld();
  masked.files.set("/etc/systemd/system/tsv.service", { kind: "link", target: "/dev/null" });
  assert.equal(isRefused("/usr/bin/tsv", factsOf(masked, { mark: PACKAGE })), true);
  assert.equal(isRefused("/tmp/tsv", without), false);
  assert.equal(isRefused("/tmp/tsv", packaged, IMAGE), false);
});

test("the service is the package's for the init systems that the package has files for", () => {
  assert.equal(isPackagedService(packaged, "systemd"), true);
  assert.equal(isPackagedService(packaged, "sysv"), false);
  assert.equal(isPackagedService(packaged, null), true);
  assert.equal(isPackagedService(own, "systemd"), false);
  assert.equal(isPackagedService(own, null), false);
  assert.equal(isPackagedService(without, null), false);
  const runit = { init: "runit", because: "runit runs" } as const;
  assert.equal(asPackaged(runit, factsOf(world, { mark: SCRIPTS }))?.init, "sysv");
  assert.equal(asPackaged(runit, packaged)?.init, "runit");
  assert.equal(asPackaged(null, packaged), null);
});

test("the record of a package names the init system only if the service is the package's", () => {
  const server = "unix:///run/tsv/tsv.sock";
  const record = packagedRecord(REQUEST, packaged, server);
  assert.deepEqual(
    [record?.init, record?.server, record?.executable, record?.isPackaged],
    ["systemd", server, "/usr/bin/tsv", true],
  );
  assert.equal(packagedRecord(REQUEST, factsOf(world, { mark: SCRIPTS }), null)?.init, null);
  assert.equal(packagedRecord(REQUEST, without, server), null);
  assert.equal(packagedRecord(IMAGE, packaged, server), null);
});

test("users are told what a package does not do, and how it is removed", () => {
  assert.equal(removeThePackage(without), null);
  assert.match(removeThePackage(packaged) ?? "", /apt remove tsv/);
  assert.equal(packagedRemarks({ waitOnline: true }, "sysv").length, 1);
  assert.equal(packagedRemarks({ waitOnline: true }, "systemd").length, 0);
  assert.equal(packagedRemarks({ waitOnline: false }, "sysv").length, 0);
});

/** A host where a package has made everything, and its service runs. */
async function withPackage(): Promise<MemoryHost> {
  const host = new MemoryHost([...DEBIAN, LAYOUT.runDirectory]);
  await perform(host, planFor(host).steps);
  host.files.delete(LAYOUT.manifest);
  return host;
}

const byHand = (host: MemoryHost) =>
  ({ service: null, isPackaged: true, facts: factsOf(host, { mark: PACKAGE }) }) as const;
const OTHER_CONFIG = { path: "/srv/c.conf", server: null, answers: false };

test("if a package has made everything, there is nothing to do or to record", async () => {
  const host = await withPackage();
  assert.deepEqual(planFor(host, { isPackaged: true }).steps, []);
  // Without --boot a manifest would claim the package's service.
  assert.deepEqual(planFor(host, byHand(host)).steps, []);
  host.files.delete(LAYOUT.config);
  const { manifest } = planFor(host, byHand(host));
  assert.deepEqual([manifest.isPackaged, manifest.init], [true, "systemd"]);
});

test("another configuration needs --boot, stops the service before its files change, and starts it after", async () => {
  const host = await withPackage();
  const { reasons } = planFor(host, { ...byHand(host), config: OTHER_CONFIG });
  assert.match(reasons.join(), /the service tsv runs with \/etc\/tsv\/tsv\.conf; use --boot/);
  const config = { ...OTHER_CONFIG, server: "unix:///srv/s" };
  const { steps, remarks } = planFor(host, { isPackaged: true, config });
  const commands = steps.flatMap(({ step }) =>
    step.kind === "command" ? [step.argv.join(" ")] : [],
  );
  assert.deepEqual(commands, ["off running", "on running"]);
  assert.ok(remarks.some((remark) => /its programs are stopped/.test(remark)));
});

const MASKS = { path: "/etc/init/supervisor.service", target: "/dev/null" } as const;

test("uninstalling removes no file of a package, and starts its service again, also after a migration", async () => {
  const host = await withPackage();
  host.switches.add("running");
  const files = [{ path: "/etc/init/own.conf", text: "own\n", mode: 0o644, what: "drop-in" }];
  const service = { ...SERVICE, files, links: [MASKS] };
  const { steps, manifest } = planFor(host, {
    isPackaged: true,
    config: OTHER_CONFIG,
    service: { init: "systemd", description: sampleService(PACKAGED), files: service },
  });
  await perform(host, steps);
  assert.deepEqual(
    manifest.entries.map((entry) => (entry.kind === "group" ? entry.name : entry.path)),
    ["/etc/init/own.conf", MASKS.path],
  );
  const own = [LAYOUT.configDirectory, LAYOUT.logDirectory, LAYOUT.stateDirectory];
  const removal = planUninstall({
    request: { name: "tsv", scope: "system", root: "/", purge: true, force: false },
    manifest: manifestOf(host) ?? manifest,
    facts: factsOf(host, { mark: { kind: "deb", paths: own } }),
    installed: service,
    repaired: null,
  });
  const paths = (kind: string): readonly string[] =>
    removal.steps.flatMap(({ step }) => (step.kind === kind && "path" in step ? [step.path] : []));
  assert.deepEqual(paths("remove"), [MASKS.path, "/etc/init/own.conf", LAYOUT.manifest]);
  assert.ok(!removal.steps.some(({ step }) => /tree|group/.test(step.kind)));
  assert.ok(!paths("remove-empty").includes(LAYOUT.runDirectory), "the service is about to use it");
  const last = removal.steps.at(-1)?.step;
  assert.deepEqual(last?.kind === "command" ? last.argv : null, SERVICE.start.argv);
});
