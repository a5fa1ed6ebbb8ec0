// What `join` makes on a device and `leave` removes: files in a directory, and sections of a file of the daemon.

import { absolutePath } from "../../core/config/paths.ts";
import { AGENT_PROGRAM } from "../../core/fleet/hub-files.ts";
import { addSetting } from "../../ctl/verb-arguments.ts";
import type { Call } from "./verb.ts";

const USUAL_PLACE = "/etc/tsv/fleet-device";
export const PLACE_OPTION = [
  "--dir <directory>",
  `the directory for the key (default: ${USUAL_PLACE})`,
  addSetting,
] as const;

/** Files of a device in its directory. */
export interface DeviceFiles {
  readonly directory: string;
  readonly key: string;
  readonly ca: string;
  /** While it joins with one invitation: the invitation's key, and the device's, and the authority of that hub. */
  readonly invitation: string;
  readonly newKey: string;
  readonly newCa: string;
}

export const AUTHORITY = "authority.pem";
const DEVICE_KEY = "device.key";
/** Names of files that `join` makes. */
export const DEVICE_FILE =
  /^(?:device\.key|authority\.pem|joining-[A-Z2-7]{16}\.(?:invitation|key|pem))$/;

export function filesIn(directory: string, invitation: string): DeviceFiles {
  const own = `${directory}/joining-${invitation.slice(1, 17)}`;
  return {
    directory,
    ...{ key: `${directory}/${DEVICE_KEY}`, ca: `${directory}/${AUTHORITY}` },
    ...{ invitation: `${own}.invitation`, newKey: `${own}.key`, newCa: `${own}.pem` },
  };
}

export function placeOf(call: Call): string {
  return absolutePath(call.option("--dir") ?? USUAL_PLACE, process.cwd());
}

export const FLEET_SECTION = "fleet";
/** The sections of its file that are of tsv. */
export const DEVICE_SECTIONS = [FLEET_SECTION, `program:${AGENT_PROGRAM}`];
