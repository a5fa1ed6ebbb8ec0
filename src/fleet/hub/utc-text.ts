// Times as people read them.

/** `2026-11-27 15:50`, in UTC. @param ms since 1970 */
export function utcMinute(ms: number): string {
  return new Date(ms).toISOString().slice(0, 16).replace("T", " ");
}
