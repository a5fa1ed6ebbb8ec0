// The devices of a hub as hosts of an inventory: those that have reported to it. They share one connection, which is made again when it
// is lost, for as long as the command runs.

import { err, ok, type Result } from "../core/base/result.ts";
import { deviceEntry, type HostEntry, type HubEntry } from "../core/fleet/inventory.ts";
import { labelsOf } from "../core/fleet/reported.ts";
import { createDeviceHost } from "./device-host.ts";
import type { Host } from "./host.ts";
import { type Session, stayConnected } from "./nats/connection.ts";
import { listDevices, membershipOf } from "./nats/devices.ts";
import { failedStream, failure } from "./server-host.ts";

export interface HubDevices {
  readonly entries: readonly HostEntry[];
  host(entry: HostEntry): Host;
  close(): void;
}

/** The error is a clause. */
export async function openHub(hub: HubEntry): Promise<Result<HubDevices, string>> {
  let session: Session | null = null;
  let end: () => Promise<void> = async () => undefined;
  const first = await new Promise<Result<Session, string>>((resolve) => {
    end = stayConnected(membershipOf(hub), {
      connected(made) {
        session = made;
        resolve(ok(made));
      },
      lost() {
        session = null;
      },
      failed: ({ text }) => resolve(err(text)),
      denied: () => undefined,
    });
  });
  const close = (): void => void end();
  const devices = first.ok ? await listDevices(first.value) : first;
  if (!devices.ok) {
    close();
    return err(devices.error);
  }
  const { role, name: operator, url } = hub;
  return ok({
    entries: devices.value.map(({ name, report }) => deviceEntry(hub, name, labelsOf(report))),
    host: ({ name, labels }) =>
      createDeviceHost({ name, url: `${url}/${name}`, labels, role, operator }, () => session),
    close,
  });
}

const HUB = "hub";

/** A hub that cannot be reached, in place of its devices: a row that says why. */
export function awayHub(hub: HubEntry, why: string): HubDevices {
  const entry = deviceEntry(hub, HUB, new Map());
  const { error } = failure("UNREACHED", `its devices are not known: ${why}`);
  return {
    entries: [{ ...entry, url: hub.url }],
    host: ({ name, url, labels }) => ({
      ...{ name, url, labels, run: null },
      call: async () => ({ ok: false, error }),
      stream: () => failedStream(error),
      close: () => undefined,
    }),
    close: () => undefined,
  };
}
