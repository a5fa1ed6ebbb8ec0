// The symlinks with which SysV init starts and stops a script in its runlevels.

import { existsSync, readdirSync } from "node:fs";

/** Whether a script is registered in any multi-user runlevel, to be started or only to be stopped. */
export function hasRunlevelLinks(name: string): boolean {
  return ["2", "3", "4", "5"].some((level) => {
    const directory = `/etc/rc${level}.d`;
    const links = existsSync(directory) ? readdirSync(directory) : [];
    return links.some((link) => /^[SK]\d\d/.test(link) && link.slice(3) === name);
  });
}
