// `tsv tree`: which programs need which, as a tree, or as a graph for other tools.

import { displayName } from "../../core/base/ids.ts";
import { displayWidth, padRight } from "../../core/base/printable.ts";
import { isStruct, textOf, type XmlRpcValue } from "../../core/xmlrpc/value.ts";
import { faultOf } from "../client.ts";
import { type CommandContext, EXIT, expectValue } from "../context.ts";
import type { Item } from "../report.ts";
import type { TreeFormat } from "../verb-arguments.ts";
import { TONES } from "./status.ts";

/** A program: its processes have the same dependencies. */
export interface TreeProgram {
  /** Of a program in a group of other programs, with the group. */
  readonly label: string;
  readonly group: string;
  readonly name: string;
  readonly processes: readonly { readonly name: string; readonly state: string }[];
  readonly needs: readonly TreeNeed[];
}

export interface TreeNeed {
  /** As in the configuration: PROGRAM, GROUP:PROCESS or GROUP:*. */
  readonly name: string;
  readonly condition: string;
}

/** Shows the dependencies of these programs, or of all. */
export async function runTree(
  context: CommandContext,
  names: readonly string[],
  format: TreeFormat,
): Promise<void> {
  if (!(await context.isUp())) return;
  const answer = await context.client.call("tsv.getDependencies");
  if (faultOf(answer) === "UNKNOWN_METHOD") {
    context.fail("this daemon does not report the dependencies of its programs");
    return;
  }
  const programs = readPrograms(expectValue(answer));
  const roots: TreeProgram[] = [];
  for (const name of names) {
    const found = namedBy(programs, name);
    if (found.length === 0) context.failUnknown(name, `${name}: ERROR (no such program)`);
    roots.push(...found);
  }
  if (context.unknownNames.length > 0) context.exitStatus = EXIT.GENERIC;
  const shown = names.length === 0 ? rootsOf(programs) : [...new Set(roots)];
  if (context.report.isData) context.report.items(programs.map(dataItem));
  else context.report.items(linesOf(programs, shown, format));
}

/** Programs in the order of the answer. */
export function readPrograms(answer: XmlRpcValue): readonly TreeProgram[] {
  const programs = new Map<string, TreeProgram>();
  for (const row of Array.isArray(answer) ? (answer as readonly XmlRpcValue[]) : []) {
    if (!isStruct(row)) continue;
    const [group, program, name] = ["group", "program", "name"].map((key) => textOf(row[key]));
    const key = `${group}:${program}`;
    const process = { name: displayName(group ?? "", name ?? ""), state: textOf(row["statename"]) };
    const before = programs.get(key);
    const needs = Array.isArray(row["needs"]) ? (row["needs"] as readonly XmlRpcValue[]) : [];
    programs.set(key, {
      label: displayName(group ?? "", program ?? ""),
      ...{ group: group ?? "", name: program ?? "" },
      processes: [...(before?.processes ?? []), process],
      needs: needs.flatMap((need) =>
        isStruct(need)
          ? [{ name: textOf(need["name"]), condition: textOf(need["condition"]) }]
          : [],
      ),
    });
  }
  return [...programs.values()];
}

/** What a name of depends_on, or of a user, means. */
export function namedBy(programs: readonly TreeProgram[], name: string): readonly TreeProgram[] {
  return programs.filter(
    ({ group, name: program, label, processes }) =>
      name === program ||
      name === label ||
      name === "all" ||
      name === `${group}:*` ||
      processes.some((process) => process.name === name),
  );
}

/** Programs that no other one needs. */
export function rootsOf(programs: readonly TreeProgram[]): readonly TreeProgram[] {
  const needed = new Set(
    programs.flatMap(({ needs }) => needs.flatMap(({ name }) => namedBy(programs, name))),
  );
  return programs.filter((program) => !needed.has(program));
}

/** The lines of a format. Pure. */
export function linesOf(
  programs: readonly TreeProgram[],
  roots: readonly TreeProgram[],
  format: TreeFormat,
): readonly Item[] {
  if (format === "tree") return treeItems(programs, roots);
  const edges = edgesOf(programs, roots);
  const lines = format === "dot" ? dotLines(edges) : mermaidLines(edges);
  return lines.map((line) => ({ line, data: { line } }));
}

/** A program that does not exist, or that this user does not see. */
const NOT_FOUND = "not found";

interface Line {
  readonly head: string;
  readonly program: TreeProgram | null;
  readonly tail: string;
}

