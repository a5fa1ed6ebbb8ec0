// What a person chose to see: in the address, so that a reload and a link that is sent keep it.

const asked = new URLSearchParams(location.search);
const SORT = /^-?(?:state|name|uptime|restarts|cpu|memory)$/;
const sort = asked.get("sort") ?? "";

export const view = {
  /** The filter, as typed. */
  words: asked.get("q") ?? "",
  /** A column, with `-` before it for the largest first; empty for the order of names. */
  sort: SORT.test(sort) ? sort : "",
  /** Only programs that fail or are unstable. */
  only: asked.has("only"),
  /** All programs in one list. */
  flat: asked.has("flat"),
  /** Groups that are collapsed; "" is that of programs alone. */
  closed: new Set(asked.getAll("closed")),
};

/** Writes it to the address; the message of an action is not kept: it is told once. */
export function saveView() {
  const query = new URLSearchParams();
  if (view.words !== "") query.set("q", view.words);
  if (view.sort !== "") query.set("sort", view.sort);
  if (view.only) query.set("only", "1");
  if (view.flat) query.set("flat", "1");
  for (const group of view.closed) query.append("closed", group);
  const search = query.size === 0 ? "" : `?${query}`;
  if (search !== location.search) history.replaceState(null, "", `./${search}`);
}
