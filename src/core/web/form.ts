// Parameters of a request to the web page, as Supervisor puts them together: the first of a name in the query, the last
// in the body, the body before the query; empty values do not count.

export type Form = ReadonlyMap<string, string>;

/** The path without leading slashes and query; `index.html` for the root. */
export function pageName(target: string): string {
  const path = (target.split(/[?;#]/, 1)[0] ?? "").replace(/^\/+/, "");
  return path === "" ? "index.html" : path;
}

/** Reads query and body. */
export function readForm(target: string, body = ""): Form {
  const form = new Map<string, string>();
  const question = target.indexOf("?");
  const query = question < 0 ? "" : (target.slice(question + 1).split("#", 1)[0] ?? "");
  for (const [name, value] of new URLSearchParams(query)) {
    if (value !== "" && !form.has(name)) form.set(name, value);
  }
  for (const [name, value] of new URLSearchParams(body)) {
    if (value !== "") form.set(name, value);
  }
  return form;
}
