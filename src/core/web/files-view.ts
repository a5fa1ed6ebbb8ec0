// What the files of the configuration say of a program now, as its page shows it: each value with its place, and what `tsv apply`
// would change.

import { displayName } from "../base/ids.ts";
import type { EffectiveOption } from "../config/effective.ts";
import { type ProcessPlan, WHOLE_GROUP } from "../config/planned.ts";

/** Options of a section, changes of a plan and options of a change that are shown. */
const MOST = 200;
/** Characters of a value. */
const LONGEST = 2000;

/** @param plan of the programs of one section @param options of that section, in its files; none if it is not there */
export function filesView(plan: readonly ProcessPlan[], options: readonly EffectiveOption[]) {
  return {
    isSame: plan.length === 0,
    plan: plan.slice(0, MOST).map(planView),
    options: options.slice(0, MOST).map(({ key, value, places }) => ({
      key,
      value: cut(value),
      places: places.map(({ file, line, from }) => ({
        place: `${file}:${line}`,
        from: from === null ? "" : `[${from}]`,
      })),
    })),
  };
}

const ACTIONS: Readonly<Record<ProcessPlan["action"], string>> = {
  add: "is added",
  remove: "is stopped and removed",
  restart: "is restarted, if it runs",
  change: "is changed, and not restarted",
};

function planView({ group, name, action, isWhole, changes }: ProcessPlan) {
  return {
    label: name === WHOLE_GROUP ? `${group}:*` : displayName(group, name),
    what: `${ACTIONS[action]}${isWhole ? ", with its whole group" : ""}`,
    changes: changes.slice(0, MOST).map(({ option, before, after }) => ({
      option,
      // Both are the same for a secret.
      isHidden: before === after,
      before: cut(before),
      after: cut(after),
    })),
  };
}

function cut(text: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}
