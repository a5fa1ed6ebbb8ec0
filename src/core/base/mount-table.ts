// The mounts of a mount namespace, from /proc/self/mountinfo (proc_pid_mountinfo(5)).

export interface Mount {
  /** As `mnt_id` in /proc/PID/fdinfo. */
  readonly id: number;
  /** Device of the file system: "8:1". */
  readonly device: string;
  readonly point: string;
  /** "ext4", "tmpfs", "nfs4", "vfat". */
  readonly type: string;
  /** Of the mount and of its super block. */
  readonly options: readonly string[];
}

/** In the order of the table. */
export function parseMounts(text: string): readonly Mount[] {
  return text.split("\n").flatMap((line) => {
    const [left = "", right = ""] = line.split(" - ");
    const [id, , device, , point, options] = left.split(" ");
    const [type, , superOptions = ""] = right.split(" ");
    if (device === undefined || point === undefined || options === undefined) return [];
    if (type === undefined) return [];
    const all = new Set([...options.split(","), ...superOptions.split(",")]);
    // The option of the mount takes precedence: a bind mount may be read-only on a writable super block.
    if (options.split(",").includes("ro")) all.delete("rw");
    return [
      { id: Number(id), device, point: unescapeOctal(point), type, options: Array.from(all) },
    ];
  });
}

/**
 * The device that /proc/locks names for files of a mount.
 * @returns null for a union of file systems: before Linux 4.19, the device of a lower one is named
 */
export function lockDevice({ type, device }: Mount): string | null {
  return type === "overlay" || type === "aufs" ? null : device;
}

/** Spaces and backslashes are written as \040. */
function unescapeOctal(text: string): string {
  return text.replace(/\\(\d{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}
