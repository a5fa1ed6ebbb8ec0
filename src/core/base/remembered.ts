// Answers that are asked for once.

/** `read`, asked once for each key. @param most keys after so many are asked each time */
export function remembered<Key, Value>(
  read: (key: Key) => Value,
  most = Number.POSITIVE_INFINITY,
): (key: Key) => Value {
  const known = new Map<Key, { readonly value: Value }>();
  return (key) => {
    const before = known.get(key);
    if (before !== undefined) return before.value;
    const value = read(key);
    if (known.size < most) known.set(key, { value });
    return value;
  };
}
