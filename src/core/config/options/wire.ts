// The options of a process as supervisor.getAllConfigInfo returns them.

import type { Shape } from "../../api/signature.ts";
import type { XmlRpcValue } from "../../xmlrpc/value.ts";
import type { LogTarget, ProcessConfig } from "../model.ts";
import type { Autorestart } from "../value-types.ts";
import { CHANNELS } from "./channel.ts";
import type { OptionRow, OptionTable } from "./entry.ts";
import { PROGRAM } from "./program.ts";

/** XML-RPC has no null; Supervisor writes this word. */
const NONE = "none";
/** Of a log whose file is named when its program is added. */
export const AUTO = "auto";

interface WireOption {
  /** As it is written in a file. */
  readonly key: string;
  readonly wire: string;
  readonly value: XmlRpcValue;
}

function autorestartValue(autorestart: Autorestart): XmlRpcValue {
  return autorestart === "unexpected" ? autorestart : autorestart === "always";
}

function logfileValue(target: LogTarget): string {
  if (target.kind === "file") return target.path;
  if (target.kind === "auto") return AUTO;
  return target.kind === "none" ? NONE : `@${target.kind}`;
}

function wireValue({ kind }: OptionRow, value: unknown): XmlRpcValue {
  if (value === null) return NONE;
  if (kind === "autorestart") return autorestartValue(value as Autorestart);
  if (kind === "logfile") return logfileValue(value as LogTarget);
  return value as XmlRpcValue;
}

function ofTable(table: OptionTable, values: object): readonly WireOption[] {
  const fields = values as Readonly<Record<string, unknown>>;
  return Object.entries(table).flatMap(([field, row]) => {
    const wire = wireName(row);
    if (wire === null) return [];
    return [{ key: row.key, wire, value: wireValue(row, fields[field]) }];
  });
}

/** Null for an option that is not returned. */
function wireName({ key, wire }: OptionRow): string | null {
  return wire === true ? key : (wire ?? null);
}

/** By the kind of an option; the others are texts. */
const SHAPES: Partial<Readonly<Record<OptionRow["kind"], Shape>>> = {
  ...{ autorestart: ["boolean", "string"], boolean: "boolean", integer: "int" },
  ...{ "exit codes": ["int"], signal: "int", size: "int", user: "int" },
};

function shapeOf({ kind, default: usual, isFilled }: OptionRow): Shape {
  const shape = SHAPES[kind] ?? "string";
  const isNullable = usual === undefined && isFilled !== true && shape !== "string";
  return isNullable ? [shape, "string"] : shape;
}

/** The shape of what is returned for a process, by names. */
export const WIRE_SHAPE: Readonly<Record<string, Shape>> = Object.fromEntries(
  [PROGRAM, CHANNELS.stdout, CHANNELS.stderr]
    .flatMap((table: OptionTable) => Object.values(table))
    .flatMap((row) => {
      const wire = wireName(row);
      return wire === null ? [] : [[wire, shapeOf(row)]];
    }),
);

/** Every option that is returned for a process. */
export function wireOptions(process: ProcessConfig): readonly WireOption[] {
  return [
    ...ofTable(PROGRAM, process),
    ...ofTable(CHANNELS.stdout, process.stdout),
    ...ofTable(CHANNELS.stderr, process.stderr),
  ];
}
