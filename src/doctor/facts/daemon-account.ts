// Who the daemon is when it opens logs, binds sockets and starts programs: the account that permissions are judged for.

import type { Config } from "../../core/config/model.ts";
import type { UserAccount } from "../../core/config/world.ts";
import type { Account } from "./access.ts";
import type { Probe } from "./probe.ts";
import type { Situation } from "./situation.ts";

/** The configuration as the daemon would read it; null when it cannot be. */
export function readConfig({ config }: Situation): Config | null {
  return config.daemon?.ok === true ? config.daemon.value : null;
}

/**
 * The account that the daemon has, or will have once it has read `user=`.
 * @remarks Without `user=` it is whoever starts it: the one who runs now, else the user of the service, else root for a
 * configuration that root owns, whoever asks.
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

/** Of a configuration with a mistake elsewhere. */
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

/** Somebody with no rights but those that everybody has. */
export const STRANGER: Account = { uid: -1, gids: [] };
