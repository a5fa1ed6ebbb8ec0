// The programs of one type of a Procfile: `web.1` and `web.2` of `web`.

/** Those of the names that are a number of the type. */
export function numberedNames(type: string, names: readonly string[]): readonly string[] {
  return names.filter(
    (name) => name.startsWith(`${type}.`) && /^[0-9]+$/.test(name.slice(type.length + 1)),
  );
}
