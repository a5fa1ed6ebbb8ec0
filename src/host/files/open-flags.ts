// Flags of open(2) that Node does not define.

/** A descriptor that stands for the file without opening it, also where it may not be read. The same number on x86 and ARM. */
export const O_PATH = 0o10000000;
