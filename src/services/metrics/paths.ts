// Which requests are for metrics and health: checked for each request, so that the rest is loaded only when it is needed.

import type { Permission } from "../../core/access/permissions.ts";

/** Each path, and the permission that it requires. /healthz and /readyz answer every client, but name no program to most. */
const PATHS: ReadonlyMap<string, Permission | "none"> = new Map([
  ["/metrics", "read"],
  ["/healthz", "none"],
  ["/readyz", "none"],
]);

/** The permission that a request for one of these paths requires; null for any other request. */
export function metricsPermission(method: string, target: string): Permission | "none" | null {
  if (method !== "GET" && method !== "HEAD") return null;
  return PATHS.get(pathOf(target)) ?? null;
}

/** The path without the query. */
export function pathOf(target: string): string {
  return target.split(/[?#]/, 1)[0] ?? "";
}
