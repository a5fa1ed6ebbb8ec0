// tsv.*: methods that Supervisor lacks. The receivers of alerts.

import type { Shape } from "../../../core/api/signature.ts";
import { err, ok } from "../../../core/base/result.ts";
import { fault } from "../../../core/xmlrpc/faults.ts";
import { double, int32 } from "../../../core/xmlrpc/value.ts";
import type { ReceiverView } from "../../alerts/api.ts";
import { type Method, method } from "../method.ts";
import { text } from "../params.ts";

const RECEIVER = {
  ...{ name: "string", target: "string", sent: "int", failed: "int", dropped: "int" },
  ...{ waiting: "int", lasting: "int" },
  ...{ last_ok: "boolean", last_text: "string", last_at_ms: "double" },
  failing_since_ms: "double",
} as const satisfies Shape;
const TESTED = { ok: "boolean", text: "string" } as const satisfies Shape;

/** The methods of this area. They tell of all programs, and of commands. */
export const ALERT_METHODS: readonly Method[] = [
  method("getReceivers", [], [RECEIVER], "configure", {
    help:
      "The receivers of alerts, sections [notify:x], in the order of the configuration: name, target (where messages go, " +
      "without secrets), sent (messages), failed (attempts), dropped (alerts that were forgotten because too many " +
      "waited), waiting (alerts that are to be sent), lasting (what is wrong now), and of the last message last_ok, " +
      "last_text (status 200; why it failed) and last_at_ms (since 1970, a double; 0 if there was none), and " +
      "failing_since_ms (the first of the messages that failed in a row; 0 if the last one did not).",
    always: true,
    run: ({ alerts }) => ok(alerts.receivers().map(receiverStruct)),
  }),
  method("testReceiver", [text("name")], TESTED, "configure", {
    help:
      "Sends a message to a receiver of alerts and waits for what comes of it, at most as long as its timeout. Returns a " +
      "struct of ok and text (status 200; why it failed). Faults: BAD_NAME, FAILED when too many tests are in progress.",
    async run({ alerts }, [name]) {
      if (!alerts.receivers().some((one) => one.name === name)) {
        return err(fault("BAD_NAME", name));
      }
      const tested = await alerts.test(name);
      return tested.ok ? ok({ ...tested.value }) : err(fault("FAILED", tested.error));
    },
  }),
];

function receiverStruct(receiver: ReceiverView) {
  const { name, target, counts, waiting, lasting, last, failingSince } = receiver;
  const { sent, failed, dropped } = counts;
  return {
    ...{ name, target, sent: int32(sent), failed: int32(failed), dropped: int32(dropped) },
    ...{ waiting, lasting, last_ok: last?.ok ?? false, last_text: last?.text ?? "" },
    ...{ last_at_ms: double(last?.at ?? 0), failing_since_ms: double(failingSince ?? 0) },
  };
}
