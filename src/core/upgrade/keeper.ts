// How a daemon is started under its keeper: docs/adr/0016.

/** The descriptors of protocol.h, and the soft limit of open files that tsv was started with. */
export const KEEPER_VARIABLE = "TSV_KEEPER";
/** Its value where the daemon is to be the parent of its programs. */
export const KEEPER_OFF = "off";

/** Where the program of the keeper is, in order: in memory, or in a directory, which may be mounted with noexec. */
export const KEEPER_PLACES = ["", "/dev/shm", "/run", "/tmp", "/var/tmp"];
