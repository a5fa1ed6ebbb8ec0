// start, stop and signal walk over their names in the same way: `all`, `group:*`, `name`. Each result is reported as
// it comes, because a start may take long.

import { type Namespec, parseNamespec } from "../core/base/ids.ts";
import type { CommandContext } from "./context.ts";
import { type OverNames, reportGroup, reportOne, reportRows } from "./report-results.ts";

/** Does it for every name. */
export async function overNames(
  context: CommandContext,
  names: readonly string[],
  how: OverNames,
): Promise<void> {
  if (context.isOwn) {
    const { overMany } = await import("./over-many.ts");
    return await overMany(context, names, how);
  }
  if (names.includes("all")) {
    reportRows(context, await context.call(how.allMethod, how.params), how);
    return;
  }
  for (const name of names) {
    const { group, process } = parseNamespec(name);
    if (process === null) await overGroup(context, group, how);
    else await overProcess(context, name, { spec: { group, process }, how });
  }
}

async function overGroup(context: CommandContext, group: string, how: OverNames): Promise<void> {
  const result = await context.client.call(how.groupMethod, [group, ...how.params]);
  reportGroup(context, group, { result, how });
}

async function overProcess(
  context: CommandContext,
  name: string,
  { spec, how }: { readonly spec: Namespec; readonly how: OverNames },
): Promise<void> {
  const result = await context.client.call(how.processMethod, [name, ...how.params]);
  reportOne(context, spec, { result, ...how });
}
