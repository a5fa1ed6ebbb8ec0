// The guard of a server section, with real secrets.

import type { UserConfig } from "../../src/core/config/model.ts";
import { createSecrets } from "../../src/host/system/secrets.ts";
import type { Guard } from "../../src/services/rpc/auth.ts";
import { PasswordChecks } from "../../src/services/rpc/password-checks.ts";
import { Sessions } from "../../src/services/rpc/sessions.ts";

const secrets = createSecrets();
const atOnce = () => ({ over: Promise.resolve(), cancel() {} });
const now = () => ({ mono: 0, wall: 0 });

/** @param given what is missing has no users and no password */
export function fakeGuard(given: Partial<Guard> = {}): Guard {
  const checks = new PasswordChecks({ secrets, now, startPause: atOnce });
  const sessions = new Sessions({ secrets, now });
  return { credentials: null, users: [], secrets, checks, sessions, cookie: "tsv_1", ...given };
}

/** A section [user:x]. */
export function fakeUser(name: string, over: Partial<UserConfig> = {}): UserConfig {
  return { name, password: null, token: null, role: "read", programs: ["*"], ...over };
}
