// Whether this process is the built executable.

/** The bundler defines it. */
declare const TSV_VERSION: string | undefined;

/** True in the built executable, false in a run from the sources. */
export const IS_STANDALONE: boolean = typeof TSV_VERSION === "string";
