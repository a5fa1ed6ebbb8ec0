// The codec of alerts: what receivers know, so that a successor does not tell them again.

import type { ReceiverState, RecentRestarts, Trouble } from "../alerts/model.ts";
import { type Codec, flag, list, natural, nullable, number, oneOf, record, text } from "./codec.ts";
import { processKeyCodec } from "./supervision.ts";

const trouble = record<Trouble>({
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
  troubles: list(trouble),
  restarts: list(record<RecentRestarts>({ key: processKeyCodec, at: list(number) })),
  notBefore: number,
  isSending: flag,
  failures: natural,
  forgotten: natural,
  counts: record<ReceiverState["counts"]>({ sent: natural, failed: natural, dropped: natural }),
  last: nullable(record<NonNullable<ReceiverState["last"]>>({ ok: flag, text, at: number })),
});
