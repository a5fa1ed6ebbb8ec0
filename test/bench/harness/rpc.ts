// XML-RPC over a unix socket with the least that can be: node:net and a hand-written request, so that what is measured
// is the daemon and not the client.

import { createConnection, type Socket } from "node:net";

export type Param = string | boolean;

const HEAD_END = Buffer.from("\r\n\r\n");

/** Sends one request over a connection of its own. */
export async function callOnce(path: string, method: string, params: readonly Param[] = []) {
  const connection = new RpcConnection(path);
  try {
    return await connection.call(method, params);
  } finally {
    connection.close();
  }
}

/** A connection that takes one request after another. */
export class RpcConnection {
  readonly #socket: Socket;
  #chunks: Buffer[] = [];
  #received = 0;
  /** Head and body of the answer that is under way; known once the head is there. */
  #expected: number | null = null;
  #bodyAt = 0;
  #settle: { resolve(body: Buffer): void; reject(error: Error): void } | null = null;

  constructor(path: string) {
    this.#socket = createConnection(path);
    this.#socket.on("data", (chunk: Buffer) => this.#take(chunk));
    this.#socket.on("error", (error) => this.#fail(error));
    this.#socket.on("close", () => this.#fail(new Error(`${path}: closed before the answer`)));
  }

  close(): void {
    this.#settle = null;
    this.#socket.destroy();
  }

  /** @throws Error on a fault or on any other answer than 200 with a Content-Length */
  async call(method: string, params: readonly Param[] = []): Promise<Buffer> {
    const values = params.map((param) =>
      typeof param === "boolean"
        ? `<param><value><boolean>${param ? 1 : 0}</boolean></value></param>`
        : `<param><value><string>${param}</string></value></param>`,
    );
    const body = `<?xml version='1.0'?><methodCall><methodName>${method}</methodName><params>${values.join("")}</params></methodCall>`;
    const answer = await new Promise<Buffer>((resolve, reject) => {
      this.#settle = { resolve, reject };
      this.#socket.write(
        `POST /RPC2 HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/xml\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
      );
    });
    const start = answer.toString("latin1", 0, 300);
    if (start.includes("<fault>")) throw new Error(`${method}: ${answer.toString()}`);
    return answer;
  }

  #take(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#received += chunk.length;
    if (this.#expected === null) this.#readHead();
    if (this.#expected === null || this.#received < this.#expected) return;
    const answer = Buffer.concat(this.#chunks).subarray(this.#bodyAt, this.#expected);
    this.#chunks = [];
    this.#received = 0;
    this.#expected = null;
    const settle = this.#settle;
    this.#settle = null;
    settle?.resolve(answer);
  }

  #readHead(): void {
    const text = Buffer.concat(this.#chunks);
    this.#chunks = [text];
    const end = text.indexOf(HEAD_END);
    if (end < 0) return;
    const head = text.toString("latin1", 0, end);
    const length = /^content-length: *(\d+)/im.exec(head)?.[1];
    if (!/^HTTP\/1\.\d 200 /.test(head) || length === undefined) {
      this.#fail(new Error(`unexpected answer: ${head}`));
      return;
    }
    this.#bodyAt = end + HEAD_END.length;
    this.#expected = this.#bodyAt + Number(length);
  }

  #fail(error: Error): void {
    const settle = this.#settle;
    this.#settle = null;
    settle?.reject(error);
    this.#socket.destroy();
  }
}
