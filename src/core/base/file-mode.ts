// Modes of files as people read and write them.

/** "0755": four digits, as chmod(1) takes them. */
export function octalMode(mode: number): string {
  return (mode & 0o7777).toString(8).padStart(4, "0");
}
