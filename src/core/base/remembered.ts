// Answers that are asked for once.

/** `read`, asked once for each key. @param most keys after so many are asked each time */
export function remembered<T>(
  read: (key: string) => T,
  most = Number.POSITIVE_INFINITY,
): (key: string) => T {
  const known = new Map<string, T>();
  return (key) => {
    const before = known.get(key);
    if (before !== undefined) return before;
    const value = read(key);
    if (known.size < most) known.set(key, value);
    return value;
  };
}
