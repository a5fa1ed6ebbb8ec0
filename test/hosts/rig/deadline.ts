// Waiting for something, but not forever. These limits are reached only when something is wrong, so each has room for a
// machine that is busy with other things.

export const BOOT_MS = 300_000;
/** After this a systemd host without its mark is asked. */
export const MARK_MS = 90_000;
export const HALT_MS = 180_000;
export const COMMAND_MS = 120_000;

/** So many times as long where every program runs through qemu. */
export const EMULATED = 5;

/** Settles as the promise does. @throws what `what` says when that takes longer than `limitMs` */
export async function inTime<T>(
  promise: Promise<T>,
  limitMs: number,
  what: () => string,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(what())), limitMs);
  });
  try {
    return await Promise.race([promise, deadline]);
  } finally {
    clearTimeout(timer);
  }
}
