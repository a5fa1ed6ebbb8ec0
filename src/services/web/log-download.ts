// `/download`: all of a log as plain text, the oldest file first, as long as it was when the request came. A part is read when the
// one before is out, so that a large log takes no memory, and a slow client no place of another one.

import { thrownMessage } from "../../core/base/result.ts";
import type { Form } from "../../core/web/actions.ts";
import type { HttpReply } from "../../ports/http-server.ts";
import type { ChannelRef, LogCompression, LogFileInfo } from "../logs/api.ts";
import type { WebDeps } from "./deps.ts";
import { findProcess } from "./program-page.ts";
import { textReply } from "./replies.ts";

const PART = 64 * 1024;
/** Downloads that decompress, at one time: each of them uses a processor as long as its client takes what it gets. */
export const MOST_DECOMPRESSING = 4;

const ENCODER = new TextEncoder();

type DownloadDeps = Pick<WebDeps, "logs" | "supervisor" | "decompress">;

/** The downloads of callers who see the same programs. */
export class LogDownloads {
  readonly #deps: DownloadDeps;
  #decompressing = 0;

  constructor(deps: DownloadDeps) {
    this.#deps = deps;
  }

  /** @param form `name` of a program, `channel`: stdout by default */
  async answer(form: Form): Promise<HttpReply> {
    const name = form.get("name") ?? null;
    const process = findProcess(this.#deps, name);
    const channel = form.get("channel") === "stderr" ? "stderr" : "stdout";
    if (process === null) return textReply("There is no such program.\n", 404);
    const ref: ChannelRef = { kind: "channel", key: process.key, channel };
    const listed = await this.#deps.logs.files(ref);
    if (!listed.ok) return textReply(`${listed.error.detail ?? listed.error.name}\n`, 503);
    const { files, count } = listed.value;
    // Of output without a file, the daemon keeps the newest.
    const kept: readonly LogFileInfo[] =
      count === null
        ? []
        : [{ id: count.epoch, index: 0, size: count.written, changed: 0, compression: "none" }];
    const start = files.length === 0 ? (count?.start ?? 0) : 0;
    const oldestFirst = [...(files.length === 0 ? kept : files)].reverse();
    const isCompressed = files.some(({ compression }) => compression !== "none");
    if (isCompressed && this.#decompressing >= MOST_DECOMPRESSING) {
      const text = `${MOST_DECOMPRESSING} compressed logs are being downloaded, which is the most.\n`;
      return textReply(text, 503);
    }
    if (isCompressed) this.#decompressing += 1;
    const parts = allParts(this.#deps, ref, oldestFirst, start);
    const file = `${(name ?? "").replace(/[^\w.-]/g, "_")}-${channel}.log`;
    return {
      ...{ kind: "parts", status: 200 },
      // The length of a compressed file is known when all of it is decompressed.
      length: isCompressed ? null : oldestFirst.reduce((sum, { size }) => sum + size, -start),
      headers: [
        ["Content-Type", "text/plain;charset=utf-8"],
        ["Content-Disposition", `attachment; filename="${file}"`],
        ["Cache-Control", "no-store"],
      ],
      async next() {
        const part = await parts.next();
        return part.done === true ? null : part.value;
      },
      closed: () => {
        if (isCompressed) this.#decompressing -= 1;
        // Ends the decompression of a file of which the client has not taken all.
        void parts.return(undefined);
      },
    };
  }
}

async function* allParts(
  deps: DownloadDeps,
  ref: ChannelRef,
  files: readonly LogFileInfo[],
  start: number,
): AsyncGenerator<Uint8Array> {
  for (const file of files) {
    const { compression } = file;
    if (compression === "none") yield* storedParts(deps, ref, file, start);
    else yield* decompressedParts(deps, ref, file, compression);
  }
}

/** The content of a backup; a line says so if that is not whole. */
async function* decompressedParts(
  deps: DownloadDeps,
  ref: ChannelRef,
  file: LogFileInfo,
  compression: Exclude<LogCompression, "none">,
): AsyncGenerator<Uint8Array> {
  let read = 0;
  const stored = async function* (): AsyncGenerator<Uint8Array> {
    for await (const part of storedParts(deps, ref, file, 0)) {
      read += part.length;
      yield part;
    }
    if (read < file.size) throw new Error("it was removed meanwhile; repeat the download");
  };
  try {
    // The server frees the parts that it has sent, and these belong to the decompression.
    for await (const part of deps.decompress(compression, stored())) yield new Uint8Array(part);
  } catch (error) {
    const text = `backup ${file.index} cannot be read whole: ${thrownMessage(error)}`;
    yield ENCODER.encode(`\n==> ${text} <==\n`);
  }
}

/** Ends early when the file is gone: then the client gets less than was announced, and sees that. */
async function* storedParts(
  { logs }: DownloadDeps,
  ref: ChannelRef,
  { id, index, size }: LogFileInfo,
  start: number,
): AsyncGenerator<Uint8Array> {
  for (let offset = start; offset < size; ) {
    const length = Math.min(PART, size - offset);
    const part = await logs.readPart(ref, { id, index, offset, length });
    if (!part.ok || part.value.length === 0) return;
    offset += part.value.length;
    yield part.value;
  }
}
