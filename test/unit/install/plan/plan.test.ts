// Plans of an installation over a host in memory: its state decides the steps.

import assert from "node:assert/strict";
import { test } from "node:test";
import { documentsFor } from "../../../../src/install/plan/default-files.ts";
import type { InstallPlan } from "../../../../src/install/plan/plan.ts";
import { isShown, type Step } from "../../../../src/install/plan/steps.ts";
import type { TakeOverPlan } from "../../../../src/install/plan/take-over.ts";
import { runTransaction } from "../../../../src/install/transaction.ts";
import { MemoryHost } from "../../../fakes/install-host.ts";
import {
  DEBIAN,
  install,
  LAYOUT,
  manifestOf,
  planFor,
  planInput,
  transactionOn,
  uninstall,
} from "../../../fakes/install-plan.ts";

const UNIT = "/etc/init/tsv.service";

function kinds(plan: InstallPlan): readonly Step["kind"][] {
  return plan.steps.filter(isShown).map(({ step }) => step.kind);
}

function stepsAt(plan: InstallPlan, path: string): readonly Step[] {
  return plan.steps.map(({ step }) => step).filter((step) => "path" in step && step.path === path);
}

test("a fresh host gets places, configuration, unit, start, proof, and the record at the end", () => {
  const plan = planFor(new MemoryHost(DEBIAN));
  assert.deepEqual(plan.reasons, []);
  assert.deepEqual(kinds(plan).slice(-4), ["command", "command", "answer", "file"]);
  const last = plan.steps.at(-1)?.step;
  assert.ok(last?.kind === "file" && last.path === LAYOUT.manifest);
  // The state directory first: nobody else may have put something there by the time it is written to.
  assert.deepEqual(kinds(plan).slice(0, 2), ["directory", "group"]);
});

test("a second run has nothing to do, also after the configuration was edited", async () => {
  const host = new MemoryHost(DEBIAN);
  await install(host);
  assert.deepEqual(planFor(host).steps, []);
  host.write(LAYOUT.config, "; mine", { mode: 0o600 });
  assert.deepEqual(planFor(host).steps, []);
});

test("missing files are created again, and changed modes are restored", async () => {
  const host = new MemoryHost(DEBIAN);
  await install(host);
  host.files.delete(UNIT);
  host.mkdir(LAYOUT.logDirectory, { mode: 0o777 });
  const plan = planFor(host);
  assert.equal(stepsAt(plan, UNIT).length, 1);
  assert.equal(stepsAt(plan, LAYOUT.logDirectory).length, 1);
  await install(host);
  assert.deepEqual(planFor(host).steps, []);
});

test("a directory that was there before keeps its owner and mode, and is not removed", async () => {
  const host = new MemoryHost(DEBIAN);
  host.mkdir(LAYOUT.configDirectory, { mode: 0o700, uid: 5 });
  const plan = await install(host);
  assert.ok(plan.remarks.some((remark) => remark.includes("/etc/tsv exists and stays")));
  assert.ok(
    !manifestOf(host)?.entries.some((entry) => "path" in entry && entry.path === "/etc/tsv"),
  );
});

test("an edited unit is replaced only by a step that shows it", async () => {
  const host = new MemoryHost(DEBIAN);
  await install(host);
  host.write(UNIT, "edited\n");
  const plan = planFor(host);
  const edits = plan.steps.flatMap(({ edited }) => (edited === null ? [] : [edited]));
  assert.deepEqual(edits, [{ path: UNIT, text: "edited\n" }]);
  // It was ours before: there is nothing to put back when tsv goes.
  await install(host);
  const entry = manifestOf(host)?.entries.find((one) => "path" in one && one.path === UNIT);
  assert.ok(entry?.kind === "file" && entry.replaced === null);
});

test("an existing file is kept before it is replaced", () => {
  const host = new MemoryHost(DEBIAN);
  host.write(UNIT, "theirs\n", { mode: 0o600, uid: 7 });
  const plan = planFor(host);
  const order = plan.steps.map(({ step }) => step.kind);
  assert.ok(order.indexOf("keep") < order.lastIndexOf("file"));
  const entry = plan.manifest.entries.find((one) => "path" in one && one.path === UNIT);
  assert.ok(entry?.kind === "file" && entry.replaced?.kind === "file");
  assert.deepEqual([entry.replaced.mode, entry.replaced.uid], [0o600, 7]);
});

