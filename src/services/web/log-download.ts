// `/download`: all of a log as plain text, the oldest file first, as long as it was when the request came. A part is read when the
// one before is out, so that a large log takes no memory, and a slow client no place of another one.

import { thrownMessage } from "../../core/base/result.ts";
import type { Form } from "../../core/web/actions.ts";
import type { HttpReply } from "../../ports/http-server.ts";
import type { ChannelRef, LogFileInfo } from "../logs/api.ts";
import type { WebDeps } from "./deps.ts";
import { findProcess } from "./program-page.ts";
import { textReply } from "./replies.ts";

const PART = 64 * 1024;

type DownloadDeps = Pick<WebDeps, "logs" | "supervisor" | "decompress">;

/** @param form `name` of a program, `channel`: stdout by default */
export async function answerDownload(deps: DownloadDeps, form: Form): Promise<HttpReply> {
  const name = form.get("name") ?? null;
  const process = findProcess(deps, name);
  const channel = form.get("channel") === "stderr" ? "stderr" : "stdout";
  if (process === null) return textReply("There is no such program.\n", 404);
  const ref: ChannelRef = { kind: "channel", key: process.key, channel };
  const listed = await deps.logs.files(ref);
  if (!listed.ok) return textReply(`${listed.error.detail ?? listed.error.name}\n`, 503);
  const { files, count } = listed.value;
  // Of output without a file, the daemon keeps the newest.
  const kept: readonly LogFileInfo[] =
    count === null
      ? []
      : [{ id: count.epoch, index: 0, size: count.written, changed: 0, compression: "none" }];
  const start = files.length === 0 ? (count?.start ?? 0) : 0;
  const oldestFirst = [...(files.length === 0 ? kept : files)].reverse();
  let length = 0;
  try {
    for (const file of oldestFirst) length += await lengthOf(deps, ref, file);
  } catch (error) {
    return textReply(`A backup of the log cannot be read: ${thrownMessage(error)}\n`, 500);
  }
  const parts = allParts(deps, ref, oldestFirst, start);
  const file = `${(name ?? "").replace(/[^\w.-]/g, "_")}-${channel}.log`;
  return {
    ...{ kind: "parts", status: 200, length: length - start },
    headers: [
      ["Content-Type", "text/plain;charset=utf-8"],
      ["Content-Disposition", `attachment; filename="${file}"`],
      ["Cache-Control", "no-store"],
    ],
    async next() {
      const part = await parts.next();
      return part.done === true ? null : part.value;
    },
  };
}

/** Bytes of a file; of a compressed one, they are counted. */
async function lengthOf(deps: DownloadDeps, ref: ChannelRef, file: LogFileInfo): Promise<number> {
  if (file.compression === "none") return file.size;
  let length = 0;
  for await (const part of contentOf(deps, ref, file)) length += part.length;
  return length;
}

async function* allParts(
  deps: DownloadDeps,
  ref: ChannelRef,
  files: readonly LogFileInfo[],
  start: number,
): AsyncGenerator<Uint8Array> {
  for (const file of files) yield* contentOf(deps, ref, file, start);
}

async function* contentOf(
  deps: DownloadDeps,
  ref: ChannelRef,
  file: LogFileInfo,
  start = 0,
): AsyncGenerator<Uint8Array> {
  const stored = storedParts(deps, ref, file, start);
  if (file.compression === "none") yield* stored;
  // The server frees the parts that it has sent, and these belong to the decompression.
  else
    for await (const part of deps.decompress(file.compression, stored)) yield new Uint8Array(part);
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
