// Resolves the defaults in the tables.

import { err } from "../../base/result.ts";
import { parseValue } from "../values.ts";
import type { ConfigWorld } from "../world.ts";
import type { OptionRow, OptionTable, ReadValue } from "./entry.ts";

/** No default names a user, a directory or a file of the host. */
const NOWHERE: ConfigWorld = {
  readText: () => err({ code: "ENOENT", detail: "" }),
  readEnvFile: () => err("ENOENT"),
  exists: () => false,
  isDirectory: () => false,
  glob: () => err(""),
  findUser: () => null,
  findGroup: () => null,
  cwd: "/",
  home: "",
  tempDir: "",
  hostName: "",
  uid: 0,
  env: {},
};

/** The value of an option that is not given; null where that depends on something else. */
export function defaultOf<R extends OptionRow>(row: R): ReadValue<R> {
  if (row.default === null) return null as ReadValue<R>;
  const value = parseValue<R["kind"]>(row.kind, row.default, NOWHERE);
  if (!value.ok) throw new Error(`internal error: default of ${row.key}: ${value.error}`);
  return value.value as ReadValue<R>;
}

/** The same for each option of a table. */
export function defaultsOf<T extends OptionTable>(
  table: T,
): { readonly [F in keyof T]: ReadValue<T[F]> } {
  const values = Object.entries(table).map(([field, row]) => [field, defaultOf(row)]);
  return Object.fromEntries(values) as { readonly [F in keyof T]: ReadValue<T[F]> };
}
