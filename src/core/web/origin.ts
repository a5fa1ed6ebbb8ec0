// The origin of a request according to the headers of browsers. Programs such as curl send none of them.

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
  readonly acceptEncoding: string | null;
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
    acceptEncoding: header("accept-encoding"),
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

/** True for a page that is to be shown by itself, not for what another page is made of. */
export function isGoing(from: RequestOrigin): boolean {
  return from.fetchMode === "navigate" && from.fetchDest === "document";
}

/** True for a link that a person has clicked, whatever page it is on: images and scripts cannot look like that. */
export function isClick(from: RequestOrigin): boolean {
  return isGoing(from) && from.fetchUser === "?1";
}

/** Host and port of an Origin header; null for `null` and for what is no origin. */
function hostOfOrigin(origin: string): string | null {
  return /^[a-z][a-z0-9+.-]*:\/\/([^/?#@]+)$/i.exec(origin)?.[1]?.toLowerCase() ?? null;
}

function lower(text: string | null): string | null {
  return text === null ? null : text.trim().toLowerCase();
}
