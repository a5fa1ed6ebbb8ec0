// Which configuration the service of this host runs with, and the command that starts it: from the record of `tsv install`, or
// from what a package has brought. A record that another user could have written is ignored: it decides what root runs.
//
// sync-ok(existsSync): commands alone: ctl looks for the configuration that was installed

import { existsSync } from "node:fs";
import { quietly } from "../error-code.ts";
import { distrust } from "../files/path-trust.ts";
import { readPlainFile } from "../files/read-plain.ts";
import { ownHome } from "./identity.ts";

interface RecordedService {
  readonly config: string;
  /** The command that starts it, with sudo where root is needed. */
  readonly start: string;
}

const MOST_BYTES = 1 << 20;
const PACKAGED_UNIT = "/usr/lib/systemd/system/tsv.service";
const PACKAGED_CONFIG = "/etc/tsv/tsv.conf";

/** @returns null where nothing is installed, or nothing that starts at boot */
export function recordedService(): RecordedService | null {
  const isRoot = process.geteuid?.() === 0;
  const sudo = isRoot ? "" : "sudo ";
  const own = isRoot ? null : recorded(`${ownHome()}/.local/state/tsv/install.json`, "");
  return own ?? recorded("/var/lib/tsv/install.json", sudo) ?? packaged(sudo);
}

function recorded(path: string, sudo: string): RecordedService | null {
  const bytes = readPlainFile(path, MOST_BYTES);
  if (!bytes.ok || distrust(path, process.geteuid?.() ?? 0) !== null) return null;
  // A record that cannot be read is tsv install's to report.
  const record: unknown = quietly(() => JSON.parse(new TextDecoder().decode(bytes.value)), null);
  if (typeof record !== "object" || record === null) return null;
  const { config, start } = record as Readonly<Record<string, unknown>>;
  if (typeof config !== "string" || !Array.isArray(start) || start.length === 0) return null;
  return { config, start: sudo + start.join(" ") };
}

/** A package has the same unit everywhere, and on Debian an init script, too. */
function packaged(sudo: string): RecordedService | null {
  if (!existsSync(PACKAGED_UNIT)) return null;
  const start = existsSync("/run/systemd/system") ? "systemctl start tsv" : "service tsv start";
  return { config: PACKAGED_CONFIG, start: sudo + start };
}
