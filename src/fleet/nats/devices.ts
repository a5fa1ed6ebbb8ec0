// The devices that have reported to a hub, with their reports: read without a consumer, which operators may not make.

import { err, ok, type Result } from "../../core/base/result.ts";
import type { HubEntry } from "../../core/fleet/inventory.ts";
import { type Report, readReport } from "../../core/fleet/reported.ts";
import { inboxOf, lastOfKey } from "../../core/fleet/subjects.ts";
import { keysOf } from "./buckets.ts";
import type { Membership, RequestFailure, Session } from "./connection.ts";
import { readLast } from "./last.ts";

/** Requests at the same time. */
const AT_ONCE = 32;

export interface ReportedDevice {
  readonly name: string;
  readonly report: Report;
}

/** As whom an operator connects. */
export function membershipOf({ url, name, key, ca }: HubEntry): Membership {
  return { url, name, key, ca, inboxPrefix: inboxOf(name) };
}

/** In the order of their names. */
export async function listDevices(
  session: Session,
): Promise<Result<readonly ReportedDevice[], RequestFailure>> {
  const keys = await keysOf(session, "reported");
  if (!keys.ok) return keys;
  const names = [...keys.value].sort();
  const devices = new Map<string, ReportedDevice>();
  const queue = names.values();
  let failed: RequestFailure | null = null;
  const work = async (): Promise<void> => {
    for (const name of queue) {
      const last = await readLast(session, lastOfKey("reported", name));
      // JetStream answers with the headers of the device, which may be any: the stream is there, or it would have no keys.
      if (!last.ok && last.error === "no-responders") devices.set(name, { name, report: {} });
      else if (!last.ok) failed = last.error;
      else if (last.value !== null)
        devices.set(name, { name, report: readReport(last.value.text) });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  if (failed !== null) return err(failed);
  return ok(names.flatMap((name) => devices.get(name) ?? []));
}
