// Hosts by the kinds of their addresses. A host connects when it is first called.

import { err, invariant, ok, type Result } from "../core/base/result.ts";
import { readReason } from "../core/config/load.ts";
import type { HostEntry } from "../core/fleet/inventory.ts";
import type { CtlAccess } from "../ctl/client.ts";
import type { CallFailure } from "../ctl/failure.ts";
import { createConfigWorld } from "../host/files/config-world.ts";
import type { Host } from "./host.ts";
import type { HubDevices } from "./hub-devices.ts";
import { ServerLink } from "./server-host.ts";
import { SshLink } from "./ssh-host.ts";

/** @param hub has the hosts that are devices */
export function createHost(entry: HostEntry, hub: HubDevices | null): Host {
  const { name, url, labels, address } = entry;
  if (address.kind === "device") {
    invariant(hub !== null, "a device without its hub");
    return hub.host(entry);
  }
  const access = accessTo(entry);
  if (address.kind === "ssh") {
    const link = new SshLink(address, access);
    return {
      ...{ name, url, labels, call: link.call, stream: link.stream, run: link.run },
      close: () => link.close(),
    };
  }
  const link = new ServerLink(access);
  return {
    ...{ name, url, labels, call: link.call.bind(link), stream: link.stream, run: null },
    close: () => link.close(),
  };
}

/** How the daemon of a host is met. Reads its password file once. */
function accessTo(entry: HostEntry): () => Result<CtlAccess, CallFailure> {
  let password: Result<string | null, CallFailure> | null = null;
  return () => {
    password ??= passwordOf(entry);
    if (!password.ok) return password;
    const { address, username, sslCa, sslCert, sslKey } = entry;
    const serverUrl = address.kind === "server" ? address.url : entry.url;
    return ok({ serverUrl, username, password: password.value, sslCa, sslCert, sslKey });
  };
}

/** The first line of its file, or what the inventory has. */
function passwordOf({ password, passwordFile }: HostEntry): Result<string | null, CallFailure> {
  if (passwordFile === null) return ok(password);
  const noAccounts = { findUser: () => null, findGroup: () => null };
  const text = createConfigWorld(noAccounts).readText(passwordFile);
  if (text.ok) return ok(text.value.split("\n")[0] ?? "");
  const reason = `password_file ${passwordFile}: ${readReason(text.error)}`;
  return err({ kind: "other", exception: "OSError", text: reason });
}
