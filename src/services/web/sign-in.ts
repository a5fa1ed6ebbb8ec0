// The pages `/login` and `/logout`, for browsers. The cookie has no Path: browsers then send it to all addresses beside these, also
// below the prefix of a proxy (RFC 6265, section 5.1.4). Other sites cannot use it (SameSite), nor can scripts read it.

import { type Client, hasPassed } from "../../core/access/principal.ts";
import type { Form } from "../../core/web/actions.ts";
import { isForeign } from "../../core/web/admission.ts";
import type { HttpReply, HttpRequest } from "../../ports/http-server.ts";
import type { Signing } from "./deps.ts";
import { pageAfter } from "./paths.ts";
import { htmlReply, redirect, textReply } from "./replies.ts";
import type { Templates } from "./templates.ts";

const WRONG = "This name and password are not known.";
const BUSY = "Too many passwords are being compared: try again.";
const FOREIGN = "The request came from a page of another site, so nothing was done.";

/** What a visit of these pages needs. */
interface Visit {
  readonly client: Client;
  readonly signing: Signing;
  readonly asked: (client: Client, what: string) => void;
}

/** Answers `/login`. With `basic`, the browser itself asks, as for Supervisor. */
export async function answerLogin(
  request: HttpRequest,
  form: Form,
  templates: Templates,
  { client, signing, asked }: Visit,
): Promise<HttpReply> {
  const next = pageAfter(form.get("next") ?? "");
  const page = (why: string, status: number): HttpReply =>
    htmlReply(templates.render("login", { why, next }), status);
  if (request.method !== "POST") {
    if (hasPassed(client.proof)) return redirect(next);
    return form.has("basic") ? CHALLENGE : page("", 200);
  }
  if (isForeign(request.header)) return page(FOREIGN, 403);
  const given = { username: form.get("username") ?? "", password: form.get("password") ?? "" };
  const signed = await signing.in(request, given);
  if (signed === null) return redirect(next);
  if (signed.key === null) {
    if (signed.client.proof.kind === "not-compared") return page(BUSY, 503);
    await signing.refused(signed.client);
    return page(WRONG, 403);
  }
  asked(signed.client, "sign in (web page)");
  return redirect(next, [cookieOf(request, signing, signed.key)]);
}

/** Answers `/logout`. @param hasToken the form is of a page of this daemon */
export async function answerLogout(
  request: HttpRequest,
  hasToken: boolean,
  { client, signing, asked }: Visit,
): Promise<HttpReply> {
  if (request.method !== "POST" || !hasToken || isForeign(request.header)) {
    return textReply("Sign out with the button of the page.\n", 403);
  }
  if (client.proof.kind === "session") {
    asked(client, "sign out (web page)");
    await signing.out(client.proof.id);
  }
  return redirect("login", [`${cookieOf(request, signing, "")}; Max-Age=0`]);
}

function cookieOf({ header }: HttpRequest, { cookie, isTls }: Signing, value: string): string {
  // Of the address that the browser shows. A client that lies about it keeps its own cookie from being sent.
  const isSecure =
    isTls ||
    header("origin")?.startsWith("https://") === true ||
    header("x-forwarded-proto") === "https";
  return `${cookie}=${value}; HttpOnly; SameSite=Strict${isSecure ? "; Secure" : ""}`;
}

const CHALLENGE: HttpReply = {
  ...{ kind: "whole", status: 401, body: "Name and password are needed.\n" },
  headers: [
    ["Connection", "close"],
    ["Content-Type", "text/plain;charset=utf-8"],
    ["WWW-Authenticate", 'Basic realm="default"'],
  ],
};