function treeItems(
  programs: readonly TreeProgram[],
  roots: readonly TreeProgram[],
): readonly Item[] {
  const lines: Line[] = [];
  const expanded = new Set<TreeProgram>();
  const add = (program: TreeProgram, lead: string, below: string, condition: string): void => {
    const isRepeated = expanded.has(program) && program.needs.length > 0;
    const tail = [condition, isRepeated ? "(above)" : ""].filter((part) => part !== "").join(" ");
    lines.push({ head: lead + program.label, program, tail });
    expanded.add(program);
    if (isRepeated) return;
    const children = program.needs.flatMap((need) => {
      const found: readonly (TreeProgram | null)[] = namedBy(programs, need.name);
      return (found.length === 0 ? [null] : found).map((child) => ({ need, child }));
    });
    for (const [index, { need, child }] of children.entries()) {
      const isLast = index === children.length - 1;
      const branch = below + (isLast ? "└─ " : "├─ ");
      if (child === null) lines.push({ head: branch + need.name, program: null, tail: NOT_FOUND });
      else add(child, branch, below + (isLast ? "   " : "│  "), need.condition);
    }
  };
  for (const root of roots) add(root, "", "", "");
  const width = Math.max(0, ...lines.map(({ head }) => displayWidth(head))) + 2;
  return lines.map(({ head, program, tail }) => {
    const states = program === null ? "" : statesOf(program);
    const name = padRight(head, width, displayWidth);
    const line = `${name}${tail === "" ? states : `${states.padEnd(10)} ${tail}`}`.trimEnd();
    const [state = ""] = new Set(program?.processes.map((process) => process.state));
    const tone =
      program?.processes.every((process) => process.state === state) === true
        ? TONES[state]
        : undefined;
    const mark = { from: name.length, to: name.length + states.length };
    return { line, data: { line }, ...(tone === undefined ? {} : { mark: { ...mark, tone } }) };
  });
}

/** "RUNNING", or of several processes "3 RUNNING, 1 FATAL". */
function statesOf({ processes }: TreeProgram): string {
  const counts = new Map<string, number>();
  for (const { state } of processes) counts.set(state, (counts.get(state) ?? 0) + 1);
  if (processes.length === 1) return processes[0]?.state ?? "";
  return [...counts].map(([state, count]) => `${count} ${state}`).join(", ");
}

interface Edge {
  readonly from: string;
  readonly to: string | null;
  readonly condition: string;
}

/** Also a program without dependencies is one, to nothing. */
function edgesOf(programs: readonly TreeProgram[], roots: readonly TreeProgram[]): readonly Edge[] {
  const seen = new Set(roots);
  const edges: Edge[] = [];
  for (const program of seen) {
    if (program.needs.length === 0) edges.push({ from: program.label, to: null, condition: "" });
    for (const { name, condition } of program.needs) {
      const found = namedBy(programs, name);
      for (const { label } of found) edges.push({ from: program.label, to: label, condition });
      if (found.length === 0) edges.push({ from: program.label, to: name, condition: NOT_FOUND });
      // A set that is iterated has what is added meanwhile.
      for (const each of found) seen.add(each);
    }
  }
  return edges;
}

function dotLines(edges: readonly Edge[]): readonly string[] {
  const quoted = (text: string): string => `"${text.replaceAll(/[\\"]/g, "\\$&")}"`;
  const lines = edges.map(({ from, to, condition }) =>
    to === null
      ? `  ${quoted(from)};`
      : `  ${quoted(from)} -> ${quoted(to)} [label=${quoted(condition)}];`,
  );
  return ["digraph programs {", ...lines, "}"];
}

function mermaidLines(edges: readonly Edge[]): readonly string[] {
  const ids = new Map<string, string>();
  const named = (label: string): string => {
    const known = ids.get(label);
    if (known !== undefined) return known;
    const id = `p${ids.size + 1}`;
    ids.set(label, id);
    return `${id}["${label.replaceAll('"', "#quot;")}"]`;
  };
  const lines = edges.map(({ from, to, condition }) =>
    to === null ? `  ${named(from)}` : `  ${named(from)} -->|${condition}| ${named(to)}`,
  );
  return ["flowchart TD", ...lines];
}

function dataItem({ group, name, processes, needs }: TreeProgram): Item {
  const data = {
    ...{ group, name },
    processes: processes.map((process) => ({ ...process })),
    needs: needs.map((need) => ({ ...need })),
  };
  return { line: "", data };
}
