// Notes about an installation in addition to its plan.

import { INIT_SYSTEMS, type InitName } from "../services/registry.ts";
import type { InstallFacts } from "./install-facts.ts";
import type { InstallRequest } from "./request.ts";

export function imageRemarks(
  { root }: Pick<InstallRequest, "root">,
  { world }: Pick<InstallFacts, "world">,
  init: InitName | null,
): readonly string[] {
  const remark = root === "/" || init === null ? null : INIT_SYSTEMS[init].imageRemark;
  return remark === null || world.look(remark.ifExists).kind === "missing" ? [] : [remark.text];
}

/** A configuration that an earlier uninstall has kept belongs to the group root. */
export function accessRemarks(
  { scope, group }: Pick<InstallRequest, "scope" | "group">,
  { world, layout }: Pick<InstallFacts, "world" | "layout">,
): readonly string[] {
  const found = world.look(layout.config);
  if (scope === "user" || found.kind !== "file" || (found.mode & 0o004) !== 0) return [];
  if (world.groupId(group) === found.gid && (found.mode & 0o040) !== 0) return [];
  return [
    `members of ${group} cannot read ${layout.config}, where ctl finds the socket: chgrp ${group} ${layout.config}`,
  ];
}
