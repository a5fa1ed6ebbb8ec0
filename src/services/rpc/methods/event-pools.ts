// tsv.*: methods that Supervisor lacks. The outcomes of the events of each pool of event listeners.

import { ok } from "../../../core/base/result.ts";
import type { ListenerView, PoolView } from "../../events/api.ts";
import { type Method, method } from "../method.ts";

/** The methods of this area. */
export const EVENT_METHODS: readonly Method[] = [
  method({
    name: "getEventPools",
    params: [],
    returns: "array",
    permission: "read",
    help:
      "For each pool of event listeners: how many events it accepted, and how many of them were processed, are " +
      "waiting, or were dropped because its buffer was full; how often one was rejected and sent again; and what each " +
      "listener is doing. serial is the event that a listener is handling, -1 for none.",
    always: true,
    run: ({ events }) => ok((events?.pools() ?? []).map(poolStruct)),
  }),
];

function poolStruct({ name, bufferSize, waiting, counts, listeners }: PoolView) {
  const { accepted, processed, rejected, dropped } = counts;
  return {
    ...{ name, buffer_size: bufferSize, waiting },
    ...{ accepted, processed, rejected, dropped },
    listeners: listeners.map(listenerStruct),
  };
}

function listenerStruct({ key, state, serial, failures }: ListenerView) {
  return { name: key, state, serial: serial ?? -1, failures };
}
