// A client that acts for another one with its role, such as the agent of a fleet for operators: an admin may have less permissions for a
// request, and name who asks. The log shows both.

import { err, ok, type Result } from "../base/result.ts";
import { USER_ROLES } from "./permissions.ts";
import { type Client, hasPassed } from "./principal.ts";

/** Headers of a request, in lower case: one of the roles of a section [user:x], and a name. */
export const ROLE_HEADER = "tsv-role";
export const BY_HEADER = "tsv-by";

const NAME = /^[A-Za-z0-9][\w.@-]{0,126}$/;

/**
 * The client with the role and the name that its request has.
 * @param header null for one that was not sent; one sent twice has its values joined by commas
 * @returns the error: 400 for values that mean nothing, 403 for a client that is no admin
 */
export function lowered(
  client: Client,
  header: (name: string) => string | null,
): Result<Client, 400 | 403> {
  const [role, by] = [header(ROLE_HEADER), header(BY_HEADER)];
  // One that has not passed has no permissions, and is asked for a password.
  if ((role === null && by === null) || !hasPassed(client.proof)) return ok(client);
  const wanted = role === null ? "admin" : USER_ROLES.find((each) => each === role);
  if (wanted === undefined || (by !== null && !NAME.test(by))) return err(400);
  if (client.role !== "admin") return err(403);
  const granted = { role: wanted, programs: wanted === "admin" ? null : ["*"] };
  return ok({ ...client, ...granted, ...(by === null ? {} : { by }) });
}
