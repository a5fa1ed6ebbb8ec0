// tsv.*: methods that Supervisor lacks. The files of a log and parts of them, for a client that searches backups, decompresses
// them and merges several logs by time: the daemon only passes bytes.

import { err, ok } from "../../../core/base/result.ts";
import { fault } from "../../../core/xmlrpc/faults.ts";
import type { XmlRpcDouble, XmlRpcStruct } from "../../../core/xmlrpc/value.ts";
import type { ChannelName, ListedLog, LogFileInfo } from "../../logs/api.ts";
import { type Method, method } from "../method.ts";
import { natural, text } from "../params.ts";
import { channelRef } from "./logs.ts";

/** Of one file in an answer. */
const ENTRY_BYTES = 256;

/** The methods of this area. */
export const LOG_FILE_METHODS: readonly Method[] = [
  method({
    name: "getLogFiles",
    params: [text("name"), text("channel")],
    returns: "struct",
    permission: "read",
    help:
      "The files of a log of a process; channel is stdout or stderr. Returns files, the newest first, each with index " +
      "(0, or n of the backup n), size (bytes), changed_ms (when it was written last, since 1970), id (stays the " +
      "same when it is renamed) and compression (none, gzip or zstd); formatted (the daemon formats its lines); and if the daemon counts the bytes of the log: epoch, written " +
      "(bytes so far), start (of the file 0, in that count) and kept (what is behind it is in the files, one after another). " +
      "Sizes, counts and times are doubles. No file is an empty array; if the daemon keeps the newest output instead, " +
      "epoch, written and start are of it, and changed_ms is when it came last. Faults: BAD_NAME, BAD_ARGUMENTS.",
    always: true,
    async run(context, [name, channel], work) {
      if (!isChannel(channel)) return err(fault("BAD_ARGUMENTS", `no channel ${channel}`));
      const ref = channelRef(context, name, channel);
      if (!ref.ok) return ref;
      const found = await context.logs.files(ref.value);
      if (!found.ok) return found;
      const refused = await work.reserve(found.value.files.length * ENTRY_BYTES);
      return refused === null ? ok(listedStruct(found.value)) : err(refused);
    },
  }),
  method({
    name: "readLogFile",
    params: [
      text("name"),
      text("channel"),
      text("id"),
      natural("index"),
      natural("offset"),
      natural("length"),
    ],
    returns: "base64",
    permission: "read",
    help:
      "Reads up to length bytes (1 MB at most) of a file that tsv.getLogFiles returned, from offset on, as they are on the disk. index " +
      "is where the file was: a rotation in between does not matter. Of output without a file, id is the epoch and offset a count; " +
      "what is gone is left out. Faults: BAD_NAME, BAD_ARGUMENTS, NO_FILE if the log has " +
      "no such file any more, FAILED.",
    always: true,
    async run(context, [name, channel, id, index, offset, length], work) {
      if (!isChannel(channel)) return err(fault("BAD_ARGUMENTS", `no channel ${channel}`));
      const ref = channelRef(context, name, channel);
      if (!ref.ok) return ref;
      const part = { id, index, offset, length };
      return await context.logs.readPart(ref.value, part, (bytes) => work.reserve(bytes));
    },
  }),
];

function isChannel(channel: string): channel is ChannelName {
  return channel === "stdout" || channel === "stderr";
}

function listedStruct({ files, count, isFormatted, changed }: ListedLog): XmlRpcStruct {
  const listed = { files: files.map(fileStruct), formatted: isFormatted };
  if (count === null) return listed;
  const { epoch, written, start, kept } = count;
  return {
    ...listed,
    ...{ epoch, written: double(written), start: double(start), kept: double(kept) },
    ...(changed === null ? {} : { changed_ms: double(changed) }),
  };
}

function fileStruct({ index, size, changed, id, compression }: LogFileInfo): XmlRpcStruct {
  return { index, size: double(size), changed_ms: double(changed), id, compression };
}

function double(value: number): XmlRpcDouble {
  return { kind: "double", value };
}
