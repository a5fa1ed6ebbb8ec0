// Values of options of receivers of alerts.

import { pyRepr } from "../base/py-repr.ts";
import { err, ok, type Result } from "../base/result.ts";
import { strip } from "./py-text.ts";
import { ALERT_KINDS, type AlertKind, type HoursValue } from "./value-types.ts";

/** Addresses of one receiver. */
const MOST_ADDRESSES = 20;
/** As sendmail(8) takes it behind `--`: a user of this host, or one of another. No header can begin in it. */
const ADDRESS = /^[A-Za-z0-9_][\w.+=%/-]{0,99}(?:@[A-Za-z0-9][A-Za-z0-9.-]{0,199})?$/;

function itemsOf(text: string): readonly string[] {
  return text
    .split(",")
    .map(strip)
    .filter((item) => item !== "");
}

/** `fatal, unhealthy` */
export function parseAlertKinds(text: string): Result<readonly AlertKind[], string> {
  const kinds = new Set<AlertKind>();
  for (const item of itemsOf(text)) {
    const kind = ALERT_KINDS.find((each) => each === item.toLowerCase());
    if (kind === undefined) {
      return err(`not a kind of alert: ${pyRepr(item)}: write ${ALERT_KINDS.join(", ")}`);
    }
    kinds.add(kind);
  }
  return kinds.size > 0 ? ok([...kinds]) : err(`names no kind: write ${ALERT_KINDS.join(", ")}`);
}

/** `22:00-07:00` */
export function parseHours(text: string): Result<HoursValue, string> {
  const [, ...parts] = /^(\d\d?):(\d\d)\s*-\s*(\d\d?):(\d\d)$/.exec(strip(text)) ?? [];
  const [fromHour = 99, fromMinute = 0, toHour = 99, toMinute = 0] = parts.map(Number);
  const isTime = Math.max(fromHour, toHour) < 24 && Math.max(fromMinute, toMinute) < 60;
  const hours = { from: fromHour * 60 + fromMinute, to: toHour * 60 + toMinute };
  if (!isTime) return err(`not a part of a day: ${pyRepr(text)}: write 22:00-07:00`);
  return hours.from === hours.to
    ? err(`${text} is the whole day: nothing would ever be sent`)
    : ok(hours);
}

/** As a file would have it. */
export function hoursText({ from, to }: HoursValue): string {
  const text = (minutes: number): string =>
    [Math.floor(minutes / 60), minutes % 60].map((part) => String(part).padStart(2, "0")).join(":");
  return `${text(from)}-${text(to)}`;
}

/** `ops@example.com, root` */
export function parseMailAddresses(text: string): Result<readonly string[], string> {
  const addresses = itemsOf(text);
  const bad = addresses.find((address) => !ADDRESS.test(address));
  if (bad !== undefined) {
    return err(`not an address: ${pyRepr(bad)}: write user@example.com or a user of this host`);
  }
  if (addresses.length === 0) return err("names no address: write user@example.com");
  if (addresses.length <= MOST_ADDRESSES) return ok(addresses);
  return err(`at most ${MOST_ADDRESSES} addresses, not ${addresses.length}`);
}
