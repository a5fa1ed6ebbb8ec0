// The web page: which request is answered with what, and which may change something. Loaded with the first request for it.

import { deniedText, may } from "../../core/access/permissions.ts";
import type { Client } from "../../core/access/principal.ts";
import type { Steps } from "../../core/base/steps.ts";
import { Written } from "../../core/base/template.ts";
import { inTurns } from "../../core/base/turns.ts";
import {
  isFailure,
  permissionFor,
  questionFor,
  readAction,
  type WebAction,
} from "../../core/web/actions.ts";
import { type Form, pageName, readForm } from "../../core/web/form.ts";
import { isClick, isForeign, type RequestOrigin, requestOrigin } from "../../core/web/origin.ts";
import {
  countViews,
  type SectionView,
  sectionViews,
  summaryText,
} from "../../core/web/status-view.ts";
import type { HttpReply, HttpRequest } from "../../ports/http-server.ts";
import type { Call, WebDeps, WebPolicy } from "./deps.ts";
import { EventStream } from "./event-stream.ts";
import { allFacts } from "./facts.ts";
import { Live } from "./live.ts";
import { FILES } from "./paths.ts";
import { perform } from "./perform.ts";
import { htmlReply, jsonReply, messageRedirect, textReply } from "./replies.ts";
import { Tail } from "./tail.ts";
import { Templates } from "./templates.ts";

/** A form of ours is a few hundred bytes. */
const MOST_FORM_BYTES = 64 * 1024;
const MOST_MESSAGE = 1000;
const UTF8 = new TextDecoder("utf-8");

/** What holds for one request. */
interface Visit extends WebPolicy {
  readonly client: Client;
}

/** Why a change is refused: as a sentence, and whether asking the person makes it good. */
interface Refusal {
  readonly why: string;
  readonly canConfirm: boolean;
}

export class Web {
  readonly #deps: WebDeps;
  readonly #templates: Templates;
  readonly #live: Live;
  readonly #tail: Tail;
  readonly #eventStream: EventStream;

  constructor(deps: WebDeps) {
    this.#deps = deps;
    this.#templates = new Templates(deps);
    this.#live = new Live(deps, this.#templates);
    this.#tail = new Tail(deps, this.#templates);
    this.#eventStream = new EventStream(deps.eventLog);
  }

  /** Answers a request that `webPermission` knows, for a client with that permission. */
  async answer(request: HttpRequest, client: Client, policy: WebPolicy): Promise<HttpReply> {
    const { target, method } = request;
    const name = pageName(target);
    const file = FILES[name];
    if (file !== undefined) {
      return this.#templates.file(file, target, request.header("if-none-match"));
    }
    const body = method === "POST" ? await readBody(request) : "";
    if (typeof body !== "string") return body;
    const form = readForm(target, body);
    const visit = { ...policy, client };
    switch (name) {
      case "ok.html":
        return textReply("OK");
      case "tail.html":
        return this.#tail.page(form, this.#callFor(client), this.#common(policy));
      case "events/status":
      case "events/tail":
      case "events/log":
        return method === "GET"
          ? this.#stream(name, form, request.header("last-event-id"))
          : textReply("Only GET is answered here.\n", 400);
      default:
        return this.#index(request, form, visit);
    }
  }

