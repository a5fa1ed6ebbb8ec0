// The HTTP client on a blocking connection, in a separate process, against a server that closes at any point.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { promisify } from "node:util";
import { suspend } from "../../../rig/suspend.ts";

const CLIENT = new URL("../../../../src/host/http/http-client.js", import.meta.url).href;

interface Outcome {
  readonly replies: readonly { readonly status: number; readonly body: string }[];
  readonly failure: { readonly code: string } | null;
}

/** Runs code of a client that has a `target`. @returns what it prints */
async function run<T>(path: string, code: string): Promise<T> {
  const address = { kind: "unix", path };
  const client = `
    import { blockingHttpClient } from ${JSON.stringify(CLIENT)};
    const target = { address: ${JSON.stringify(address)}, credentials: null };
    const bodiesOf = ({ replies }) => replies.map(({ body }) => new TextDecoder().decode(body));
    ${code}`;
  const args = ["--input-type=module", "-e", client];
  const { stdout } = await promisify(execFile)(process.execPath, args, { maxBuffer: 1 << 26 });
  return JSON.parse(stdout) as T;
}

/** Posts each body in one batch. */
function post(path: string, bodies: readonly string[]): Promise<Outcome> {
  return run(
    path,
    `const { replies, failure } = await blockingHttpClient.connect(target).post("/RPC2", ${JSON.stringify(bodies)});
    const shown = replies.map(({ status, body }) => ({ status, body: new TextDecoder().decode(body) }));
    console.log(JSON.stringify({ replies: shown, failure }));`,
  );
}

const reply = (body: string, head = ""): string =>
  `HTTP/1.1 200 OK\r\n${head}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;

/** The bodies of the whole requests in a text. */
function bodiesOf(text: string): readonly string[] {
  return Array.from(text.matchAll(/\r\n\r\n<([^>]*)>/g), (match) => match[1] ?? "");
}

describe("the HTTP client on a blocking connection", () => {
  let directory: string;
  let answer: (request: string, socket: Socket) => void = () => undefined;
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.on("data", (bytes) => answer(String(bytes), socket));
  });
  const at = (): string => join(directory, "socket");

  before(async () => {
    directory = mkdtempSync(join(tmpdir(), "tsv-blocking-"));
    await new Promise<void>((resolve) => server.listen(at(), resolve));
  });
  after(() => {
    server.close();
    rmSync(directory, { recursive: true });
  });

  it("reads the answers of a batch from one connection", async () => {
    answer = (request, socket) =>
      socket.write(
        bodiesOf(request)
          .map((body) => reply(body))
          .join(""),
      );
    const { replies, failure } = await post(at(), ["<one>", "<two>", "<three>"]);
    assert.equal(failure, null);
    assert.deepEqual(
      replies.map(({ body }) => body),
      ["one", "two", "three"],
    );
  });

  it("asks what is left on a new connection when the server closes after each reply", async () => {
    answer = (request, socket) => {
      socket.end(reply(bodiesOf(request)[0] ?? "none", "Connection: close\r\n"));
    };
    const { replies, failure } = await post(at(), ["<one>", "<two>", "<three>"]);
    assert.equal(failure, null);
    assert.deepEqual(
      replies.map(({ body }) => body),
      ["one", "two", "three"],
    );
  });

  it("reads an answer larger than its buffer, and one that lasts until the server closes", async () => {
    const large = "é".repeat(3_000_000);
    answer = (_request, socket) => socket.end(`HTTP/1.0 200 OK\r\n\r\n${large}`);
    const { replies, failure } = await post(at(), ["<one>"]);
    assert.equal(failure, null);
    assert.equal(replies[0]?.body, large);
  });

  it("stops at a refusal, whose answer is the last", async () => {
    answer = (_request, socket) => {
      socket.write("HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\nno");
    };
    const { replies, failure } = await post(at(), ["<one>", "<two>"]);
    assert.equal(failure, null);
    assert.deepEqual(replies, [{ status: 401, body: "no" }]);
  });

  it("distinguishes a server that hangs up, one that sends nonsense, and none", async () => {
    answer = (_request, socket) => socket.destroy();
    const hungUp = await post(at(), ["<one>"]);
    answer = (_request, socket) => socket.write("220 smtp.example.org ESMTP\r\n\r\n");
    const nonsense = await post(at(), ["<one>"]);
    const nobody = await post(join(directory, "nobody"), ["<one>"]);
    const long = await post(join(directory, "n".repeat(200)), ["<one>"]);
    const codes = [hungUp, nonsense, nobody, long].map(({ failure }) => failure?.code);
    assert.ok(["DISCONNECTED", "ECONNRESET"].includes(codes[0] ?? ""), codes[0]);
    assert.deepEqual(codes.slice(1), ["BAD_REPLY", "ENOENT", "PATH_TOO_LONG"]);
  });

  it("does other things while an answer does not come, and goes on with the same connection", async () => {
    const held: Socket[] = [];
    answer = (request, socket) => {
      for (const body of bodiesOf(request)) {
        if (body === "held") held.push(socket);
        else socket.write(reply(body));
        if (body === "other") held.at(-1)?.write(reply(`after ${body}`));
      }
    };
    const bodies = await run<readonly string[]>(
      at(),
      `const first = blockingHttpClient.connect(target);
      const late = new Promise(setImmediate).then(() => blockingHttpClient.connect(target).post("/RPC2", ["<other>"]));
      const one = await first.post("/RPC2", ["<held>"]);
      const two = await first.post("/RPC2", ["<next>", "<last>"]);
      first.close();
      console.log(JSON.stringify([one, await late, two].flatMap(bodiesOf)));
      process.exit();`,
    );
    assert.deepEqual(bodies, ["after other", "other", "next", "last"]);
    assert.equal(held.length, 1);
  });

  it("waits on after the process was stopped and continued", async () => {
    answer = (request, socket) => {
      const pid = Number(bodiesOf(request)[0]);
      void suspend(pid).then(() => {
        process.kill(pid, "SIGCONT");
        socket.write(reply("continued"));
      });
    };
    const bodies = await run<readonly string[]>(
      at(),
      `const answered = await blockingHttpClient.connect(target).post("/RPC2", ["<" + process.pid + ">"]);
      console.log(JSON.stringify([...bodiesOf(answered), answered.failure?.code ?? null]));
      process.exit();`,
    );
    assert.deepEqual(bodies, ["continued", null]);
  });

  it("reports a server that closes before an answer that does not come", async () => {
    answer = (request, socket) => {
      if (bodiesOf(request)[0] === "held") server.once("connection", () => socket.end());
      else socket.write(reply("other"));
    };
    const codes = await run<readonly string[]>(
      at(),
      `const late = new Promise(setImmediate).then(() => blockingHttpClient.connect(target).post("/RPC2", ["<other>"]));
      const { failure } = await blockingHttpClient.connect(target).post("/RPC2", ["<held>"]);
      console.log(JSON.stringify([failure.code, ...bodiesOf(await late)]));
      process.exit();`,
    );
    assert.deepEqual(codes, ["DISCONNECTED", "other"]);
  });
});
