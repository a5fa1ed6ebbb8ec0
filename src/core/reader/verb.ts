// The verb that starts the process that reads a configuration for the daemon.

/** The verb of tsv that reads. No user needs it, and other programs have none of that name. */
export const READ_VERB = "read-config";

/** The descriptor at which the request lies, and at which the reader notes what it does. */
export const READ_FD = 3;
