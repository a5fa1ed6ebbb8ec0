// The web page: routes its requests and decides which may change something. Loaded with the first request for it.

import { deniedText, may } from "../../core/access/permissions.ts";
import type { Client } from "../../core/access/principal.ts";
import { err } from "../../core/base/result.ts";
import {
  actionWord,
  type Change,
  type Form,
  failedProgram,
  isFailure,
  isSupervisors,
  listed,
  MOST_SELECTED,
  permissionFor,
  questionFor,
  readAction,
  readForm,
  type WebAction,
} from "../../core/web/actions.ts";
import { isClick, isForeign } from "../../core/web/admission.ts";
import { fault } from "../../core/xmlrpc/faults.ts";
import type { HttpReply, HttpRequest } from "../../ports/http-server.ts";
import type { Call, LogEnd, WebDeps, WebPolicy } from "./deps.ts";
import { doctorPage } from "./doctor-page.ts";
import { EventStream } from "./event-stream.ts";
import { LogDownloads } from "./log-download.ts";
import { LogsView } from "./logs-view.ts";
import { FILES, pageName } from "./paths.ts";
import { perform } from "./perform.ts";
import { findProcess, ProgramStreams, programPage } from "./program-page.ts";
import {
  compressedReply,
  htmlReply,
  jsonReply,
  messageRedirect,
  redirect,
  textReply,
} from "./replies.ts";
import { answerLogin, answerLogout } from "./sign-in.ts";
import { Live, statusPage } from "./status-page.ts";
import { Tail } from "./tail.ts";
import { Templates } from "./templates.ts";
import { Trends } from "./trends.ts";

const MOST_MESSAGE = 1000;
const UTF8 = new TextDecoder();

/** A request for one of the pages that have actions. */
interface PageVisit extends WebPolicy {
  readonly client: Client;
  /** `index.html` or `program.html`. */
  readonly page: string;
}

/** Why a change is refused: as a sentence, and whether asking the person makes it good. */
interface Denial {
  readonly why: string;
  readonly canConfirm: boolean;
}

export class Web {
  readonly #deps: WebDeps;
  readonly #templates: Templates;
  readonly #live: Live;
  readonly #tail: Tail;
  readonly #logs: LogsView;
  readonly #downloads: LogDownloads;
  readonly #eventStream: EventStream;
  readonly #programs: ProgramStreams;
  readonly #trends: Trends;

  constructor(deps: WebDeps) {
    this.#deps = deps;
    this.#templates = new Templates(deps);
    this.#live = new Live(deps, this.#templates);
    this.#tail = new Tail(deps, this.#templates);
    this.#logs = new LogsView(deps, this.#templates);
    this.#downloads = new LogDownloads(deps);
    this.#eventStream = new EventStream(deps.eventLog);
    this.#programs = new ProgramStreams(deps, () => this.#live.bootId());
    this.#trends = new Trends(deps);
  }

  /** Answers a request that `webPermission` knows, for a client with that permission. */
  async answer(request: HttpRequest, client: Client, policy: WebPolicy): Promise<HttpReply> {
    const { target, method } = request;
    const name = pageName(target);
    const file = FILES[name];
    if (file !== undefined) {
      return await this.#templates.file(file, request);
    }
    const body = method === "POST" ? await readBody(request) : "";
    if (typeof body !== "string") return body;
    const form = readForm(target, body);
    switch (name) {
      case "ok.html":
        return textReply("OK");
      case "tail.html":
        return this.#tail.page(form, this.#logEndsFor(client), this.#common({ ...policy, client }));
      case "trends":
        return this.#trends.answer(request);
      case "doctor.html":
        return await this.#doctor(request, form, { ...policy, client, page: name });
      case "logs.html":
        return this.#logs.page(target, this.#common({ ...policy, client }));
      case "logs.txt":
        return await this.#logs.text(target);
      case "download":
        return await this.#downloads.answer(form);
      case "login":
        return await answerLogin(request, form, this.#templates, { ...policy, client });
      case "logout": {
        const token = form.get("token") ?? "";
        const hasToken = this.#deps.secrets.equal(token, this.#token(policy));
        return await answerLogout(request, hasToken, { ...policy, client });
      }
      case "events/status":
      case "events/program":
      case "events/tail":
      case "events/logs":
      case "events/log":
      case "api/v1/events":
        return method === "GET"
          ? this.#stream(name, form, request, client)
          : textReply("Only GET is answered here.\n", 400);
      default:
        return this.#index(request, form, { ...policy, client, page: name });
    }
  }

  async #stream(
    name: string,
    form: Form,
    { target, header }: HttpRequest,
    client: Client,
  ): Promise<HttpReply> {
    // The last event that a reader has, when it connects again.
    const lastId = header("last-event-id");
    if (name === "events/status") return this.#live.answer(may(client, "control"));
    if (name === "events/logs") return this.#logs.stream(target);
    if (name === "events/program") return this.#programs.answer(form.get("processname") ?? null);
    if (name === "events/tail" && form.get("log") === "main" && !may(client, "configure")) {
      return textReply(`${deniedText("configure")}\n`, 403);
    }
    if (name === "events/tail") return await this.#tail.stream(form, lastId);
    const after = lastId ?? form.get("cursor") ?? form.get("after") ?? null;
    return this.#eventStream.answer(after, header("accept"));
  }

