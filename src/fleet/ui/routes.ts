// Requests to the pages over all hosts. The address that `tsv fleet ui` prints has a key, which becomes a cookie: without it a
// browser gets a style sheet, and a page that says how to get in.

import { filterHosts } from "../../core/fleet/overview.ts";
import { readLogsQuery } from "../../core/web/logs-query.ts";
import { createSecrets } from "../../host/system/secrets.ts";
import { startPause } from "../../host/time/pause.ts";
import type { HttpHandler, HttpReply, HttpRequest } from "../../ports/http-server.ts";
import type { Member } from "../on-host.ts";
import { actOn, UI_VERBS } from "./actions.ts";
import type { HostWatch } from "./host-watch.ts";
import { sendLogs } from "./log-stream.ts";
import type { FleetPages, PageFrame } from "./pages.ts";
import { eventsReply, seeOther, textReply, wholeReply } from "./replies.ts";

const COOKIE = "tsv_fleet";
/** How long a page waits for hosts before it shows which of them have answered. */
const FIRST_MS = 1000;
/** Each takes a connection for each of its logs. */
const MOST_FOLLOWED = 64;
const OPEN: ReadonlySet<string> = new Set(["stylesheets/supervisor.css", "images/icon.png"]);
const PAGES: ReadonlySet<string> = new Set(["programs", "host", "logs"]);
const UTC = (): number => 0;

interface Ui {
  readonly watch: HostWatch;
  readonly members: readonly Member[];
  readonly pages: FleetPages;
  /** Its holder may do all that the inventory allows. */
  readonly key: string;
}

/** Shows that an address with a message was made by this run: others could make one with any text. */
type SealMessage = (message: string) => string;

export function createHandler(ui: Ui): HttpHandler {
  const secrets = createSecrets();
  const token = secrets.seal("form");
  const sealOf: SealMessage = (message) => secrets.seal(`message ${message}`);
  const holds = (given: string): boolean => given !== "" && secrets.equal(given, ui.key);
  return async (request) => {
    const { path, query } = partsOf(request.target);
    const isRead = request.method === "GET" || request.method === "HEAD";
    const file = isRead ? ui.pages.file(path) : null;
    const cookie = new RegExp(`(?:^|;\\s*)${COOKIE}=([\\w-]*)`).exec(
      request.header("cookie") ?? "",
    );
    const isIn = holds(cookie?.[1] ?? "");
    if (file !== null && (isIn || OPEN.has(path))) {
      const headers = [
        ["Content-Type", file.type],
        ["Cache-Control", "max-age=300"],
      ] as const;
      return { kind: "whole", status: 200, headers, body: file.body };
    }
    const key = query.get("key");
    if (isRead && key !== null && holds(key)) {
      const value = `${COOKIE}=${ui.key}; HttpOnly; SameSite=Strict; Path=/`;
      query.delete("key");
      const rest = query.size === 0 ? "" : `?${query}`;
      // The key does not stay in the history of the browser.
      return seeOther(`./${PAGES.has(path) ? path : ""}${rest}`, [["Set-Cookie", value]]);
    }
    if (!isIn) return wholeReply("text/html", ui.pages.locked(), 401);
    const message = query.get("message") ?? "";
    const frame: PageFrame = {
      token,
      filter: query.get("hosts") ?? "",
      message: secrets.equal(query.get("seal") ?? "", sealOf(message)) ? message : "",
    };
    if (request.method === "POST" && path === "act") {
      return await performForm(ui, request, token, sealOf);
    }
    if (!isRead) return textReply("Method not allowed.\n", 405);
    return await answer(ui, request.target, path, query, frame);
  };
}

async function answer(
  ui: Ui,
  target: string,
  path: string,
  query: URLSearchParams,
  frame: PageFrame,
): Promise<HttpReply> {
  const { watch, pages } = ui;
  if (path === "events/changes") {
    return eventsReply((send) => watch.read(() => send("changed", {})) ?? (() => undefined));
  }
  if (path === "logs" || path === "events/logs") {
    const logs = readLogsQuery(target, Date.now(), UTC);
    const chosen = filterHosts(
      ui.members.map((member) => ({ ...member.entry, member })),
      frame.filter,
    ).map(({ member }) => member);
    const shown = chosen.slice(0, MOST_FOLLOWED);
    if (path === "events/logs") return logsReply(watch, (send) => sendLogs(shown, logs, send));
    const hosts = { shown: shown.length, all: chosen.length };
    return wholeReply("text/html", pages.logs(logs, hosts, watch.views, frame));
  }
  await Promise.race([watch.refresh(), startPause(FIRST_MS).over]);
  if (path === "") return wholeReply("text/html", pages.overview(watch.views, frame));
  if (path === "programs") return wholeReply("text/html", pages.programs(watch.views, frame));
  if (path === "host") {
    const view = watch.views.find(({ name }) => name === query.get("name"));
    if (view === undefined) return textReply("The inventory has no such host.\n", 404);
    return wholeReply("text/html", pages.host(view, watch.views, frame));
  }
  return textReply("There is no such page.\n", 404);
}

/** Logs, whose connections are kept for as long as they are read. */
function logsReply(watch: HostWatch, start: Parameters<typeof eventsReply>[0]): HttpReply {
  return eventsReply((send) => {
    const release = watch.hold();
    if (release === null) {
      send("note", "too many pages are open: close some");
      return () => undefined;
    }
    const end = start(send);
    return () => {
      end();
      release();
    };
  });
}

/** A button: `do` and `program`, on `host`, or on all hosts that match `hosts` and have the program. */
async function performForm(
  ui: Ui,
  request: HttpRequest,
  token: string,
  sealOf: SealMessage,
): Promise<HttpReply> {
  const body = await request.body();
  if (!body.ok) return textReply("The form could not be read.\n", 400);
  const form = new URLSearchParams(new TextDecoder().decode(body.value));
  if (form.get("token") !== token) {
    return textReply("This page is of an earlier run: load it again.\n", 403);
  }
  const [program = "", host, hosts = ""] = ["program", "host", "hosts"].map(
    (name) => form.get(name) ?? "",
  );
  const verb = UI_VERBS.find((each) => each === form.get("do"));
  if (verb === undefined || program === "") return textReply("Unknown action.\n", 400);
  const names = filterHosts(ui.watch.views, hosts)
    .filter(({ programs }) => programs?.some(({ label }) => label === program) === true)
    .map(({ name }) => name);
  const wanted = host === "" ? names : [host];
  const members = wanted.flatMap((name) => ui.watch.member(name ?? "") ?? []);
  if (members.length === 0) return textReply("No host has this program.\n", 404);
  const outcome = await actOn(members, verb, program);
  await ui.watch.refresh(true);
  if (request.header("accept")?.includes("application/json") === true) {
    return wholeReply("application/json", JSON.stringify(outcome));
  }
  const { message } = outcome;
  const words = new URLSearchParams({ message, seal: sealOf(message) });
  if (host !== "") return seeOther(`host?${new URLSearchParams({ name: host ?? "" })}&${words}`);
  if (hosts !== "") words.set("hosts", hosts);
  return seeOther(`programs?${words}`);
}

/** The path without slashes at its ends, and the query. */
function partsOf(target: string) {
  const [, path = "", query = ""] = /^\/*([^?#]*?)\/*(?:\?([^#]*))?(?:#.*)?$/.exec(target) ?? [];
  return { path, query: new URLSearchParams(query) };
}