  /** @param lastId the id of the last event that a reader has, when it connects again */
  async #stream(name: string, form: Form, lastId: string | null): Promise<HttpReply> {
    if (name === "events/status") return this.#live.answer();
    if (name === "events/tail") return await this.#tail.stream(form, lastId);
    return this.#eventStream.answer(lastId ?? form.get("after") ?? null);
  }

  async #index(request: HttpRequest, form: Form, visit: Visit): Promise<HttpReply> {
    const action = readAction(form);
    if (action === null) return this.#status(form.get("message") ?? "", visit);
    const wantsJson = request.header("accept") === "application/json";
    if (action === "unknown") {
      const why = `There is no action "${form.get("action")}", or it needs the name of a program (processname=).`;
      return wantsJson
        ? jsonReply({ ok: false, message: why }, 400)
        : this.#refused(why, 400, visit);
    }
    const isPost = request.method === "POST";
    const refusal = this.#judge(request, action, form, visit);
    if (refusal !== null) {
      if (wantsJson) return jsonReply({ ok: false, message: refusal.why }, 403);
      if (!refusal.canConfirm) return this.#refused(refusal.why, 403, visit);
      return this.#question(action, refusal.why, isPost ? 403 : 200, visit);
    }
    if (action.kind !== "refresh") visit.asked(visit.client, pageActionText(action));
    const message = await perform({ ...this.#deps, call: this.#callFor(visit.client) }, action);
    if (wantsJson) return jsonReply({ ok: !isFailure(message), message });
    return messageRedirect(isPost ? 303 : 301, message);
  }

  /** Null when the request may change something. */
  #judge(request: HttpRequest, action: WebAction, form: Form, visit: Visit): Refusal | null {
    const permission = permissionFor(action);
    if (!may(visit.client, permission)) return { why: deniedText(permission), canConfirm: false };
    // Looking again changes nothing, so it needs no proof of who wants it.
    if (action.kind === "refresh") return null;
    const from = requestOrigin((name) => request.header(name));
    if (visit.legacyGetActions) return judgeLegacy(request.method, from);
    if (request.method !== "POST") return { why: "", canConfirm: true };
    if (isForeign(from)) return { why: FOREIGN, canConfirm: true };
    const token = form.get("token") ?? "";
    if (!this.#deps.secrets.equal(token, this.#token(visit))) {
      return { why: token === "" ? NO_TOKEN : OLD_TOKEN, canConfirm: true };
    }
    return null;
  }

  async #status(message: string, policy: WebPolicy): Promise<HttpReply> {
    const version = this.#deps.eventLog.end().seq;
    const programs = allFacts(this.#deps, (await this.#deps.usage.look()) ?? new Map());
    const steps = this.#rowsInSteps(sectionViews(programs));
    const sections = await inTurns(steps, this.#deps.startTurns());
    const shown = message.slice(0, MOST_MESSAGE);
    const page = {
      ...this.#common(policy),
      message: shown,
      messageClass: isFailure(shown) ? "failure" : "success",
      sections,
      isEmpty: sections.length === 0,
      counts: countViews(programs),
      summary: summaryText(programs),
      stateVersion: version,
      now: Math.floor(this.#deps.now().wall / 1000),
    };
    return htmlReply(this.#templates.render("status", page));
  }

  /** The sections with their rows as HTML. Most of the work of a page: a thousand rows take a tenth of a second. */
  *#rowsInSteps(sections: readonly SectionView[]): Steps<readonly object[]> {
    const filled: object[] = [];
    for (const section of sections) {
      const rows: Written[] = [];
      for (const row of section.rows) {
        rows.push(new Written(this.#templates.row(row).trimEnd()));
        yield;
      }
      filled.push({ ...section, rows, isGroup: section.spec !== "", count: rows.length });
    }
    return filled;
  }

  #question(action: WebAction, why: string, status: number, policy: WebPolicy): HttpReply {
    const page = {
      ...this.#common(policy),
      why,
      question: questionFor(action),
      yes: questionFor(action).split(" ", 1)[0],
      action:
        action.kind === "all" ? `${action.verb}all` : action.kind === "program" ? action.verb : "",
      processname: action.kind === "program" ? action.name : "",
    };
    return htmlReply(this.#templates.render("confirm", page), status);
  }

  #refused(why: string, status: number, policy: WebPolicy): HttpReply {
    return htmlReply(this.#templates.render("refused", { ...this.#common(policy), why }), status);
  }

  #common(policy: WebPolicy): object {
    return {
      token: this.#token(policy),
      boot: this.#live.bootId(),
      identifier: this.#deps.supervisor.identifier(),
      tsvVersion: this.#deps.version,
    };
  }

  #callFor(client: Client): Call {
    return (method, params) => this.#deps.callAs(client, method, params);
  }

  #token(policy: WebPolicy): string {
    return this.#deps.secrets.seal(`token ${policy.section}`);
  }
}

const FOREIGN =
  "The request came from a page of another site, so nothing was done. If it was you who wanted it, say so here.";
const NO_TOKEN =
  "The request did not come from a page of this daemon, so nothing was done. If it was you who wanted it, say so here.";
const OLD_TOKEN =
  "The page was made before the daemon was started anew, so nothing was done. Say again if you want it.";

/** `stop web (web page)`. */
function pageActionText(action: Exclude<WebAction, { readonly kind: "refresh" }>): string {
  return `${action.verb} ${action.kind === "all" ? "all" : action.name} (web page)`;
}

/** With the old links, whatever a person clicked is done, on whatever page; what a page of another site does is not. */
function judgeLegacy(method: string, from: RequestOrigin): Refusal | null {
  if (!isForeign(from) || (method !== "POST" && isClick(from))) return null;
  return { why: FOREIGN, canConfirm: true };
}

/** The text of a POST, or the reply to one that is refused. */
async function readBody(request: HttpRequest): Promise<string | HttpReply> {
  const length = request.header("content-length");
  if (length === null && request.header("transfer-encoding") === null) {
    return textReply("A POST needs Content-Length.\n", 411);
  }
  if (Number(length ?? 0) > MOST_FORM_BYTES) return textReply("The form is too large.\n", 413);
  const body = await request.body();
  if (!body.ok) {
    if (body.error === "too large") return textReply("The form is too large.\n", 413);
    return textReply("The form did not arrive.\n", body.error === "timed out" ? 408 : 400);
  }
  if (body.value.length > MOST_FORM_BYTES) return textReply("The form is too large.\n", 413);
  return UTF8.decode(body.value);
}