  /** The list of programs, the page of one, and their actions. */
  async #index(request: HttpRequest, form: Form, visit: PageVisit): Promise<HttpReply> {
    const action = readAction(form);
    if (action === null) return await this.#page(request, form, visit);
    const wantsJson = request.header("accept") === "application/json";
    if (action === "unknown") {
      const why = `There is no action "${form.get("action")}", or it needs the name of a program (processname=), or of 1 to ${MOST_SELECTED} (program=).`;
      return wantsJson
        ? jsonReply({ ok: false, message: why }, 400)
        : this.#refused(why, 400, visit);
    }
    const isPost = request.method === "POST";
    const isOwn = visit.page === PROGRAM_PAGE;
    const denial = this.#judge(request, action, form, visit);
    if (denial !== null) {
      if (wantsJson) return jsonReply({ ok: false, message: denial.why }, 403);
      if (!denial.canConfirm || action.kind === "refresh") {
        return this.#refused(denial.why, 403, visit);
      }
      return this.#question(action, denial.why, isPost ? 403 : 200, visit);
    }
    if (action.kind !== "refresh") visit.asked(visit.client, pageActionText(action));
    const message = await perform({ ...this.#deps, call: this.#callFor(visit.client) }, action);
    if (wantsJson) {
      return jsonReply({ ok: !isFailure(message), message, program: this.#failed(message) });
    }
    const page = isOwn ? `${addressOf(form.get("processname") ?? "")}&` : "./?";
    return messageRedirect(page, isPost ? 303 : 301, message);
  }

  async #page(request: HttpRequest, form: Form, visit: PageVisit): Promise<HttpReply> {
    const message = (form.get("message") ?? "").slice(0, MOST_MESSAGE);
    const shown = { message, messageClass: isFailure(message) ? "failure" : "success" };
    const common = { ...this.#common(visit), ...shown, failed: this.#failed(message) };
    if (visit.page !== PROGRAM_PAGE) {
      const mayControl = may(visit.client, "control");
      const list = await statusPage(request, this.#deps, this.#templates, mayControl, common);
      const { compress } = this.#deps;
      return message === "" ? await compressedReply(list, request.header, compress) : list;
    }
    // Reading the files is work for the host, so a page of another site must not ask for it.
    const withFiles = request.method === "POST" && form.get("show") === "files";
    const denial = withFiles ? this.#judgeFiles(request, form, visit) : null;
    if (denial !== null) return this.#refused(denial.why, 403, visit);
    return await programPage(this.#deps, this.#templates, {
      withFiles,
      name: form.get("processname") ?? null,
      client: visit.client,
      logEnd: this.#logEndsFor(visit.client),
      common: { ...common, failed: null },
    });
  }

  /** The address of the page of a program that failed; null where a message reports no such failure. */
  #failed(message: string): string | null {
    const name = failedProgram(message);
    return findProcess(this.#deps, name) === null ? null : addressOf(name ?? "");
  }

  /** Null when the request may change something. */
  #judge(request: HttpRequest, action: WebAction, form: Form, visit: PageVisit): Denial | null {
    const permission = permissionFor(action);
    if (!may(visit.client, permission)) return { why: deniedText(permission), canConfirm: false };
    // Looking again changes nothing, so it needs no proof of who wants it.
    if (action.kind === "refresh") return null;
    const isLegacy = visit.page !== PROGRAM_PAGE && isSupervisors(action);
    if (visit.legacyGetActions && isLegacy) return judgeLegacy(request);
    return this.#judgePost(request, form, visit);
  }

  #judgeFiles(request: HttpRequest, form: Form, visit: PageVisit): Denial | null {
    if (!may(visit.client, "configure")) return { why: deniedText("configure"), canConfirm: false };
    return this.#judgePost(request, form, visit);
  }

  /** Null for a request that a person sent from a page of this daemon. */
  #judgePost(request: HttpRequest, form: Form, visit: PageVisit): Denial | null {
    if (request.method !== "POST") return { why: "", canConfirm: true };
    if (isForeign(request.header)) return { why: FOREIGN, canConfirm: true };
    const token = form.get("token") ?? "";
    if (!this.#deps.secrets.equal(token, this.#token(visit))) {
      return { why: token === "" ? NO_TOKEN : OLD_TOKEN, canConfirm: true };
    }
    return null;
  }

