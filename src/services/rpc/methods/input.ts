// supervisor.* that send data: bytes to a program's stdin, an event to the event listeners.

import { ok } from "../../../core/base/result.ts";
import { type Method, method } from "../method.ts";
import { named, resolveProcess } from "../namespec.ts";
import { anything, bytes, text } from "../params.ts";

/** The methods of this area. */
export const INPUT_METHODS: readonly Method[] = [
  method({
    name: "sendProcessStdin",
    params: [text("name"), bytes("chars")],
    returns: "boolean",
    permission: "control",
    help:
      "Queues text for a program's stdin, as UTF-8; base64 goes out as its bytes. Faults: BAD_NAME, NOT_RUNNING, " +
      "NO_FILE when the program closed its stdin, FAILED when it has too much unread.",
    run({ supervisor }, [name, chars]) {
      const process = resolveProcess(supervisor, name);
      if (!process.ok) return process;
      const written = supervisor.writeStdin(process.value.key, chars);
      if (!written.ok && written.error.name === "NO_FILE") {
        return { ok: false, error: { name: "NO_FILE", detail: name } };
      }
      return named(written, name);
    },
  }),
  method({
    name: "sendRemoteCommEvent",
    params: [anything("type"), anything("data")],
    returns: "boolean",
    permission: "control",
    help: "Sends a REMOTE_COMMUNICATION event with this type and data to the event listeners that subscribed to it.",
    always: true,
    run({ supervisor }, [type, data]) {
      supervisor.remoteCommEvent(type, data);
      return ok(true);
    },
  }),
];
