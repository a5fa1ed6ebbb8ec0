// Notes about an installation in addition to its plan.

import type { InitSystem } from "./init-system.ts";
import type { InstallFacts } from "./install-facts.ts";
import type { InstallRequest } from "./request.ts";

/** Debian's SysV init starts scripts from a list that insserv creates from the symlinks; without a list, from the symlinks. */
export function imageRemarks(
  { root }: Pick<InstallRequest, "root">,
  { world }: Pick<InstallFacts, "world">,
  init: InitSystem | null,
): readonly string[] {
  const list = "/etc/init.d/.depend.start";
  if (root === "/" || init !== "sysv" || world.look(list).kind === "missing") return [];
  return [`${list} has to be updated before tsv starts at boot: run insserv in the image`];
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