  /** What a host has is for clients that may configure. An examination is work for the host, as `#judgeFiles` has it. */
  async #doctor(request: HttpRequest, form: Form, visit: PageVisit): Promise<HttpReply> {
    const isPost = request.method === "POST";
    const denial = may(visit.client, "configure") ? null : deniedText("configure");
    const why = denial ?? (isPost ? (this.#judgeFiles(request, form, visit)?.why ?? null) : null);
    if (why !== null) return this.#refused(why, 403, visit);
    if (!isPost) return doctorPage(this.#deps, this.#templates, this.#common(visit));
    await this.#deps.findings.examine();
    return redirect("doctor.html");
  }

  #question(action: Change, why: string, status: number, visit: PageVisit): HttpReply {
    const question = questionFor(action);
    const name = action.kind === "program" || action.kind === "signal" ? action.name : "";
    const isOwn = visit.page === PROGRAM_PAGE;
    const page = {
      ...this.#common(visit),
      why: why === FOREIGN || why === NO_TOKEN ? `${why} ${CONFIRM}` : why,
      target: isOwn ? PROGRAM_PAGE : "index.html",
      back: isOwn ? addressOf(name) : "./",
      signal: action.kind === "signal" ? action.signal : "",
      ...{ title: question, heading: question, yes: question.split(" ", 1)[0] },
      action: actionWord(action),
      processname: name,
      programs: action.kind === "some" ? action.names : [],
    };
    return htmlReply(this.#templates.render("notice", page), status);
  }

  #refused(why: string, status: number, policy: PageVisit): HttpReply {
    const words = { title: "Refused", heading: "Refused", why, home: "Back to the programs" };
    return htmlReply(
      this.#templates.render("notice", { ...this.#common(policy), ...words }),
      status,
    );
  }

  #common(policy: WebPolicy & Pick<PageVisit, "client">): object {
    const { proof } = policy.client;
    return {
      user: "username" in proof ? proof.username : "",
      isSession: proof.kind === "session",
      mayConfigure: may(policy.client, "configure"),
      token: this.#token(policy),
      boot: this.#live.bootId(),
      identifier: this.#deps.supervisor.identifier(),
      host: this.#deps.hostName,
      tsvVersion: this.#deps.version,
    };
  }

  #callFor(client: Client): Call {
    return (method, params) => this.#deps.callAs(client, method, params);
  }

  #logEndsFor(client: Client): LogEnd {
    return async (ref, bytes) => {
      const permission = ref.kind === "main" ? "configure" : "read";
      return may(client, permission)
        ? this.#deps.logs.read(ref, -bytes, 0)
        : err(fault("FAILED", deniedText(permission)));
    };
  }

  #token(policy: WebPolicy): string {
    return this.#deps.secrets.seal(`token ${policy.section}`);
  }
}

/** The text of a POST, or the reply to one that is refused. */
async function readBody(request: HttpRequest): Promise<string | HttpReply> {
  if (request.header("content-length") === null && request.header("transfer-encoding") === null) {
    return textReply("A POST needs Content-Length.\n", 411);
  }
  const body = await request.body();
  if (body.ok) return UTF8.decode(body.value);
  if (body.error === "too large") return textReply("The form is too large.\n", 413);
  return textReply("The form did not arrive.\n", body.error === "timed out" ? 408 : 400);
}

const FOREIGN = "The request came from a page of another site, so nothing was done.";
const NO_TOKEN = "The request did not come from a page of this daemon, so nothing was done.";
/** Where the page asks. */
const CONFIRM = "If it was you who wanted it, say so here.";
const OLD_TOKEN =
  "The daemon was restarted after this page was loaded, so nothing was done. Repeat the action if you still want it.";

const PROGRAM_PAGE = "program.html";

function addressOf(name: string): string {
  return `${PROGRAM_PAGE}?processname=${encodeURIComponent(name)}`;
}

/** `stop web (web page)`, `stop a, b and 3 more (web page)`. */
function pageActionText(action: Change): string {
  const verb = action.kind === "signal" ? `signal ${action.signal}` : action.verb;
  return `${verb} ${objectOf(action)} (web page)`;
}

/** Names of one change in the activity log. */
const MOST_LOGGED = 50;

function objectOf(action: Change): string {
  if (action.kind === "all") return "all";
  return action.kind === "some" ? listed(action.names, MOST_LOGGED) : action.name;
}

/** With the old links, whatever a person clicked is done, on whatever page; what a page of another site does is not. */
function judgeLegacy({ method, header }: HttpRequest): Denial | null {
  if (!isForeign(header) || (method !== "POST" && isClick(header))) return null;
  return { why: FOREIGN, canConfirm: true };
}
