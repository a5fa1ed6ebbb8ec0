// The codec of alerts: what receivers know, so that a successor does not tell them again.

import type { Incident, ReceiverState, RecentRestarts } from "../alerts/model.ts";
import { type Codec, flag, list, natural, nullable, number, oneOf, record, text } from "./codec.ts";
import { processKeyCodec } from "./supervision.ts";

const incident = record<Incident>({
  kind: oneOf("fatal", "unhealthy", "restarts", "failed"),
  key: processKeyCodec,
  reason: text,
  since: number,
  until: nullable(number),
  times: natural,
  isTold: flag,
  repeatAt: nullable(number),
});

export const receiverCodec: Codec<ReceiverState> = record<ReceiverState>({
  name: text,
  incidents: list(incident),
  restarts: list(record<RecentRestarts>({ key: processKeyCodec, at: list(number) })),
  notBefore: number,
  isSending: flag,
  failures: natural,
  failingSince: nullable(number),
  forgotten: natural,
  counts: record<ReceiverState["counts"]>({ sent: natural, failed: natural, dropped: natural }),
  last: nullable(record<NonNullable<ReceiverState["last"]>>({ ok: flag, text, at: number })),
});
