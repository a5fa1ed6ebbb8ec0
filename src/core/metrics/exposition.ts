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
  readonly type: "gauge" | "counter" | "histogram";
  /** One sentence. */
  readonly help: string;
}

/** One value. */
export interface Sample {
  /** As `labelsText` makes them; empty for none. */
  readonly labels: string;
  readonly value: number;
  /** Of a histogram. */
  readonly suffix?: "_bucket" | "_sum" | "_count";
}

/** The format for a client: OpenMetrics if it is named and no less wanted than plain text. @param accept its header; null for none */
export function formatFor(accept: string | null): Format {
  const wanted = weightOf("application/openmetrics-text", accept ?? "");
  const isWanted = wanted > 0 && wanted >= weightOf("text/plain", accept ?? "");
  return isWanted ? "openmetrics" : "prometheus";
}

/** The highest weight of a media type that is named (RFC 9110, 12.4.2); 0 if it is not. */
function weightOf(type: string, accept: string): number {
  const weights = accept.split(",").map((part) => {
    const [name, ...parameters] = part.split(";").map((word) => word.trim().toLowerCase());
    const weight = parameters.find((parameter) => parameter.startsWith("q="));
    if (name !== type) return 0;
    return weight === undefined ? 1 : Number(weight.slice("q=".length));
  });
  return Math.max(...weights);
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
