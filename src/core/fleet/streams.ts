// The streams of a hub, as JetStream takes them (JSON of STREAM.CREATE and STREAM.UPDATE). A bucket is a stream (NATS ADR-8).

import { BUCKETS, EVENTS_STREAM, EVENTS_SUBJECTS, streamOfBucket } from "./subjects.ts";

const MB = 1024 * 1024;
const NANOSECONDS = 1e9;

/** Bytes of all streams together: what `max_file_store` must permit. JetStream reserves it in numbers only. */
export const STREAMS_BYTES = 3584 * MB;

interface BucketLimits {
  /** Values that are kept of each key. */
  readonly history: number;
  readonly maxBytes: number;
  /** Of one value. */
  readonly maxValue: number;
  /** A message may replace others, also those of all keys: not where devices write. */
  readonly hasRollups: boolean;
}

const LIMITS: Readonly<Record<keyof typeof BUCKETS, BucketLimits>> = {
  desired: { history: 20, maxBytes: 1024 * MB, maxValue: 300 * 1024, hasRollups: false },
  reported: { history: 1, maxBytes: 256 * MB, maxValue: 64 * 1024, hasRollups: false },
  rollouts: { history: 1, maxBytes: 256 * MB, maxValue: MB, hasRollups: true },
};

/** Their configurations, by their names. Times are nanoseconds. */
export function streamConfigs(): ReadonlyMap<string, Readonly<Record<string, unknown>>> {
  const usual = {
    ...{ retention: "limits", storage: "file", num_replicas: 1, max_age: 0, max_consumers: -1 },
    ...{ allow_direct: true, duplicate_window: 120 * NANOSECONDS, max_msgs: -1, deny_delete: true },
  };
  const events = {
    ...{ name: EVENTS_STREAM, subjects: [EVENTS_SUBJECTS], discard: "old", ...usual },
    // A device that floods displaces only its own: 32 MB. `max_bytes` discards the oldest of all, if 64 devices do.
    ...{ max_msgs_per_subject: 1000, max_msg_size: 32 * 1024, max_bytes: 2048 * MB },
  };
  const buckets = Object.entries(BUCKETS).map(([short, bucket]) => {
    const { history, maxBytes, maxValue, hasRollups } = LIMITS[short as keyof typeof BUCKETS];
    return {
      ...{ name: streamOfBucket(bucket), subjects: [`$KV.${bucket}.>`], discard: "new", ...usual },
      ...{ max_msgs_per_subject: history, max_msg_size: maxValue, max_bytes: maxBytes },
      allow_rollup_hdrs: hasRollups,
    };
  });
  return new Map([events, ...buckets].map((config) => [config.name, config]));
}

/** Whether a stream has all of a configuration already. @param present of STREAM.INFO */
export function hasConfig(
  present: Readonly<Record<string, unknown>>,
  wanted: Readonly<Record<string, unknown>>,
): boolean {
  return Object.entries(wanted).every(
    ([key, value]) => JSON.stringify(present[key] ?? defaultOf(value)) === JSON.stringify(value),
  );
}

/** JetStream leaves out members that are false or 0. */
function defaultOf(value: unknown): unknown {
  return typeof value === "boolean" ? false : typeof value === "number" ? 0 : undefined;
}
