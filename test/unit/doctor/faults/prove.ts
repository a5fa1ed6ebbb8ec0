// Proves one fault: the healthy host is silent, the broken one is named by its code while the whole catalogue looks, its
// repairs stay where they say, leave nothing behind, and change nothing a second time.

import assert from "node:assert/strict";
import { CATALOGUE } from "../../../../src/doctor/checks/catalogue.ts";
import { isDown } from "../../../../src/doctor/facts/daemons.ts";
import type { CodedFinding, Diagnosis } from "../../../../src/doctor/model.ts";
import { editsText } from "../../../../src/doctor/report/report.ts";
import type { Step } from "../../../../src/install/plan/steps.ts";
import { performStep } from "../../../fakes/doctor-repairs.ts";
import { classesOfPage } from "../pages.ts";
import type { Fault } from "./fault.ts";
import { SECRET } from "./healthy.ts";
import { World } from "./world.ts";

/** What repairs of class A may touch: places that only tsv has something in. */
const OWN_PLACES = [
  /^\/run\/tsv(?:\/|$)/,
  /^\/var\/log\/tsv(?:\/|$)/,
  /^\/var\/lib\/tsv(?:\/|$)/,
  /^\/etc\/systemd\/system\/tsv\.service(?:\.d(?:\/|$)|$)/,
  /^\/etc\/(?:init\.d|sv|service)\/tsv(?:\/|$)/,
  /^\/usr\/local\/bin\/tsv$/,
];

const OWN_COMMANDS =
  /^(?:systemctl (?:--user )?(?:daemon-reload|enable|start) ?|update-rc\.d tsv |rc-update --update |restorecon |prlimit --pid 812 |chmod \d+ \/run\/tsv\/|chown -h \S+ \/run\/tsv\/)/;

/** The classes that the pages name. */
const CLASSES = new Map(CATALOGUE.map(({ code }) => [code, classesOfPage(code)]));

/** Throws where the fault is not named, fixed and clean. */
export function prove(fault: Fault): void {
  checkHealthy(fault);
  const { broken, first } = checkNamed(fault);
  if (fault.fixes === "person") return;
  checkMended(fault, broken, first);
  checkConvergence(fault);
}

/** Before anything breaks nothing is found but what is worth knowing. */
function checkHealthy(fault: Fault): void {
  const { like, code } = fault;
  const world = new World();
  like?.(world);
  const seen = world.examine();
  assert.deepEqual(loud(seen), [], "the healthy host");
  const own = seen.findings.filter((one) => one.code === code && !isRemark(one, fault));
  assert.deepEqual(own.map(brief), [], "the healthy host has nothing of this code");
}

function makeBroken({ like, breaks }: Fault): World {
  const world = new World();
  like?.(world);
  breaks(world);
  return world;
}

interface Named {
  readonly broken: World;
  readonly first: Diagnosis;
}

/** The whole catalogue names the code, and no other that the fault does not expect. */
function checkNamed(fault: Fault): Named {
  const { code, fixes, severity, also = {} } = fault;
  const broken = makeBroken(fault);
  const first = broken.examine();
  checkSayings(first);
  checkAlarm(broken, first);
  const found = first.findings.filter((one) => one.code === code);
  const own = found.filter((one) => (one.severity === "info") === (severity === "info"));
  assert.notEqual(own.length, 0, `${code} is not found: ${first.findings.map(brief).join("\n")}`);
  assert.deepEqual(unexpected(first, [code, ...Object.keys(also)]), [], "nothing else is found");
  const missing = Object.keys(also).filter((other) =>
    first.findings.every((one) => one.code !== other),
  );
  assert.deepEqual(missing, [], "what else is expected is found");
  const wanted = fixes === "person" ? "C" : fixes;
  const classes = new Set(own.map(({ repair }) => repair.class));
  assert.deepEqual(Array.from(classes), [wanted], own.map(brief).join("\n"));
  return { broken, first };
}