test("an identical existing file is used and not claimed", async () => {
  const host = new MemoryHost(DEBIAN);
  host.write(UNIT, "the unit\n");
  await install(host);
  await uninstall(host);
  assert.equal(host.world.read(UNIT), "the unit\n");
});

test("impossible requests are refused before anything is done", () => {
  const host = new MemoryHost(DEBIAN);
  host.mkdir(UNIT);
  host.write("/var/log/tsv", "a file");
  const { reasons } = planFor(host);
  assert.deepEqual(reasons, [
    "/var/log/tsv has to be a directory, but is file, 0:0 0644",
    "/etc/init/tsv.service has to be a file, but is directory, 0:0 0755",
  ]);
});

test("in an image nothing is run, and nothing is waited for", () => {
  const host = new MemoryHost(DEBIAN);
  const { request } = planInput(host);
  const plan = planFor(host, { request: { ...request, root: "/img" } });
  assert.ok(!kinds(plan).some((kind) => kind === "command" || kind === "answer"));
  assert.ok(kinds(plan).includes("link"));
});

test("the directory of an executable that stays in place is not in the plan", () => {
  const host = new MemoryHost([...DEBIAN, "/opt"]);
  host.mkdir("/opt", { uid: 7 });
  const executable = { from: "/opt/tsv", path: "/opt/tsv", sha256: "" };
  assert.deepEqual(planFor(host, { executable }).remarks, []);
});

test("without --boot there is a place for the socket until the next boot, and a service keeps its configuration", async () => {
  const host = new MemoryHost([...DEBIAN, "/run"]);
  const byHand = planFor(host, { service: null });
  assert.equal(stepsAt(byHand, LAYOUT.runDirectory).length, 1);
  assert.ok(!byHand.manifest.entries.some((entry) => "path" in entry && entry.path === "/run/tsv"));
  await install(host);
  const config = { path: "/srv/c.conf", server: null, answers: false };
  const other = planFor(host, { service: null, config });
  assert.match(other.reasons.join(), /runs with \/etc\/tsv\/tsv\.conf; use --boot/);
  const same = planFor(host, { service: null });
  assert.deepEqual([same.reasons, same.steps], [[], []]);
});

test("without --boot there is no unit, and a later one with it adds it", async () => {
  const host = new MemoryHost(DEBIAN);
  await install(host, { service: null });
  assert.deepEqual([host.files.has(UNIT), host.files.has("/etc/default/tsv")], [false, false]);
  assert.equal(manifestOf(host)?.init, null);
  await install(host);
  assert.equal(manifestOf(host)?.init, "systemd");
  // And one without it again forgets nothing.
  await install(host, { service: null });
  assert.equal(manifestOf(host)?.init, "systemd");
  assert.deepEqual(planFor(host).steps, []);
});

test("only tsv's own configuration is created if it is missing", () => {
  const host = new MemoryHost(DEBIAN);
  const config = { path: "/srv/c.conf", server: null, answers: false };
  assert.deepEqual(stepsAt(planFor(host, { config }), LAYOUT.config), []);
  assert.equal(stepsAt(planFor(host), LAYOUT.config).length, 1);
});

test("a running service continues, and changes take effect later", async () => {
  const host = new MemoryHost(DEBIAN);
  await install(host);
  host.files.delete(UNIT);
  const plan = planFor(host);
  assert.ok(!plan.steps.some(({ step }) => step.kind === "command" && step.argv[1] === "running"));
  assert.ok(plan.remarks.some((remark) => remark.includes("apply from its next start")));
});

test("a service that runs and does not answer has to prove itself", async () => {
  const host = new MemoryHost(DEBIAN);
  await install(host);
  const { config } = planInput(host);
  assert.deepEqual(kinds(planFor(host, { config: { ...config, answers: false } })), ["answer"]);
});

const TAKE_OVER: TakeOverPlan = {
  mask: {
    link: { path: "/etc/init/supervisor.service", target: "/dev/null" },
    reload: { argv: ["reload"], undo: null, what: "reload", mayFail: false },
  },
  commands: [
    { argv: ["off", "supervisor"], undo: ["on", "supervisor"], what: "stop", mayFail: false },
  ],
  waitFor: 7,
  reactivate: [["reload"], ["on", "supervisor"]],
};

