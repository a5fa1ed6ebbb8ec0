// `tsv status --watch`: the lines of status on the whole screen, drawn again when something changes.

import type { CommandContext } from "../context.ts";
import { Feed } from "../live/feed.ts";
import type { Key } from "../live/keys.ts";
import { plain, type ScreenLine } from "../live/lines.ts";
import { LivePrograms } from "../live/programs.ts";
import { canDraw, inWindow, type Window } from "../live/window.ts";
import type { Item } from "../report.ts";
import { needsAttention, statusItems } from "./own-status.ts";
import { askStatus } from "./status.ts";

const LEAVES: readonly Key[] = ["q", "ctrl-c", "escape", "ctrl-d"];

/** Shows the programs of these names, or all, until the user leaves. @param isFailed only those that need attention */
export async function watchStatus(
  outer: CommandContext,
  names: readonly string[],
  isFailed: boolean,
  term: string | undefined,
): Promise<void> {
  if (!(await canDraw(outer, "status --watch", term))) return;
  // Names that do not exist, and a daemon that does not run, are reported as status does.
  const asked = await askStatus(outer, names);
  if (asked === null) return;
  if (asked.errors.length > 0) return outer.report.items(asked.errors);
  outer.exitStatus = 0;
  const context = outer.fork();
  const programs = new LivePrograms(context.client, names);
  let window: Window | null = null;
  const draw = (): void => {
    if (window === null) return;
    const { rows, columns } = window.size();
    const shown = programs.rows.filter((row) => {
      return (
        !isFailed ||
        needsAttention(row, programs.known.runs.get(`${row.group}:${row.name}`) ?? null)
      );
    });
    const items = statusItems(shown, programs.known, columns);
    const total = `${shown.length} ${shown.length === 1 ? "program" : "programs"}`;
    window.draw(watchLines(items, programs.problem ?? total, programs.problem !== null, rows));
  };
  const feed = new Feed(context, async (hasNews) => {
    const isUp = await programs.look(hasNews);
    draw();
    return isUp;
  });
  const pressed = (keys: readonly Key[]): void => {
    if (keys.some((key) => LEAVES.includes(key))) feed.end();
  };
  await inWindow(context, { pressed, resized: draw }, async (opened) => {
    window = opened;
    await feed.run();
  });
  context.client.close();
}

/** The lines of a screen. @param head what is said above the programs @param rows of the screen. Pure. */
export function watchLines(
  items: readonly Item[],
  head: string,
  isProblem: boolean,
  rows: number,
): readonly ScreenLine[] {
  const first: ScreenLine = [
    ["tsv status: ", "plain"],
    [isProblem ? `${head}; trying again` : head, isProblem ? "bad" : "strong"],
    [", q leaves", "plain"],
  ];
  const lines = items.flatMap(linesOf);
  const room = Math.max(0, rows - 1);
  if (lines.length <= room) return [first, ...lines];
  const kept = lines.slice(0, Math.max(0, room - 1));
  const more = `... ${lines.length - kept.length} more lines: name programs, or use tsv top`;
  return [first, ...kept, plain(more)].slice(0, rows);
}

/** An item has several lines where its description is long. */
function linesOf({ line, mark }: Item): readonly ScreenLine[] {
  const [first = "", ...others] = line.split("\n");
  const below = others.map(plain);
  if (mark === undefined) return [plain(first), ...below];
  const { from, to, tone } = mark;
  const marked: ScreenLine = [
    [first.slice(0, from), "plain"],
    [first.slice(from, to), tone],
    [first.slice(to), "plain"],
  ];
  return [marked, ...below];
}
