// The connection of an operator: the section [fleet] of the inventory, which tsv fleet operator wrote.

import type { Complaint } from "../../core/base/complaint.ts";
import { err, ok, type Result } from "../../core/base/result.ts";
import { FLEET_EXIT } from "../../core/fleet/outcome.ts";
import { openInventory } from "../host/inventory-file.ts";
import type { Call } from "../hub/verb.ts";
import { connect, type Session } from "../nats/connection.ts";
import { membershipOf } from "../nats/devices.ts";

/** A connection, and the name of its operator. */
export interface Operator {
  readonly session: Session;
  readonly name: string;
  readonly close: () => Promise<void>;
}

/** Connects as the inventory says. The error is the exit status; the reason is printed. */
export async function connectOperator(call: Call): Promise<Result<Operator, number>> {
  const inventory = openInventory(call.option("--inventory"));
  if (!inventory.ok) return err(failAll(call, inventory.error));
  const { hub, file } = inventory.value;
  if (hub === null) {
    const steps = [["Make one on the hub", "tsv fleet operator NAME --role admin"]] as const;
    return err(
      call.fail({ kind: "configuration", message: `${file} has no section [fleet]`, steps }),
    );
  }
  const { name, url } = hub;
  const made = await connect(membershipOf(hub));
  if (!made.ok) return err(call.failed(`${url}: ${made.error.text}`));
  return ok({ session: made.value, name, close: () => made.value.close() });
}

/** Prints them. @returns the exit status */
function failAll(call: Call, complaints: readonly Complaint[]): number {
  return complaints.map((each) => call.fail(each)).at(-1) ?? FLEET_EXIT.USAGE;
}
