// Which requests may change something, judged by what browsers say of where they come from. Two attacks are meant: a
// page of another site that makes the visitor's browser send requests here, and one whose host name was made to point
// here (DNS rebinding), which the browser takes for the same site. Programs such as curl send none of these headers.

/** The headers that tell; null for one that was not sent. */
export interface RequestOrigin {
  readonly host: string | null;
  readonly origin: string | null;
  /** What the front proxy was asked for. */
  readonly forwardedHost: string | null;
  readonly fetchSite: string | null;
  readonly fetchMode: string | null;
  readonly fetchDest: string | null;
  readonly fetchUser: string | null;
}

/** Reads the headers. @param header gives one by its lower-case name */
export function requestOrigin(header: (name: string) => string | null): RequestOrigin {
  return {
    host: header("host"),
    origin: header("origin"),
    forwardedHost: header("x-forwarded-host"),
    fetchSite: header("sec-fetch-site"),
    fetchMode: header("sec-fetch-mode"),
    fetchDest: header("sec-fetch-dest"),
    fetchUser: header("sec-fetch-user"),
  };
}

/**
 * True when a browser sends the request for a page of another site.
 * @remarks Sec-Fetch-Site is the browser's own word and survives proxies that rewrite Host; it is sent to trustworthy
 * addresses only (https, localhost), so elsewhere Origin must name the host that was asked.
 */
export function isForeign(from: RequestOrigin): boolean {
  if (from.fetchSite !== null) return from.fetchSite !== "same-origin" && from.fetchSite !== "none";
  if (from.origin === null) return false;
  const host = hostOfOrigin(from.origin);
  return host === null || (host !== lower(from.host) && host !== lower(from.forwardedHost));
}

/** True for a link that a person has clicked, whatever page it is on: images and scripts cannot look like that. */
export function isClick(from: RequestOrigin): boolean {
  return from.fetchMode === "navigate" && from.fetchDest === "document" && from.fetchUser === "?1";
}

/** Host and port of an Origin header; null for `null` and for what is no origin. */
function hostOfOrigin(origin: string): string | null {
  return /^[a-z][a-z0-9+.-]*:\/\/([^/?#@]+)$/i.exec(origin)?.[1]?.toLowerCase() ?? null;
}

function lower(text: string | null): string | null {
  return text === null ? null : text.trim().toLowerCase();
}

/** Suffixes that no registry gives away, so no stranger can make such a name point here. */
const PRIVATE_SUFFIXES = [".localhost", ".local", ".lan", ".internal", ".home.arpa"];

/**
 * True when a stranger cannot have made this name point here: an address, a name without a dot, a private one, or the
 * host's own.
 * @param host the Host header; null from programs, since browsers always send it
 */
export function isTrustedHost(host: string | null, ownNames: readonly string[]): boolean {
  if (host === null) return true;
  const name = host.trim().toLowerCase().replace(/:\d+$/, "").replace(/\.$/, "");
  if (name.startsWith("[") || /^\d+(?:\.\d+){3}$/.test(name)) return true;
  if (!name.includes(".")) return true;
  if (PRIVATE_SUFFIXES.some((suffix) => name.endsWith(suffix))) return true;
  return ownNames.some((own) => own.toLowerCase() === name);
}
