// The service of a package: settings of the host, and files that installation and removal keep.

import assert from "node:assert/strict";
import { test } from "node:test";
import { layoutFor } from "../../../../src/install/plan/layout.ts";
import {
  markText,
  PACKAGE_MARK,
  packageFiles,
  readMark,
  removalCommands,
} from "../../../../src/install/plan/package.ts";
import type { FoundFile } from "../../../../src/install/plan/steps.ts";
import { planUninstall } from "../../../../src/install/plan/uninstall.ts";
import { packagedService } from "../../../../src/install/services/init-system.ts";
import { INIT_NAMES, INIT_SYSTEMS } from "../../../../src/install/services/registry.ts";
import { MemoryHost } from "../../../fakes/install-host.ts";
import { DEBIAN, LAYOUT, manifestOf, planFor, SERVICE } from "../../../fakes/install-plan.ts";
import { perform } from "../../../fakes/install-transaction.ts";
import { sampleService, templates } from "../services/samples.ts";

const MISSING = (): FoundFile => ({ kind: "missing" });
const THERE = (): FoundFile => ({ kind: "file", sha256: "", mode: 0o644, uid: 0, gid: 0 });
const PACKAGED = { executable: "/usr/bin/tsv", stopTimeoutSeconds: 90 } as const;

test("a host with the package's settings has no additional file", () => {
  for (const init of ["systemd", "sysv", "openrc"] as const) {
    const service = packagedService(INIT_SYSTEMS[init], sampleService(PACKAGED), {
      templates,
      look: MISSING,
    });
    assert.deepEqual(service.files, [], init);
  }
});

const DIFFERENCES: readonly (readonly [object, RegExp, RegExp | null])[] = [
  [
    { config: "/srv/c" },
    /^ExecStart=\nExecStart=\/usr\/bin\/tsv daemon -n -c \/srv\/c /m,
    /^config=\/srv\/c$/m,
  ],
  [{ stopTimeoutSeconds: 3610 }, /^TimeoutStopSec=3610$/m, /^stop_seconds=3610$/m],
  [{ openFiles: 600_000 }, /^LimitNOFILE=600000:600000$/m, null],
  [{ waitOnline: true }, /^Wants=network-online\.target$/m, null],
];

for (const [changes, unit, script] of DIFFERENCES) {
  test(`settings that differ on a host are next to the package's files: ${Object.keys(changes).join()}`, () => {
    const service = sampleService({ ...PACKAGED, ...changes });
    const [dropIn] = packagedService(INIT_SYSTEMS.systemd, service, {
      templates,
      look: MISSING,
    }).files;
    assert.equal(dropIn?.path, "/etc/systemd/system/tsv.service.d/tsv-install.conf");
    assert.match(dropIn?.text ?? "", unit);
    if (script === null) return;
    const [settings] = packagedService(INIT_SYSTEMS.sysv, service, {
      templates,
      look: MISSING,
    }).files;
    assert.equal(settings?.path, "/etc/tsv/boot.env");
    assert.match(settings?.text ?? "", script);
  });
}

test("a file of an earlier run is updated, also if nothing differs any more", () => {
  const service = packagedService(INIT_SYSTEMS.systemd, sampleService(PACKAGED), {
    templates,
    look: THERE,
  });
  assert.equal(service.files.length, 1);
  assert.match(service.files[0]?.text ?? "", /-c \/etc\/tsv\/tsv\.conf/);
});

test("an init script of a package cannot wait for the network, so nothing is written for it", () => {
  const service = sampleService({ ...PACKAGED, waitOnline: true });
  assert.deepEqual(
    packagedService(INIT_SYSTEMS.sysv, service, { templates, look: MISSING }).files,
    [],
  );
});

test("a link to the same unit through /lib is right as it is", () => {
  const target = "/lib/systemd/system/tsv.service";
  const look = (): FoundFile => ({ kind: "link", target });
  const { links } = packagedService(INIT_SYSTEMS.systemd, sampleService(PACKAGED), {
    templates,
    look,
  });
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
    const layout = layoutFor({
      platform: "linux",
      scope: "system",
      name: "tsv",
      home: "/root",
      runtimeDirectory: null,
      hasSysconfig: kind === "rpm",
    });
    const { config, configDirectory, includeDirectory, logDirectory, stateDirectory } = layout;
    const own = [config, configDirectory, includeDirectory, logDirectory, stateDirectory];
    for (const path of [...own, layout.environmentFile]) {
      assert.ok(path !== null && mark.value.paths.includes(path), `${kind}: ${path}`);
    }
    assert.match(removalCommands(mark.value)[0]?.[0] ?? "", kind === "deb" ? /apt/ : /dnf/);
  }
});

