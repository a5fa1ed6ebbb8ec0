// The requests to `tsv install` and `tsv uninstall`, validated but not yet compared with the host.

import type { InitName } from "../services/registry.ts";

export interface InstallRequest {
  /** Start at boot; without it, only files, directories and the group are created. */
  readonly boot: boolean;
  /** For the calling user only, without root. */
  readonly scope: "system" | "user";
  /** null: detect it. */
  readonly init: InitName | null;
  /** Configuration to run; null: that of tsv, created if it is missing. */
  readonly config: string | null;
  /** Name of the service; another name than "tsv" is a second installation. Letters, digits, `-`, `_`. */
  readonly name: string;
  /** Group whose members may use ctl. */
  readonly group: string;
  /** Root of an image; "/" is this host. In an image, no command is run. */
  readonly root: string;
  /** Replace the installed Supervisor: same configuration, same socket. */
  readonly takeOver: boolean;
  /** Replace edited files. */
  readonly force: boolean;
  /** Wait for the network at boot. */
  readonly waitOnline: boolean;
}

export interface UninstallRequest {
  readonly name: string;
  readonly scope: "system" | "user";
  readonly root: string;
  /** Also remove configuration, logs and state. */
  readonly purge: boolean;
  readonly force: boolean;
}

/** The options of `tsv install` and `tsv uninstall` that identify an installation. */
export function whichOne({
  name,
  scope,
  root,
}: Pick<InstallRequest, "name" | "scope" | "root">): readonly string[] {
  return [
    ...(scope === "user" ? ["--user"] : []),
    ...(name === "tsv" ? [] : ["--name", name]),
    ...(root === "/" ? [] : ["--root", root]),
  ];
}
