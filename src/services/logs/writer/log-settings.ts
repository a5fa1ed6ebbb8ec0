// Settings of a log.

import type { Compression, RotationPeriod } from "../../../core/config/value-types.ts";
import type { LogMaking } from "../../../ports/log-files.ts";

/**
 * An AUTO file. Named when its group is added, created when its program first starts. Until then it reads as an empty file.
 * @remarks Created with O_EXCL, because every user may write to the directory (often /tmp).
 */
export interface AutoFile {
  exists: boolean;
}

/** How the holder of a log wants it kept. */
export interface LogSettings {
  /** Whose log, for messages: `'web' stdout`. */
  readonly what: string;
  /** Null for a path from the configuration. */
  readonly auto: AutoFile | null;
  readonly maxBytes: number;
  readonly backups: number;
  /** Rotated by time too; null for size alone. */
  readonly rotate: RotationPeriod | null;
  readonly compress: Compression;
  /** Undefined for a file as programs usually make them. */
  readonly making: LogMaking | undefined;
  /** How long output may wait in memory for more to come; 0 for not at all. */
  readonly flushMs: number;
  /** Never gathered with what other logs write: what the daemon says before it dies must be there. */
  readonly isPrompt?: boolean;
}

/** Of a log that no process has opened. */
export const DEFAULT_SETTINGS: LogSettings = {
  ...{ what: "unknown", auto: null, maxBytes: 0, backups: 0, flushMs: 0 },
  ...{ rotate: null, compress: "none", making: undefined },
};