/** A daemon that does not run is an error, and one that answers at its own address is never killed. */
function checkAlarm(broken: World, { findings }: Diagnosis): void {
  const facts = broken.facts();
  if (isDown(facts)) assert.ok(findings.some(({ severity }) => severity === "error"));
  for (const { daemon, section } of facts.servers) {
    if (daemon?.isTsv !== true || section === "supervisorctl") continue;
    const deadly = new RegExp(`\\bkill (?:-(?:9|KILL|TERM|INT) )?${daemon.pid}\\b`);
    for (const { repair, code } of findings) {
      for (const command of repair.commands) assert.doesNotMatch(command, deadly, code);
    }
  }
}

function unexpected({ findings }: Diagnosis, codes: readonly string[]): readonly string[] {
  return findings.filter((one) => one.severity !== "info" && !codes.includes(one.code)).map(brief);
}

/** After the repairs of the code nothing of it is left, nothing new is there, and doing them again changes nothing. */
function checkMended(fault: Fault, broken: World, first: Diagnosis): void {
  const { code, leaves = {} } = fault;
  const done: CodedFinding[] = [];
  let seen = first;
  for (let next = repairable(seen, fault); next !== undefined; next = repairable(seen, fault)) {
    const subject = next.subject;
    assert.ok(!done.some((one) => one.subject === subject), `${code} ${subject} is still there`);
    perform(broken, next, fault);
    done.push(next);
    seen = broken.examine();
  }
  assert.deepEqual(
    seen.findings.filter((one) => one.code === code && !isRemark(one, fault)).map(brief),
    [],
    "nothing of it is left",
  );
  const known = new Set(first.findings.map((one) => `${one.code} ${one.subject}`));
  const fresh = seen.findings.filter(
    (one) =>
      one.severity !== "info" && !known.has(`${one.code} ${one.subject}`) && !(one.code in leaves),
  );
  assert.deepEqual(fresh.map(brief), [], "the repair brought nothing up");
  checkSayings(seen);
  const before = broken.snapshot();
  for (const finding of done) perform(broken, finding, fault);
  assert.deepEqual(changes(before, broken.snapshot()), [], "a second time changes nothing");
}

function isRemark({ severity }: CodedFinding, fault: Fault): boolean {
  return severity === "info" && fault.severity !== "info";
}

function repairable({ findings }: Diagnosis, fault: Fault): CodedFinding | undefined {
  return findings.find(
    (one) => one.code === fault.code && !isRemark(one, fault) && one.repair.steps.length > 0,
  );
}

/** Does the steps of a repair, each of which may change what it names and nothing else. */
function perform(world: World, { repair, code }: CodedFinding, { after }: Fault): void {
  for (const { step } of repair.steps) {
    if (repair.class === "A") checkOwn(step, code);
    if (step.kind === "remove") checkNothingLost(world, step.path);
    const before = world.snapshot();
    let atAnswer: ReadonlyMap<string, string> | null = null;
    performStep(world.host, step, (done) => {
      atAnswer = world.snapshot();
      world.obey(done);
      after?.(world, done);
    });
    const changed = changes(before, atAnswer ?? world.snapshot());
    const named = "path" in step ? step.path : step.kind === "command" ? step.argv.at(-1) : null;
    assert.deepEqual(
      changed.filter(
        (path) => path !== named && !(step.kind === "remove" && path.startsWith(`${named}/`)),
      ),
      [],
      `${step.kind} ${named} changed something else`,
    );
  }
}

/** What holds something is removed only once it stands elsewhere too. */
function checkNothingLost({ host }: World, path: string): void {
  const node = host.nodes.get(path);
  if (node === undefined || node.kind !== "file" || node.bytes === 0) return;
  const text = host.readText(path);
  const copies = Array.from(host.nodes.keys()).filter((one) => host.readText(one) === text);
  assert.ok(copies.length > 1, `${path} would be lost`);
}

