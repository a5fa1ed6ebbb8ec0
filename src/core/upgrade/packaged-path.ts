/** The executable that the package brings. */
export const PACKAGED_EXECUTABLE = "/usr/bin/tsv";
