// Whose answers count: while a daemon is down anybody may listen on its port, or on its socket in /tmp, and say what he likes.

import { readServerUrl } from "../../core/config/server-url.ts";
import type { Listener, Probe } from "./probe.ts";
import { listenersAt } from "./unix-listeners.ts";

/**
 * Whether those who listen at an address are root or accounts that are trusted.
 * @param url `unix:///path` or `http://host:port`
 * @param asker who runs doctor. Only root sees whose all sockets are, and only root can be led to harm others: for
 * anybody else an owner who cannot be seen does not matter.
 */
export function isBelieved(
  url: string,
  asker: number,
  trusted: readonly number[],
  probe: Probe,
): boolean {
  const listeners = listenersOf(url, probe);
  if (asker === 0 && listeners.length === 0) return false;
  return listeners.every(({ pid }) => {
    const process = pid === null ? null : probe.process(pid);
    if (process === null) return asker !== 0;
    return process.uid === 0 || process.uid === asker || trusted.includes(process.uid);
  });
}

/** Whether a stranger is seen to listen there, who is not to be told passwords. */
export function isStrangers(
  url: string,
  asker: number,
  trusted: readonly number[],
  probe: Probe,
): boolean {
  return listenersOf(url, probe).some(({ pid }) => {
    const uid = pid === null ? null : (probe.process(pid)?.uid ?? null);
    return uid !== null && uid !== 0 && uid !== asker && !trusted.includes(uid);
  });
}

/** Every process that has the port, whatever the address: "localhost" may mean several. */
export function listenersOf(url: string, probe: Probe): readonly Listener[] {
  const address = readServerUrl(url);
  if (!address.ok) return [];
  const { value } = address;
  if (value.kind === "unix") return listenersAt(value.path, probe);
  return probe.listeners().filter((one) => one.kind === "tcp" && one.port === value.port);
}
