// What the user asked of `tsv install` and `tsv uninstall`, checked but not yet compared with the host.

import type { InitSystem } from "./init-system.ts";

export interface InstallRequest {
  /** Start at boot: without it only files, directories and the group are set up. */
  readonly boot: boolean;
  /** For the calling user alone, without root. */
  readonly scope: "system" | "user";
  /** null: find out. */
  readonly init: InitSystem | null;
  /** Configuration to run; null: ours, made when there is none. */
  readonly config: string | null;
  /** Name of the service; another one than "tsv" stands side by side. Letters, digits, `-`, `_`. */
  readonly name: string;
  /** Group whose members may use ctl. */
  readonly group: string;
  /** Root of an image; "/" is this host. In an image nothing is run. */
  readonly root: string;
  /** Replace the Supervisor that runs here: same configuration, same socket. */
  readonly takeOver: boolean;
  /** Replace files that somebody edited. */
  readonly force: boolean;
  /** Wait for the network at boot. */
  readonly waitOnline: boolean;
}

export interface UninstallRequest {
  readonly name: string;
  readonly scope: "system" | "user";
  readonly root: string;
  /** Configuration, logs and state too. */
  readonly purge: boolean;
  readonly force: boolean;
}
