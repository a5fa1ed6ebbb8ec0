// Where an addon of the executable may lie as a file of its own, for hosts on which tsv can write to no directory that
// allows code to be loaded: containers with a read-only root.

/**
 * The files that count, in order: in the layout of an image or package (/usr/local/lib/tsv for /usr/local/bin/tsv), and in that
 * of the unpacked archive (lib beside the executable).
 * @param executable absolute
 */
export function companionsOf(executable: string, name: string): readonly string[] {
  const bin = executable.slice(0, executable.lastIndexOf("/"));
  const prefix = bin.slice(0, Math.max(0, bin.lastIndexOf("/")));
  return [`${prefix}/lib/tsv/${name}`, `${bin}/lib/${name}`];
}
