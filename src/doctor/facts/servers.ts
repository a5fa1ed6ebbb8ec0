// Which control servers to query, with which credentials.

import type { Config, CtlOptions } from "../../core/config/model.ts";
import { PRIVATE_SECTION, SHA_PREFIX, serverUrlOf } from "../../core/config/server-address.ts";

/** A server to query. */
export interface ServerQuestion {
  readonly section: string;
  /** `unix:///path` or `http://host:port`. */
  readonly url: string;
  readonly credentials: { readonly username: string; readonly password: string } | null;
  /** The uid of the daemon in the configuration; null if it names no user. */
  readonly daemonUser?: string | null;
}

/**
 * The servers of a configuration, then the address of ctl if it is different.
 * @param privateSocket the path of the private control socket that a daemon without servers has; null for none
 */
export function serversToAsk(
  config: Config | null,
  ctl: CtlOptions | null,
  privateSocket: string | null,
): readonly ServerQuestion[] {
  const ofCtl = ctl === null ? null : credentialsOf(ctl);
  const uid = config?.daemon.user?.uid;
  const daemonUser = uid === undefined ? (ctl?.daemonUser ?? null) : String(uid);
  const own = (config?.servers ?? []).map((server): ServerQuestion => {
    const { section, credentials } = server;
    const isPlain = credentials !== null && !credentials.password.startsWith(SHA_PREFIX);
    const known = isPlain ? credentials : credentials === null ? null : ofCtl;
    return { section, url: serverUrlOf(server), credentials: known, daemonUser };
  });
  if (config !== null && own.length === 0 && ctl?.isServerNamed !== true) {
    if (privateSocket === null) return [];
    const url = `unix://${privateSocket}`;
    return [{ section: PRIVATE_SECTION, url, credentials: null, daemonUser }];
  }
  if (ctl === null || own.some(({ url }) => isSameServer(url, ctl.serverUrl))) return own;
  return [...own, { section: "supervisorctl", url: ctl.serverUrl, credentials: ofCtl, daemonUser }];
}

/** `localhost` and `127.0.0.1` are equal; a server on all addresses is reached at either. */
export function isSameServer(left: string, right: string): boolean {
  const plain = (url: string): string =>
    url
      .replace(/^http:\/\/(?:localhost|127\.0\.0\.1)(?=[:/]|$)/, "http://local")
      .replace(/\/$/, "");
  return plain(left) === plain(right);
}

function credentialsOf({ username, password }: CtlOptions): ServerQuestion["credentials"] {
  return username === null || password === null ? null : { username, password };
}
