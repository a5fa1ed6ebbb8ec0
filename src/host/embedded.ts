// Assets embedded in the executable next to its code. They stay in the file until they are requested, and use no private
// memory even then, if the runtime can return them from the mapped file.

/** Put in by what starts the bundle; absent in a run from the sources. */
declare const TSV_EMBEDDED: ((name: EmbeddedName) => Uint8Array | null) | undefined;

/** `files` and `documents`: the files of assets.ts, each part as one JSON object, name to text. */
type EmbeddedName = "posix.node" | "pty.node" | "files" | "documents";

/**
 * The bytes of a part, not to be written to.
 * @returns null when it was not built in, undefined in a run from the sources
 */
export function embedded(name: EmbeddedName): Uint8Array | null | undefined {
  return typeof TSV_EMBEDDED === "undefined" ? undefined : TSV_EMBEDDED(name);
}
