// The templates and the other files of the page, read when first used.

import { renderHtml } from "../../core/base/template.ts";
import type { RowView } from "../../core/web/status-view.ts";
import { decodeBase64 } from "../../core/xmlrpc/base64.ts";
import type { HttpHeaders, HttpReply } from "../../ports/http-server.ts";
import type { WebDeps } from "./deps.ts";
import { FILES, type PublicFile } from "./paths.ts";

const PARTIALS = ["head", "foot", "programs", "counts", "ask", "message", "run", "need", "member"];

/** What the list of programs has besides. */
export interface Columns {
  /** Its reader may start and stop programs. */
  readonly mayControl: boolean;
  /** A history is kept. */
  readonly hasTrends: boolean;
}

export class Templates {
  readonly #deps: Pick<WebDeps, "assets" | "secrets">;
  #row: string | null = null;
  #partials: Readonly<Record<string, string>> | null = null;

  constructor(deps: Pick<WebDeps, "assets" | "secrets">) {
    this.#deps = deps;
  }

  /** Fills a template; `style` and `script` in it become addresses that change with the files. */
  render(name: string, view: object): string {
    this.#partials ??= Object.fromEntries(PARTIALS.map((each) => [each, this.#text(each)]));
    const template = this.#partials[name] ?? this.#text(name);
    const addresses = {
      style: this.#address("stylesheets/supervisor.css"),
      statusScript: this.#address("scripts/status.js"),
      programScript: this.#address("scripts/program.js"),
      chartsScript: this.#address("scripts/charts.js"),
      uplotScript: this.#address("scripts/uplot.js"),
      uplotStyle: this.#address("stylesheets/uplot.css"),
      tailScript: this.#address("scripts/tail.js"),
      logsScript: this.#address("scripts/logs.js"),
    };
    return renderHtml(template, { ...addresses, ...view }, this.#partials);
  }

  /** Fills the template of one row. Apart from the others, because a page has a thousand. */
  row(view: RowView & Columns): string {
    this.#row ??= this.#text("row").replaceAll("\n", "");
    return renderHtml(this.#row, view);
  }

  /** One of the files that browsers are given. */
  file(file: PublicFile, target: string, ifNoneMatch: string | null): HttpReply {
    const text = this.#join(file);
    const body = file.type === "image/png" ? (decodeBase64(text) ?? "") : text;
    const tag = this.#tag(text);
    // An address with the tag changes when the file does.
    const isForGood = target.endsWith(`?v=${tag}`);
    const headers: HttpHeaders = [
      ["ETag", `"${tag}"`],
      ["Cache-Control", isForGood ? "public, max-age=31536000, immutable" : "no-cache"],
    ];
    const known = ifNoneMatch?.split(",").map((each) => each.trim().replace(/^W\//, ""));
    if (known?.includes(`"${tag}"`)) return { kind: "whole", status: 304, headers, body: "" };
    const typed: HttpHeaders = [["Content-Type", file.type], ...headers];
    return { kind: "whole", status: 200, headers: typed, body };
  }

  #join({ parts }: PublicFile): string {
    return parts.map((part) => this.#deps.assets.read(part)).join("\n");
  }

  #text(name: string): string {
    return this.#deps.assets.read(`${name}.mustache`);
  }

  #address(name: string): string {
    const file = FILES[name];
    return file === undefined ? name : `${name}?v=${this.#tag(this.#join(file))}`;
  }

  #tag(text: string): string {
    return this.#deps.secrets.sha1Hex(text).slice(0, 16);
  }
}
