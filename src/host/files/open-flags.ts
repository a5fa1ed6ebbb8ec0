// Flags of open(2) that Node does not define.

/** A descriptor that refers to a file without opening it; needs no read permission. The same number on x86 and ARM. */
export const O_PATH = 0o10000000;