test("a migration stops the other service, waits for its end, and starts ours; the undo reverses it", async () => {
  const host = new MemoryHost(DEBIAN);
  host.switches.add("supervisor");
  const before = host.snapshot();
  const plan = planFor(host, { takeOver: TAKE_OVER });
  const shown = plan.steps.filter(isShown).map(({ step }) => step);
  const index = (matches: (step: Step) => boolean): number => shown.findIndex(matches);
  const stopped = index((step) => step.kind === "command" && step.argv[1] === "supervisor");
  const ended = index((step) => step.kind === "ended");
  const masked = index((step) => step.kind === "link" && step.target === "/dev/null");
  const started = index((step) => step.kind === "command" && step.argv[1] === "running");
  assert.ok(stopped < ended && ended < masked && masked < started);
  host.failAt = plan.steps.length - 1;
  await runTransaction(plan.steps, transactionOn(host));
  assert.deepEqual(host.snapshot(), before);
  assert.ok(host.ran.indexOf("off running") < host.ran.indexOf("on supervisor"));
});

test("uninstalling restores a migrated Supervisor, also after more runs", async () => {
  const host = new MemoryHost(DEBIAN);
  host.switches.add("supervisor");
  const before = host.snapshot();
  await install(host, { takeOver: TAKE_OVER });
  assert.equal(host.switches.has("supervisor"), false);
  // Quieted, it looks as if there were nothing to give back.
  const quiet = { ...TAKE_OVER, commands: [], reactivate: [], waitFor: null };
  assert.deepEqual(planFor(host, { takeOver: quiet }).steps, []);
  await uninstall(host, { purge: true });
  assert.deepEqual(host.snapshot(), before);
});

test("an existing file in the place of a page stays, and prevents no installation", async () => {
  const host = new MemoryHost([...DEBIAN, "/usr/local/share/man/man1"]);
  host.write("/usr/local/share/man/man1/tsv.1", "another's");
  const documents = documentsFor(
    LAYOUT.shareDirectory,
    (name) => `${name}\n`,
    () => false,
  );
  const plan = await install(host, { documents });
  assert.deepEqual(plan.reasons, []);
  assert.ok(plan.steps.every(({ edited }) => edited === null));
  assert.equal(host.world.read("/usr/local/share/man/man1/tsv.1"), "another's");
  await uninstall(host);
  assert.equal(host.world.read("/usr/local/share/man/man1/tsv.1"), "another's");
});

test("manual and completions are added next to existing files, and removed with tsv", async () => {
  const host = new MemoryHost([...DEBIAN, "/usr/local/share/man/man1"]);
  host.mkdir("/usr/local/share/man/man1", { mode: 0o2775, gid: 50 });
  host.write("/usr/share/man/man1/supervisord.1.gz", "Supervisor's");
  const exists = (path: string): boolean => host.world.look(path).kind !== "missing";
  const documents = documentsFor(LAYOUT.shareDirectory, (name) => `${name}\n`, exists);
  const paths = documents.map(({ path }) => path.replace("/usr/local/share/", ""));
  assert.ok(paths.includes("man/man1/tsv.1") && paths.includes("man/man5/tsv.conf.5"));
  assert.ok(paths.includes("man/man1/pidproxy.1") && !paths.includes("man/man1/supervisord.1"));
  assert.ok(paths.includes("zsh/site-functions/_tsv"));
  const plan = await install(host, { documents });
  assert.deepEqual(
    plan.remarks.filter((remark) => remark.includes("share")),
    [],
  );
  assert.equal(host.world.read("/usr/local/share/man/man1/tsv.1"), "man/tsv.1\n");
  assert.deepEqual(planFor(host, { documents }).steps, []);
  // A repair of the service, which looks at no documents, does not forget them.
  assert.deepEqual(planFor(host, {}).manifest.entries, plan.manifest.entries);
  assert.deepEqual(planFor(host, {}).steps, []);
  // Nor does a run beside a package, which has its own.
  assert.deepEqual(planFor(host, { documents: [] }).steps, []);
  await uninstall(host);
  assert.ok(exists("/usr/local/share/man/man1") && !exists("/usr/local/share/man/man1/tsv.1"));
  assert.ok(!exists("/usr/local/share/zsh"));
});
