// The pages over all hosts, made of the templates, styles and scripts that the page of one host has too.

import { renderHtml } from "../../core/base/template.ts";
import {
  filterHosts,
  fleetProgramRows,
  type HostView,
  hostRows,
  isBad,
  programRows,
  stateCounts,
} from "../../core/fleet/overview.ts";
import { type LogsQuery, queryText } from "../../core/web/logs-query.ts";
import type { Assets } from "../../ports/assets.ts";
import { VERSION } from "../../version.ts";

const STYLES = ["base", "frame", "controls", "states", "programs", "logs", "cards", "fleet"];
const SCRIPTS = ["fleet", "logs", "page", "stream"];
const PARTIALS = ["head", "fleet-top", "fleet-foot", "ask"];
const STYLE = "stylesheets/supervisor.css";
const ICON = "images/icon.png";

/** What a page needs besides its content. */
export interface PageFrame {
  /** Which every form sends back. */
  readonly token: string;
  /** Empty for all hosts. */
  readonly filter: string;
  /** The outcome of an action; empty for none. */
  readonly message: string;
}

export class FleetPages {
  readonly #assets: Assets;
  #partials: Readonly<Record<string, string>> | null = null;

  constructor(assets: Assets) {
    this.#assets = assets;
  }

  overview(views: readonly HostView[], frame: PageFrame): string {
    const rows = hostRows(filterHosts(views, frame.filter));
    return this.#render("fleet-hosts", views, frame, { rows, isHosts: true });
  }

  programs(views: readonly HostView[], frame: PageFrame): string {
    const rows = fleetProgramRows(filterHosts(views, frame.filter));
    return this.#render("fleet-programs", views, frame, { rows, isPrograms: true });
  }

  host(view: HostView, views: readonly HostView[], frame: PageFrame): string {
    const { name, url, programs, failure } = view;
    return this.#render("fleet-host", views, frame, {
      ...{ name, url, failure: failure?.message ?? "" },
      ...{ counts: stateCounts(programs ?? []), total: "", failing: 0 },
      quoted: encodeURIComponent(name),
      rows: programRows(programs ?? []),
      isAsked: programs === null && failure === null,
    });
  }

  /** @param hosts how many are followed, of how many that match */
  logs(
    query: LogsQuery,
    hosts: { readonly shown: number; readonly all: number },
    views: readonly HostView[],
    frame: PageFrame,
  ): string {
    const { names, search, isWrapped } = query;
    const words = new URLSearchParams(queryText(query));
    if (frame.filter !== "") words.set("hosts", frame.filter);
    return this.#render("fleet-logs", views, frame, {
      ...{ search, isWrapped, program: names.join(", "), name: names[0] ?? "" },
      hosts: hosts.shown === 1 ? "1 host" : `${hosts.shown} hosts`,
      left:
        hosts.all > hosts.shown ? `the first ${hosts.shown} of ${hosts.all} hosts are shown` : "",
      stream: names.length === 0 || hosts.shown === 0 ? "" : `events/logs?${words}`,
    });
  }

  /** For a browser without the key. */
  locked(): string {
    return renderHtml(this.#text("fleet-locked"), { style: STYLE }, this.#parts());
  }

  /** One of the files that browsers are given; null for another name. */
  file(name: string): { readonly type: string; readonly body: string | Uint8Array } | null {
    if (name === STYLE) {
      const body = STYLES.map((each) => this.#assets.read(`stylesheets/${each}.css`)).join("\n");
      return { type: "text/css;charset=utf-8", body };
    }
    if (name === ICON)
      return { type: "image/png", body: Buffer.from(this.#assets.read(ICON), "base64") };
    const script = SCRIPTS.find((each) => name === `scripts/${each}.js`);
    if (script === undefined) return null;
    return { type: "text/javascript;charset=utf-8", body: this.#assets.read(name) };
  }

  #render(template: string, views: readonly HostView[], frame: PageFrame, content: object): string {
    const failing = views.filter(isBad).length;
    const all = views.flatMap(({ programs }) => programs ?? []);
    const view = {
      ...frame,
      ...{ style: STYLE, version: VERSION, counts: stateCounts(all), failing },
      total: views.length === 1 ? "1 host" : `${views.length} hosts`,
      messageClass: frame.message.startsWith("ERROR") ? "failure" : "success",
      ...content,
    };
    return renderHtml(this.#text(template), view, this.#parts());
  }

  #parts(): Readonly<Record<string, string>> {
    this.#partials ??= Object.fromEntries(PARTIALS.map((name) => [name, this.#text(name)]));
    return this.#partials;
  }

  #text(name: string): string {
    return this.#assets.read(`${name}.mustache`);
  }
}
