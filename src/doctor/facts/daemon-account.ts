// The account with which the daemon opens logs, binds sockets and starts programs, for checks of permissions.

import type { Config } from "../../core/config/model.ts";
import type { UserAccount } from "../../core/config/world.ts";
import type { Account } from "./access.ts";
import type { Probe } from "./probe.ts";
import type { Situation } from "./situation.ts";

/** The configuration as the daemon would read it; null if it cannot be read. */
export function readConfig({ config }: Situation): Config | null {
  return config.daemon?.ok === true ? config.daemon.value : null;
}

/**
 * The account that the daemon has, or will have after it has read `user=`.
 * @remarks Without `user=`, it is that of the running daemon, else the user of the service, else root for a configuration
 * that root owns, else the caller.
 */
export function daemonAccount(situation: Situation, probe: Probe): Account {
  return accountOf(daemonUid(situation, probe), probe);
}

function daemonUid(situation: Situation, probe: Probe): number {
  const { config, daemon, service, caller } = situation;
  const user = readConfig(situation)?.daemon.user ?? writtenUser(situation, probe);
  if (user !== null) return user.uid;
  if (daemon !== null) return daemon.uid;
  const ofService = service.properties["User"] ?? "";
  if (ofService !== "") return probe.user(ofService)?.uid ?? config.daemonUid;
  const owner = config.path === null || caller.uid === 0 ? null : probe.look(config.path);
  return owner?.ok === true && owner.uid === 0 ? 0 : config.daemonUid;
}

/** For a configuration with an error elsewhere. */
function writtenUser({ config }: Situation, probe: Probe): UserAccount | null {
  if (config.daemon?.ok !== false) return null;
  const written = config.raw?.sections.get("supervisord")?.options.get("user")?.value ?? "";
  if (written === "") return null;
  return probe.user(/^\d+$/.test(written) ? Number(written) : written);
}

/** An account with the groups that initgroups(3) would give it. */
export function accountOf(uid: number, probe: Probe): Account {
  const user = probe.user(uid);
  return { uid, gids: user === null ? [] : probe.groupsOf(user.name) };
}

/** An account without any special permissions. */
export const STRANGER: Account = { uid: -1, gids: [] };
