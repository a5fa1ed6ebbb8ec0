// Two versions: tsv's own, and that of the Supervisor it stands in for.

declare const TSV_VERSION: string | undefined;

/** The version in package.json, which the bundler puts in; a run from the sources has none. */
export const VERSION: string = typeof TSV_VERSION === "string" ? TSV_VERSION : "0.0.0-unbundled";

declare const TSV_BUILT_MS: number | undefined;

/** Wall clock of the commit it was built from, milliseconds since 1970; null from the sources. No clock is before it. */
export const BUILT_MS: number | null = typeof TSV_BUILT_MS === "number" ? TSV_BUILT_MS : null;

/**
 * The Supervisor whose interface tsv speaks. `supervisord -v` and `getSupervisorVersion` answer it, because scripts and
 * clients choose by it what they may ask for; tsv's own version is `tsv version`.
 */
export const SUPERVISOR_VERSION = "4.2.5";
