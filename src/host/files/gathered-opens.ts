// Opens many logs of one file system in one job of the thread pool: a thousand starting programs have two thousand logs, mostly
// in one directory, and threads that create files there would wait for each other, spinning.
//
//   none under way ──open──► opened at once ──opens meanwhile──► waiting ──answer, or none for LATE_MS──► opened together

import type { LaneName } from "../../core/base/lanes.ts";
import { err, type Result } from "../../core/base/result.ts";
import type { Errno } from "../../ports/log-files.ts";
import { type OpenedLog, type OpenWay, openLogs } from "./guarded-log.ts";
import { inLaneWithRoom, type LastName, laneOfPath } from "./lanes.ts";

/** Most files in one job, so that no caller waits long on a slow disk. */
const MOST_OPENS = 32;
/** A job that takes longer may wait for one file; waiting files are then opened in another job. */
const LATE_MS = 100;

interface Order {
  readonly path: string;
  readonly settle: (opened: Result<OpenedLog, Errno>) => void;
}

/** Files to open with the same flags in one lane. */
interface Gathering {
  readonly name: string;
  readonly lane: LaneName;
  readonly way: OpenWay;
  readonly waiting: Order[];
  /** Jobs under way that are not late. */
  jobs: number;
}

/** Only gatherings with jobs or orders. */
const gatherings = new Map<string, Gathering>();

/** Opens a log, together with others if possible. "EBUSY" if too many operations wait for its file system. */
export async function openGathered(
  path: string,
  way: OpenWay,
  lastName: LastName,
): Promise<Result<OpenedLog, Errno>> {
  if (path.includes("\0")) return err("EINVAL");
  const lane = await laneOfPath(path, lastName);
  return new Promise((settle) => {
    const gathering = gatheringOf(lane, way);
    gathering.waiting.push({ path, settle });
    if (gathering.jobs === 0) openNext(gathering);
  });
}

function gatheringOf(lane: LaneName, way: OpenWay): Gathering {
  const name = `${lane} ${way.flags} ${way.mode} ${way.isLocked}`;
  const known = gatherings.get(name);
  if (known !== undefined) return known;
  const gathering = { name, lane, way, waiting: [], jobs: 0 };
  gatherings.set(name, gathering);
  return gathering;
}

function openNext(gathering: Gathering): void {
  const orders = gathering.waiting.splice(0, MOST_OPENS);
  if (orders.length === 0) {
    if (gathering.jobs === 0) gatherings.delete(gathering.name);
    return;
  }
  gathering.jobs += 1;
  let isPast = false;
  const past = (): void => {
    if (isPast) return;
    isPast = true;
    clearTimeout(timer);
    gathering.jobs -= 1;
    openNext(gathering);
  };
  const timer = setTimeout(past, LATE_MS);
  const job = inLaneWithRoom(gathering.lane, () => openAll(orders, gathering.way));
  if (job !== null) {
    void job.finally(past);
    return;
  }
  for (const { settle } of orders) settle(err("EBUSY"));
  past();
}

async function openAll(orders: readonly Order[], way: OpenWay): Promise<void> {
  const paths = orders.map(({ path }) => path);
  const opened = await openLogs(paths, way);
  for (const [index, { settle }] of orders.entries()) settle(opened[index] ?? err("ENOMEM"));
}