test("an invalid mark is an error that says what to do", () => {
  for (const text of ["", "{}", '{"format":2}', markText({ kind: "deb", paths: [] }).slice(1)]) {
    const mark = readMark(text);
    assert.ok(!mark.ok);
    assert.match(mark.error, /reinstall the package/);
  }
});

/** A host where a package has made everything, and its service runs. */
async function withPackage(): Promise<MemoryHost> {
  const host = new MemoryHost([...DEBIAN, LAYOUT.runDirectory]);
  await perform(host, planFor(host).steps);
  host.files.delete(LAYOUT.manifest);
  return host;
}

test("if a package has made everything, there is nothing to do or to record", async () => {
  const host = await withPackage();
  assert.deepEqual(planFor(host, { isPackaged: true }).steps, []);
});

const BY_HAND = { service: null, isPackaged: true, packagedInit: "systemd" } as const;

test("without --boot there is nothing to do either: a manifest would claim the package's service", async () => {
  const host = await withPackage();
  assert.deepEqual(planFor(host, BY_HAND).steps, []);
  host.files.delete(LAYOUT.config);
  const { manifest } = planFor(host, BY_HAND);
  assert.deepEqual([manifest.isPackaged, manifest.init], [true, "systemd"]);
});

test("without --boot the service's configuration cannot be changed, and the plan reports it", async () => {
  const host = await withPackage();
  const config = { path: "/srv/c.conf", server: null, answers: false };
  const { reasons } = planFor(host, { ...BY_HAND, runsWith: LAYOUT.config, config });
  assert.match(reasons.join(), /the service tsv runs with \/etc\/tsv\/tsv\.conf; use --boot/);
});

test("a service that runs with another configuration is stopped before its files change, and started after", async () => {
  const host = await withPackage();
  const config = { path: "/srv/c.conf", server: "unix:///srv/s", answers: false };
  const { steps, remarks } = planFor(host, { isPackaged: true, runsWith: LAYOUT.config, config });
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
  const config = { path: "/srv/c.conf", server: null, answers: false };
  const files = [{ path: "/etc/init/own.conf", text: "own\n", mode: 0o644, what: "drop-in" }];
  const base = planFor(host, { isPackaged: true, config });
  const input = { ...SERVICE, files, links: [MASKS] };
  assert.ok(base.manifest.isPackaged);
  const { steps, manifest } = planFor(host, {
    isPackaged: true,
    config,
    service: { init: "systemd", description: sampleService(PACKAGED), files: input },
  });
  await perform(host, steps);
  assert.deepEqual(
    manifest.entries.map((entry) => (entry.kind === "group" ? entry.name : entry.path)),
    ["/etc/init/own.conf", MASKS.path],
  );
  const removal = planUninstall({
    request: { name: "tsv", scope: "system", root: "/", purge: true, force: false },
    manifest: manifestOf(host) ?? manifest,
    manifestPath: LAYOUT.manifest,
    world: host.world,
    service: input,
    purged: [LAYOUT.configDirectory, LAYOUT.logDirectory, LAYOUT.stateDirectory],
    runtime: { directory: LAYOUT.runDirectory, files: [] },
    packaged: [LAYOUT.configDirectory, LAYOUT.logDirectory, LAYOUT.stateDirectory],
    others: [],
  });
  const removed = removal.steps.flatMap(({ step }) => (step.kind === "remove" ? [step.path] : []));
  assert.deepEqual(removed, [MASKS.path, "/etc/init/own.conf", LAYOUT.manifest]);
  assert.ok(!removal.steps.some(({ step }) => /tree|group/.test(step.kind)));
  const emptied = removal.steps.flatMap(({ step }) =>
    step.kind === "remove-empty" ? [step.path] : [],
  );
  assert.ok(!emptied.includes(LAYOUT.runDirectory), "the service is about to use it");
  const last = removal.steps.at(-1)?.step;
  assert.deepEqual(last?.kind === "command" ? last.argv : null, SERVICE.start.argv);
});
