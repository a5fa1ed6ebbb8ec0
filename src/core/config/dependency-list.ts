// The value of depends_on: NAME[:CONDITION], separated by commas. A name may contain a colon itself (`group:process`), so the
// last part is a condition if it is one of their words, else a part of the name.

import { pyRepr } from "../base/py-repr.ts";
import { err, ok, type Result } from "../base/result.ts";
import { strip } from "./py-text.ts";
import type { Dependency, DependencyCondition } from "./value-types.ts";

const CONDITIONS: readonly DependencyCondition[] = ["running", "ready", "completed"];

const NONE: readonly Dependency[] = [];

/** Parses the whole value. The error quotes the item that is wrong. */
export function parseDependencies(text: string): Result<readonly Dependency[], string> {
  if (text === "") return ok(NONE);
  const found: Dependency[] = [];
  for (const item of text.split(",").map(strip)) {
    const dependency = parseDependency(item);
    if (dependency === null) {
      return err(`${pyRepr(item)} is not NAME[:CONDITION], with ${CONDITIONS.join(", ")}`);
    }
    found.push(dependency);
  }
  return ok(found);
}

function parseDependency(item: string): Dependency | null {
  const parts = item.split(":");
  const last = parts.at(-1);
  const condition = CONDITIONS.find((each) => parts.length > 1 && each === last);
  const name = condition === undefined ? parts : parts.slice(0, -1);
  if (name.length > 2 || name.some((part) => part === "" || /[\s/]/.test(part))) return null;
  return { name: name.join(":"), condition: condition ?? "running" };
}
