// The section [fleet]: how the agent of this host reaches the hub of its fleet. The daemon itself does not use it.

import { readHubUrl } from "../fleet/hub-files.ts";
import { FLEET_NAME } from "../fleet/subjects.ts";
import { FLEET } from "./options/fleet.ts";
import { resolvePath } from "./paths.ts";
import { openScope, type Reading, readOption, report, type Scope } from "./reading.ts";

export interface FleetConfig {
  /** `tls://HOST[:PORT]`, or `nats://` without encryption. */
  readonly url: string;
  readonly name: string;
  /** Absolute path of the seed of an nkey. */
  readonly key: string;
  /** Absolute path of certificates; null for the authorities that Node has. */
  readonly ca: string | null;
  /** `HOST[:PORT]` of a relay; null to connect to the hub itself. */
  readonly through: string | null;
  readonly labels: ReadonlyMap<string, string>;
}

const URL_SHAPE = /^(?:tls|nats):\/\/(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9][\w.-]*)(?::\d{1,5})?$/;
const LABEL = /^[A-Za-z_][\w.-]*$/;
/** Of all labels, as the hub gets them. */
const LONGEST_LABELS = 4096;

/** @returns null without the section. Errors are in `problems` of the reading. */
export function readFleetSection(reading: Reading): FleetConfig | null {
  const section = reading.raw.sections.get("fleet");
  if (section === undefined) return null;
  const scope = openScope(reading, section, "fleet");
  const url = required(scope, FLEET.url);
  if (url !== "" && !URL_SHAPE.test(url)) report(scope, "url", "url is not tls://HOST:PORT");
  const name = required(scope, FLEET.name);
  if (name !== "" && !FLEET_NAME.test(name)) {
    report(scope, "name", "name has letters, digits, _ and - only, at most 63");
  }
  const key = required(scope, FLEET.key);
  const ca = readOption(scope, FLEET.ca);
  const through = readOption(scope, FLEET.through) || null;
  if (through !== null && readHubUrl(`tls://${through}`) === null) {
    report(scope, "through", "through is not HOST:PORT");
  }
  const { world } = reading;
  return {
    ...{ url, name, key: resolvePath(key, world) },
    ca: ca === null || ca === "" ? null : resolvePath(ca, world),
    through,
    labels: readLabels(scope),
  };
}

function required(scope: Scope, row: typeof FLEET.url | typeof FLEET.name | typeof FLEET.key) {
  const value = readOption(scope, row) ?? "";
  if (value === "") report(scope, row.key, `[fleet] has no ${row.key}`, "missing-option");
  return value;
}

function readLabels(scope: Scope): ReadonlyMap<string, string> {
  const labels = new Map<string, string>();
  for (const part of readOption(scope, FLEET.labels) ?? []) {
    if (part === "") continue;
    const [, label = "", value] = /^([^=]*)=(.*)$/s.exec(part) ?? [];
    const isLabel = value !== undefined && LABEL.test(label.trim());
    if (!isLabel) report(scope, "labels", `labels must be NAME=VALUE, not '${part}'`);
    else labels.set(label.trim(), value.trim());
  }
  const length = Array.from(labels).join().length;
  if (length > LONGEST_LABELS) report(scope, "labels", "labels are too long");
  return labels;
}
