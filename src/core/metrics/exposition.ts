// The text formats of Prometheus: its own, version 0.0.4, and OpenMetrics 1.0. They differ in the names of counters in
// comments, and in the last line.

export type Format = "prometheus" | "openmetrics";

export const CONTENT_TYPES: Readonly<Record<Format, string>> = {
  prometheus: "text/plain; version=0.0.4; charset=utf-8",
  openmetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8",
};

/** Metrics of one name. */
export interface Family {
  /** That of a counter is without `_total`. */
  readonly name: string;
  readonly type: "gauge" | "counter" | "summary";
  /** One sentence. */
  readonly help: string;
}

/** One value. */
export interface Sample {
  /** As `labelsText` makes them; empty for none. */
  readonly labels: string;
  readonly value: number;
  /** Of a summary. */
  readonly suffix?: "_sum" | "_count";
}

/** The format for a client. @param accept its header; null for none */
export function formatFor(accept: string | null): Format {
  return accept?.includes("application/openmetrics-text") === true ? "openmetrics" : "prometheus";
}

/** The labels of a sample: `name="web",group="web"`. */
export function labelsText(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${value.replace(/[\\"\n]/g, escaped)}"`)
    .join(",");
}

function escaped(character: string): string {
  return character === "\n" ? "\\n" : `\\${character}`;
}

/** The comments before the samples of a family. */
export function headText({ name, type, help }: Family, format: Format): string {
  const shown = type === "counter" && format === "prometheus" ? `${name}_total` : name;
  return `# HELP ${shown} ${help}\n# TYPE ${shown} ${type}\n`;
}

/** A line. */
export function sampleText({ name, type }: Family, { labels, value, suffix }: Sample): string {
  const end = suffix ?? (type === "counter" ? "_total" : "");
  return `${name}${end}${labels === "" ? "" : `{${labels}}`} ${value}\n`;
}

/** What follows the last family. */
export function endText(format: Format): string {
  return format === "openmetrics" ? "# EOF\n" : "";
}
