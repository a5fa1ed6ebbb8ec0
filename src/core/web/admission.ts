// Decides whether a request is answered at all, before its path and its password are examined. It prevents two attacks: a
// page of another site makes the visitor's browser send requests here; or the name of the attacker's own site is pointed
// here (DNS rebinding), so that the browser takes this server for that site and lets its page read all answers.
//
// Headers that browsers always send (Fetch standard, forbidden request-headers; RFC 9110 7.2): Host is the name in the
// address of the page. Origin comes with every request but GET and HEAD, and with those that cross sites by fetch().
// Sec-Fetch-* come with every request to an address that counts as trustworthy (https, localhost). A GET of a page to its
// own site may have none of them, and looks like a program's.
//
//   sent                       | from a page of another site       | under a name that is not known here
//   ---------------------------|-----------------------------------|-----------------------------------------------------
//   any method to /RPC2, /api  | refused                           | a POST is served where nothing says that it is a browser
//   GET or HEAD of log tails   | refused, unless a person goes     | refused, unless "Accept-Encoding: chunked" says that
//                              | there                             | it is supervisorctl: no script can send that
//   GET or HEAD of all else:   | refused, unless a person goes     | refused
//   pages, files, events       | there                             |
//   POST of a form             | left to the page, which asks the  | refused
//                              | person (its token is missing)     |
//
// The second column holds on every server, the third on TCP servers that ask for no password: a browser does not know the
// password for a name of the attacker's, and cannot reach a unix socket but through a proxy, which has rules of its own.

import { printable } from "../base/printable.ts";

/** The facts about a server that decide. */
export interface AdmissionRules {
  /** Section header, for the message. */
  readonly section: string;
  readonly kind: "inet" | "unix";
  /** Of an inet server: the address it listens on, as configured; empty for every one. */
  readonly address: string;
  readonly asksForPassword: boolean;
  /** Names of this host. */
  readonly ownNames: readonly string[];
  /** Further names, from the configuration. */
  readonly allowedHosts: readonly string[];
}

/** Gives a header of a request by its lower-case name; null for one that was not sent. */
type Headers = (name: string) => string | null;

interface AdmissionRequest {
  readonly method: string;
  readonly target: string;
  readonly header: Headers;
}

type Admission = "allowed" | "foreign" | "unknown-host";

/** Whether a request may be answered, or why not. */
export function admit(request: AdmissionRequest, rules: AdmissionRules): Admission {
  const { target, header } = request;
  const isRpc = target.startsWith("/RPC2") || target.startsWith("/api/");
  if (isForeign(header) && (isRpc || !isHarmless(request))) return "foreign";
  if (rules.kind === "unix" || rules.asksForPassword || isKnownHost(header("host"), rules)) {
    return "allowed";
  }
  return isProgram(request, isRpc) ? "allowed" : "unknown-host";
}

/** A page that a person goes to shows itself and nothing to the page before; a form needs its token besides. */
function isHarmless({ method, header }: AdmissionRequest): boolean {
  return isNavigation(header) || (method === "POST" && header("sec-fetch-mode") === null);
}

/** True when no browser can have sent it. */
function isProgram({ method, target, header }: AdmissionRequest, isRpc: boolean): boolean {
  const signs = ["origin", "sec-fetch-site", "sec-fetch-mode"];
  if (signs.some((name) => header(name) !== null)) return false;
  if (isRpc) return method === "POST";
  const isTail = target.startsWith("/logtail") || target.startsWith("/mainlogtail");
  return isTail && header("accept-encoding") === "chunked";
}

/**
 * True when no attacker can have made this name point here. A server on loopback is asked for by names of loopback, or by
 * the host's own; another one by any address, too: the address of an attacker's site is not ours. It also takes the host's
 * name in mDNS (RFC 6762): only a machine of the same network answers for that, and such a one reaches the server anyway.
 * @param host the Host header; null from old programs, while browsers always send it
 */
export function isKnownHost(host: string | null, rules: AdmissionRules): boolean {
  if (host === null) return true;
  const name = hostName(host);
  if (name === "localhost" || name.endsWith(".localhost") || isLoopback(name)) return true;
  if (!isLoopback(hostName(rules.address)) && hostName(rules.address) !== "localhost") {
    if (isAddress(name) || rules.ownNames.some((own) => name === mdnsName(own))) return true;
  }
  const known = [...rules.ownNames, ...rules.allowedHosts].map(hostName);
  return name !== "" && known.includes(name);
}

/** "pi.local" for a host that calls itself "pi" or "pi.example.org". */
function mdnsName(own: string): string {
  return `${hostName(own).split(".")[0]}.local`;
}

/** A Host header without port, final dot and capitals. */
function hostName(host: string): string {
  return host
    .trim()
    .toLowerCase()
    .replace(/(?<=[\].\w-]):\d*$/, "")
    .replace(/\.$/, "");
}

function isAddress(name: string): boolean {
  return /^\d{1,3}(?:\.\d{1,3}){3}$/.test(name) || /^\[[0-9a-f:.]+\]$/.test(name);
}

function isLoopback(name: string): boolean {
  return /^127(?:\.\d{1,3}){3}$/.test(name) || name === "[::1]" || name === "::1";
}

const MOST_NAME = 60;

/** The text for a refused client: lines of at most 80 columns. */
export function rejectionText(
  why: Exclude<Admission, "allowed">,
  { section }: Pick<AdmissionRules, "section">,
  host: string | null,
): string {
  if (why === "foreign") {
    return [
      "Refused: a page of another web site made the browser send this request.",
      "Type the address yourself, or follow a link to it.",
      "",
    ].join("\n");
  }
  const name = printable(hostName(host ?? ""));
  const shown = name.length > MOST_NAME ? `${name.slice(0, MOST_NAME)}…` : name;
  const added = shown === "" ? "the.name" : shown;
  return [
    "Refused: this daemon does not know the host name",
    `    ${shown === "" ? "(none)" : shown}`,
    "",
    "No password is asked for here, and anybody can make a name of their own point to",
    "this host. Use the host's address or own name, or set username and password, or",
    "this name, in the configuration:",
    `    [${printable(section).slice(0, MOST_NAME)}]`,
    `    allowed_hosts=${added}`,
    "A proxy in front may send the address that it connects to as Host instead, and",
    "this name as X-Forwarded-Host.",
    "",
  ].join("\n");
}

/**
 * True when a browser sends the request for a page of another site.
 * @remarks Sec-Fetch-Site is the browser's own word and survives proxies that rewrite Host; it is sent to trustworthy
 * addresses only (https, localhost), so elsewhere Origin must name the host that was asked. Programs send neither.
 */
export function isForeign(header: Headers): boolean {
  const site = header("sec-fetch-site");
  if (site !== null) return site !== "same-origin" && site !== "none";
  const origin = header("origin");
  if (origin === null) return false;
  const host = /^[a-z][a-z0-9+.-]*:\/\/([^/?#@]+)$/i.exec(origin)?.[1]?.toLowerCase();
  const asked = ["host", "x-forwarded-host"].map((name) => header(name)?.trim().toLowerCase());
  return host === undefined || !asked.includes(host);
}

/** True for a page that is to be shown by itself, not for a part of another page. */
function isNavigation(header: Headers): boolean {
  return header("sec-fetch-mode") === "navigate" && header("sec-fetch-dest") === "document";
}

/** True for a link that a person has clicked, whatever page it is on: images and scripts cannot look like that. */
export function isClick(header: Headers): boolean {
  return isNavigation(header) && header("sec-fetch-user") === "?1";
}
