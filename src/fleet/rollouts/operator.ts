// The connection of an operator: the section [fleet] of the inventory, which tsv fleet operator wrote.

import type { Complaint } from "../../core/base/complaint.ts";
import { err, ok, type Result } from "../../core/base/result.ts";
import { absolutePath, dirname } from "../../core/config/paths.ts";
import { parseIni } from "../../core/config/raw.ts";
import { FLEET_NAME, inboxOf } from "../../core/fleet/subjects.ts";
import { createConfigWorld } from "../../host/files/config-world.ts";
import type { Call } from "../hub/verb.ts";
import { connect, type Membership, type Session } from "../nats/connection.ts";

const NO_ACCOUNTS = { findUser: () => null, findGroup: () => null };

/** A connection, and the name of its operator. */
export interface Operator {
  readonly session: Session;
  readonly name: string;
  readonly close: () => Promise<void>;
}

/** Connects as the inventory says. The error is the exit status; the reason is printed. */
export async function connectOperator(call: Call): Promise<Result<Operator, number>> {
  const membership = membershipOf(call.option("--inventory"));
  if (!membership.ok) return err(call.fail(membership.error));
  const { name, url } = membership.value;
  const made = await connect(membership.value);
  if (!made.ok) return err(call.failed(`${url}: ${made.error.text}`));
  return ok({ session: made.value, name, close: () => made.value.close() });
}

function membershipOf(given: string | null): Result<Membership, Complaint> {
  const world = createConfigWorld(NO_ACCOUNTS);
  const { env, home, cwd } = world;
  const usual = [`${home}/.config/tsv/fleet.conf`, "/etc/tsv/fleet.conf"];
  const named = given ?? (env["TSV_FLEET"] || null);
  const found = named ?? usual.find((path) => world.exists(path)) ?? null;
  const steps = [["Make one on the hub", "tsv fleet operator NAME --role admin"]] as const;
  const fail = (message: string) => err({ kind: "configuration" as const, message, steps });
  if (found === null) return fail(`no inventory was found; looked for ${usual.join(", ")}`);
  const file = absolutePath(found, cwd);
  const text = world.readText(file);
  if (!text.ok) return fail(`cannot read the inventory ${file}: ${text.error.detail}`);
  const document = parseIni(text.value, file);
  if (!document.ok) return fail(document.error.text);
  const options = document.value.sections.get("fleet")?.options;
  if (options === undefined) return fail(`${file} has no section [fleet]`);
  const value = (key: string): string | null => {
    const written = options.get(key)?.value ?? "";
    return written === "" ? null : written.replaceAll("%(here)s", dirname(file));
  };
  const [url, name, key, ca] = [value("url"), value("name"), value("key"), value("ca")];
  if (url === null || key === null) return fail(`[fleet] in ${file} has no url= or no key=`);
  if (name === null || !FLEET_NAME.test(name)) return fail(`[fleet] in ${file} has no name=`);
  const at = (path: string): string => absolutePath(path, dirname(file));
  return ok({
    ...{ url, name, key: at(key), ca: ca === null ? null : at(ca) },
    inboxPrefix: inboxOf(name),
  });
}
