// Programs for tests of `tsv top`.

import type { TopProgram, TopState } from "../../../../src/ctl/top/model.ts";
import { initialState } from "../../../../src/ctl/top/model.ts";

export function program(name: string, others: Partial<TopProgram> = {}): TopProgram {
  return {
    ...{ key: `${name}:${name}`, name, state: "RUNNING", tone: "good", description: "pid 7" },
    ...{ cpu: 1.25, memory: 12 * 1024 * 1024, restarts: 0, health: "", up: 3600, chart: [] },
    ...others,
  };
}

export function stateWith(
  programs: readonly TopProgram[],
  others: Partial<TopState> = {},
): TopState {
  return { ...initialState({ columns: 80, rows: 24 }, "_.-:=+*#"), programs, ...others };
}
