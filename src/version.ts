// The version of tsv itself. What RPC clients see as the API's version is Supervisor's and lives with the RPC methods.

declare const TSV_VERSION: string | undefined;

/** The version in package.json, which the bundler puts in; a run from the sources has none. */
export const VERSION: string = typeof TSV_VERSION === "string" ? TSV_VERSION : "0.0.0-unbundled";
