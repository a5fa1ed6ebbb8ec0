// The host's time zone.

/** Minutes to add to UTC to get local time at `wallMs`. */
export function localOffsetMinutes(wallMs: number): number {
  return -new Date(wallMs).getTimezoneOffset();
}
