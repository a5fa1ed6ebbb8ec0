// The sections [user:x].

import { isScrypt, parseScrypt, TOKEN_PREFIX } from "../access/passwords.ts";
import { inOrder, readFields } from "./fields.ts";
import type { UserConfig } from "./model.ts";
import { USER } from "./options/servers.ts";
import { readName, readPatterns } from "./pattern-sections.ts";
import { type RawSection, sectionsWith } from "./raw.ts";
import { isGiven, openScope, type Reading, readOption, report, type Scope } from "./reading.ts";

/** Characters of a token in clear: it is all that a client has to show. */
const LEAST_TOKEN = 16;
/** Characters of a name: that of a mail address is one. */
const LONGEST_NAME = 254;

/** Empty text is no secret: with it, any client would be this user. */
function readSecret(scope: Scope, row: typeof USER.password | typeof USER.token): string | null {
  const secret = readOption(scope, row);
  if (secret === "") report(scope, row.key, `${row.key} must not be empty`);
  return secret;
}

/** Reports a hash that no password has: of a server or of a user. */
export function checkHash(scope: Scope, password: string): void {
  if (!isScrypt(password) || parseScrypt(password) !== null) return;
  report(scope, "password", "password is no text that tsv passwd prints: run tsv passwd");
}

function readPassword(scope: Scope): string | null {
  const password = readSecret(scope, USER.password);
  if (password !== null) checkHash(scope, password);
  return password;
}

function readToken(scope: Scope): string | null {
  const token = readSecret(scope, USER.token);
  if (token === null || token === "") return token;
  const isHash = token.startsWith(TOKEN_PREFIX);
  const isWhole = isHash ? /^[0-9a-f]{64}$/.test(token.slice(TOKEN_PREFIX.length)) : true;
  if (!isWhole) report(scope, "token", "token is no text that tsv passwd --token prints");
  if (!isHash && (token.length < LEAST_TOKEN || /[^!-~]/.test(token))) {
    const rule = `a token has at least ${LEAST_TOKEN} characters of ASCII, without blanks`;
    report(scope, "token", `${rule}: run tsv passwd --token`);
  }
  return token;
}

function readPrograms(
  scope: Scope,
  { role = "read" }: Partial<Pick<UserConfig, "role">>,
): readonly string[] {
  if (role === "admin" && isGiven(scope, USER.programs)) {
    const text = "programs limits read and operate only: an admin acts on all programs";
    report(scope, "programs", text, "combination");
  }
  return readPatterns(scope, USER.programs);
}

const ORDER = inOrder(USER, "once", ["role", "password", "token", "programs"]);
const READERS = { password: readPassword, token: readToken, programs: readPrograms };

function readUser(reading: Reading, section: RawSection): UserConfig {
  const scope = openScope(reading, section, "user");
  const name = readName(scope, "a user", LONGEST_NAME);
  const user = { name, ...readFields(scope, USER, ORDER, READERS, {}) };
  if (!isGiven(scope, USER.password) && !isGiven(scope, USER.token)) {
    const text = `section [${section.name}] has neither password nor token`;
    report(scope, null, text, "missing-option");
  }
  return user;
}

/** In file order. */
export function readUsers(reading: Reading): readonly UserConfig[] {
  return sectionsWith(reading.raw, "user:").map((section) => readUser(reading, section));
}
