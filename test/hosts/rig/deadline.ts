// Waiting for something, but not for ever.

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
