// A second, small reading of XML-RPC, on purpose not tsv's own: a mistake shared by both sides would stay unseen.

/** What travels. */
export type Value =
  | string
  | number
  | boolean
  | readonly Value[]
  | { readonly [name: string]: Value };

function toXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

function encode(value: Value): string {
  if (typeof value === "boolean") return `<boolean>${value ? 1 : 0}</boolean>`;
  if (typeof value === "number") {
    return Number.isInteger(value) ? `<int>${value}</int>` : `<double>${value}</double>`;
  }
  if (typeof value === "string") return `<string>${toXml(value)}</string>`;
  if (Array.isArray(value)) {
    const items = value.map((item: Value) => `<value>${encode(item)}</value>`);
    return `<array><data>${items.join("")}</data></array>`;
  }
  const members = Object.entries(value).map(
    ([name, item]) => `<member><name>${toXml(name)}</name><value>${encode(item)}</value></member>`,
  );
  return `<struct>${members.join("")}</struct>`;
}

/** The document that calls `method`. */
export function encodeCall(method: string, params: readonly Value[]): string {
  const list = params.map((value) => `<param><value>${encode(value)}</value></param>`).join("");
  return `<?xml version="1.0"?><methodCall><methodName>${toXml(method)}</methodName><params>${list}</params></methodCall>`;
}

/** A result or a fault. */
export type Answer =
  | { readonly kind: "result"; readonly value: Value }
  | { readonly kind: "fault"; readonly code: number; readonly text: string };

/** Reads a methodResponse. @throws when it is none */
export function decodeResponse(xml: string): Answer {
  const tokens = xml.match(/<[^>]*>|[^<]+/g) ?? [];
  const reader = new Reader(tokens.filter((token) => !token.startsWith("<?")));
  const isFault = xml.includes("<fault>");
  reader.skipTo("<value>");
  const value = reader.value();
  if (!isFault) return { kind: "result", value };
  if (typeof value !== "object" || Array.isArray(value)) throw new Error(`no fault: ${xml}`);
  const { faultCode, faultString } = value as Record<string, Value>;
  return { kind: "fault", code: Number(faultCode), text: String(faultString) };
}

class Reader {
  readonly #tokens: readonly string[];
  #at = 0;

  constructor(tokens: readonly string[]) {
    this.#tokens = tokens;
  }

  skipTo(token: string): void {
    while (this.#peek() !== token) this.#at++;
  }

  #peek(): string {
    const token = this.#tokens[this.#at];
    if (token === undefined) throw new Error(`the document ends early: ${this.#tokens.join("")}`);
    return token;
  }

  #next(): string {
    const token = this.#peek();
    this.#at++;
    return token;
  }

  #expect(token: string): void {
    while (this.#peek().trim() === "") this.#at++;
    const found = this.#next();
    if (found !== token)
      throw new Error(`${found} where ${token} belongs: ${this.#tokens.join("")}`);
  }

  value(): Value {
    this.#expect("<value>");
    let token = this.#next();
    while (token.trim() === "" && this.#peek() !== "</value>") token = this.#next();
    const value = this.#typed(token);
    this.#expect("</value>");
    return value;
  }

  #typed(tag: string): Value {
    if (tag === "<struct>") return this.#struct();
    if (tag === "<array>") return this.#array();
    if (tag === "<string/>" || tag === "<string />") return "";
    const end = tag.replace("<", "</");
    const text = this.#peek() === end ? "" : fromXml(this.#next());
    this.#expect(end);
    if (tag === "<int>" || tag === "<i4>" || tag === "<double>") return Number(text);
    if (tag === "<boolean>") return text === "1";
    if (tag === "<string>") return text;
    throw new Error(`unknown type ${tag}`);
  }

  #struct(): Value {
    const members: Record<string, Value> = {};
    while (!this.#closes("</struct>")) {
      this.#expect("<member>");
      this.#expect("<name>");
      const name = fromXml(this.#next());
      this.#expect("</name>");
      members[name] = this.value();
      this.#expect("</member>");
    }
    return members;
  }

  #array(): Value {
    const items: Value[] = [];
    this.#expect("<data>");
    while (!this.#closes("</data>")) items.push(this.value());
    this.#expect("</array>");
    return items;
  }

  #closes(token: string): boolean {
    while (this.#peek().trim() === "") this.#at++;
    if (this.#peek() !== token) return false;
    this.#at++;
    return true;
  }
}

function fromXml(text: string): string {
  return text
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&#13;", "\r")
    .replaceAll("&amp;", "&");
}