function checkOwn(step: Step, code: string): void {
  if (step.kind === "command") {
    assert.match(`${step.argv.join(" ")} `, OWN_COMMANDS, `${code} runs this without a question`);
  }
  if ("path" in step) {
    const { path } = step;
    assert.ok(
      OWN_PLACES.some((own) => own.test(path)),
      `${code} touches ${path} without a question`,
    );
  }
}

/** As `tsv doctor --fix --yes` continues: rounds until nothing is left to do, and no repair undoes another one's work. */
function checkConvergence(fault: Fault): void {
  const world = makeBroken(fault);
  const tried = new Set<string>();
  const subjectOf = ({ code, subject }: CodedFinding): string => `${code} ${subject}`;
  for (let round = 0; round < 20; round += 1) {
    const touched = new Set<string>();
    let hasDone = false;
    for (const finding of world.examine().findings) {
      const { repair, severity } = finding;
      if (repair.steps.length === 0 || severity === "info" || tried.has(subjectOf(finding)))
        continue;
      const paths = repair.steps.flatMap(({ step }) => ("path" in step ? [step.path] : []));
      if (paths.some((path) => touched.has(path))) continue;
      perform(world, finding, fault);
      tried.add(subjectOf(finding));
      for (const path of paths) touched.add(path);
      hasDone = true;
    }
    if (!hasDone) break;
  }
  const left = world.examine().findings.filter((one) => tried.has(subjectOf(one)));
  assert.deepEqual(left.map(brief), [], "all repairs together leave nothing of what they fixed");
}

/** Lines are not longer than a terminal is wide. Paths and other words stay whole. */
function checkWidth(finding: CodedFinding): void {
  for (const line of editsText(finding, { columns: 80 }).split("\n")) {
    const isOneWord = !/\S\s+\S/.test(line.replace(/^ *[-+]/, ""));
    assert.ok(line.length <= 80 || isOneWord, line);
  }
}

/** What holds for everything that is ever said. */
function checkSayings({ findings, unknown }: Diagnosis): void {
  for (const { what, code } of unknown) assert.doesNotMatch(what, /itself failed/, code);
  const names = findings.map(({ code, subject }) => `${code} ${subject}`);
  assert.deepEqual(names, Array.from(new Set(names)), "no two findings are taken for one");
  for (const finding of findings) {
    checkWidth(finding);
    const { repair, ...said } = finding;
    const declared = CLASSES.get(finding.code) ?? [];
    assert.ok(declared.includes(repair.class), `the page of ${finding.code} lacks ${repair.class}`);
    const { steps, ...shown } = repair;
    const words = JSON.stringify({ said, shown, steps: steps.map(({ now, will }) => [now, will]) });
    assert.ok(!words.includes(SECRET), `${finding.code} tells a secret`);
    assert.equal(steps.length === 0, repair.class === "C", `${finding.code} ${repair.class}`);
    assert.ok(repair.advice !== "" || repair.commands.length > 0, `${finding.code} helps nobody`);
    assert.notEqual(finding.subject, "", finding.code);
    for (const text of [finding.symptom, finding.cause, ...finding.evidence]) {
      assert.doesNotMatch(text, /undefined|\[object|NaN|[\x00-\x08\x1b]/, finding.code);
    }
  }
}

/** Findings that are more than worth knowing, a line each. */
export function loud(diagnosis: Diagnosis): readonly string[] {
  return unexpected(diagnosis, []);
}

function brief({
  code,
  severity,
  subject,
  symptom,
  cause,
  evidence,
  repair,
}: CodedFinding): string {
  return `${code} ${severity} ${subject} [${repair.class}]: ${symptom} – ${cause} (${evidence.join("; ")})`;
}

function changes(
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
): readonly string[] {
  const all = new Set([...before.keys(), ...after.keys()]);
  return Array.from(all).filter((path) => before.get(path) !== after.get(path));
}
