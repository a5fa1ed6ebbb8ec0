// The templates and the other files of the page, read when first used.

import { renderHtml } from "../../core/base/template.ts";
import type { RowView } from "../../core/web/status-view.ts";
import { decodeBase64 } from "../../core/xmlrpc/base64.ts";
import type { HttpHeaders, HttpReply, HttpRequest } from "../../ports/http-server.ts";
import type { WebDeps } from "./deps.ts";
import { FILES, type PublicFile } from "./paths.ts";
import { compressedReply, VARY } from "./replies.ts";

const PARTIALS = ["head", "foot", "programs", "counts", "ask", "message", "run", "need", "member"];

/** Pages with a script of their name. */
const PAGE_SCRIPTS: ReadonlySet<string> = new Set(["status", "program", "tail", "logs", "doctor"]);

/** An import of a script. */
const IMPORT = /^import [^;]*?"\.\/([^"]+)";$/gm;

/** What the list of programs has besides. */
export interface Columns {
  /** Its reader may start and stop programs. */
  readonly mayControl: boolean;
  /** A history is kept. */
  readonly hasTrends: boolean;
}

export class Templates {
  readonly #deps: Pick<WebDeps, "assets" | "secrets" | "compress">;
  /** The files that browsers are given, compressed, by their tags. */
  readonly #compressed = new Map<string, Promise<Uint8Array>>();
  #row: string | null = null;
  #partials: Readonly<Record<string, string>> | null = null;

  constructor(deps: Pick<WebDeps, "assets" | "secrets" | "compress">) {
    this.#deps = deps;
  }

  /**
   * Fills a template; `style` and `script` in it become addresses that change with the files. A page names the modules of its
   * script, because a browser finds them only by reading one after another.
   */
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
      doctorScript: this.#address("scripts/doctor.js"),
      modules: PAGE_SCRIPTS.has(name) ? this.#modules(`scripts/${name}.js`) : [],
    };
    return renderHtml(template, { ...addresses, ...view }, this.#partials);
  }

  /** Fills the template of one row. Apart from the others, because a page has a thousand. */
  row(view: RowView & Columns): string {
    this.#row ??= this.#text("row").replaceAll("\n", "");
    return renderHtml(this.#row, view);
  }

  /** One of the files that browsers are given; texts compressed, if the browser takes that. */
  async file(
    file: PublicFile,
    { target, header }: Pick<HttpRequest, "target" | "header">,
  ): Promise<HttpReply> {
    const text = this.#join(file);
    const tag = this.#tag(text);
    // An address with the tag changes when the file does.
    const isForGood = target.endsWith(`?v=${tag}`);
    const headers: HttpHeaders = [
      // Weak: of both forms.
      ["ETag", `W/"${tag}"`],
      ["Cache-Control", isForGood ? "public, max-age=31536000, immutable" : "no-cache"],
    ];
    const known = header("if-none-match")
      ?.split(",")
      .map((each) => each.trim().replace(/^W\//, ""));
    if (known?.includes(`"${tag}"`)) {
      return { kind: "whole", status: 304, headers: [...headers, VARY], body: "" };
    }
    const typed: HttpHeaders = [["Content-Type", file.type], ...headers];
    const whole = { kind: "whole", status: 200, headers: typed } as const;
    if (file.type === "image/png") return { ...whole, body: decodeBase64(text) ?? "" };
    return await compressedReply({ ...whole, body: text }, header, () => {
      const made = this.#compressed.get(tag) ?? this.#deps.compress(text);
      this.#compressed.set(tag, made);
      return made;
    });
  }

  /** The addresses of the modules that a script imports, and that these import. */
  #modules(script: string): readonly string[] {
    const found = new Set([script]);
    for (const name of found) {
      for (const [, module] of this.#deps.assets.read(name).matchAll(IMPORT)) {
        found.add(`scripts/${module}`);
      }
    }
    return [...found].slice(1);
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
