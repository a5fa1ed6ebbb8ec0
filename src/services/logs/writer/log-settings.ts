// Settings of a log.

import type { Compression, RotationPeriod } from "../../../core/config/value-types.ts";
import type { LogMaking } from "../../../ports/log-files.ts";

/**
 * An AUTO file. It is named when its group is added, and created when its program first starts. Until then it reads as empty.
 * @remarks Created with O_EXCL, because every user may write to the directory (often /tmp).
 */
export interface AutoFile {
  exists: boolean;
}

/** The settings of a log by its holder. */
export interface LogSettings {
  /** The owner of the log, for messages: `'web' stdout`. */
  readonly what: string;
  /** Null for a path from the configuration. */
  readonly auto: AutoFile | null;
  readonly maxBytes: number;
  readonly backups: number;
  /** The period of rotation by time; null for rotation by size alone. */
  readonly rotate: RotationPeriod | null;
  readonly compress: Compression;
  /** How a missing file is created; undefined for the usual way. */
  readonly making: LogMaking | undefined;
  /** How long output may wait in memory for more, milliseconds; 0 for not at all. */
  readonly flushMs: number;
  /** Its writes are never gathered with those of other logs: the last messages before the daemon dies must be in the file. */
  readonly isPrompt?: boolean;
}

/** The settings of a log that no process has opened. */
export const DEFAULT_SETTINGS: LogSettings = {
  ...{ what: "unknown", auto: null, maxBytes: 0, backups: 0, flushMs: 0 },
  ...{ rotate: null, compress: "none", making: undefined },
};
