// Repairs on a host in memory, and how many questions a check asks of one.

import assert from "node:assert/strict";
import { dirname } from "node:path";
import type { Check } from "../../src/doctor/checks/check.ts";
import type { Step } from "../../src/install/plan/steps.ts";
import { NOW } from "./doctor-files.ts";
import type { DoctorHost } from "./doctor-host.ts";

/** What a world does in answer to a step that changes no file by itself: a signal, a command, a wait. */
type Answering = (step: Step) => void;

/** Does one step, with the refusals of the real installer: parents must exist, what is removed must be there. */
export function performStep(host: DoctorHost, step: Step, answering: Answering = () => {}): void {
  switch (step.kind) {
    case "own": {
      const { path, mode, uid, gid } = step;
      change(host, path, { mode, uid, gid });
      return;
    }
    case "directory":
      hasParent(host, step.path);
      assert.ok(!host.links.has(step.path), `${step.path} is a link`);
      host.directory(step.path, { mode: step.mode, ...ids(host, step.owner) });
      return;
    case "file":
      hasParent(host, step.path);
      host.links.delete(step.path);
      host.file(step.path, step.text, {
        mode: step.mode,
        modifiedMs: NOW,
        ...ids(host, step.owner),
      });
      return;
    case "link":
      hasParent(host, step.path);
      host.nodes.delete(step.path);
      host.link(step.path, step.target);
      return;
    case "remove":
    case "remove-stale":
      host.remove(step.path);
      return;
    case "command":
      command(host, step.argv);
      answering(step);
      return;
    case "signal":
    case "ended":
    case "answer":
      answering(step);
      return;
    case "on-undo":
    case "appears":
      return;
    default:
      assert.fail(`a step of another kind: ${step.kind}`);
  }
}

function hasParent(host: DoctorHost, path: string): void {
  const parent = host.look(dirname(path));
  assert.ok(parent.ok && parent.kind === "directory", `${dirname(path)} is no directory`);
}

/** chmod and chown, of which the fake knows what they do; others are only run. */
function command(host: DoctorHost, argv: readonly string[]): void {
  const path = argv.at(-1) ?? "";
  if (argv[0] === "chmod") change(host, path, { mode: Number.parseInt(argv[1] ?? "", 8) });
  if (argv[0] === "chown") {
    const [user = "", group = ""] = (argv.at(-2) ?? "").split(":");
    change(host, path, ids(host, { user, group }));
  }
}

function change(
  host: DoctorHost,
  path: string,
  after: { readonly mode?: number; readonly uid?: number; readonly gid?: number },
): void {
  const node = host.nodes.get(path);
  assert.ok(node !== undefined, `there is no ${path}, or it is a link`);
  host.nodes.set(path, { ...node, ...after });
}

function ids(
  host: DoctorHost,
  { user, group }: { readonly user: string; readonly group: string },
): { readonly uid: number; readonly gid: number } {
  const uid = host.user(user)?.uid ?? Number(user);
  const gid = host.group(group)?.gid ?? Number(group);
  assert.ok(Number.isInteger(uid) && Number.isInteger(gid), `${user}:${group}`);
  return { uid, gid };
}

/** How many questions a check asks of the host. */
function questionsOf(check: Check, host: DoctorHost, text: string): number {
  let questions = 0;
  const probe = new Proxy(host, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== "function") return member;
      questions += 1;
      return member.bind(target);
    },
  });
  check.look({ ...host.facts(text), probe });
  return questions;
}

/** Asserts that ten times as many programs take at most ten times as many questions. @param program by number */
export function assertLinear(
  check: Check,
  makeHost: () => DoctorHost,
  program: (index: number) => string,
): void {
  const text = (count: number): string =>
    `[supervisord]\n${Array.from({ length: count }, (_, index) => program(index)).join("")}`;
  const few = questionsOf(check, makeHost(), text(100));
  const many = questionsOf(check, makeHost(), text(1000));
  assert.ok(many <= 10 * few, `${few} questions for 100 programs, ${many} for 1000`);
}
