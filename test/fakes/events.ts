// Events that are only recorded, as lines.

import type { ProcessKey } from "../../src/core/base/ids.ts";
import type { GroupConfig } from "../../src/core/config/model.ts";
import type { Notice, StateChange } from "../../src/core/process/model.ts";
import type { ProcessRecord } from "../../src/core/supervisor/model.ts";
import type { EventsApi } from "../../src/services/events/api.ts";

export class FakeEvents implements EventsApi {
  readonly lines: string[] = [];
  /** Called with each notice. */
  noticed: (key: ProcessKey, notice: Notice) => void = () => {};

  groupAdded(config: GroupConfig): void {
    this.lines.push(`added ${config.name}`);
  }

  groupRemoved(name: string): void {
    this.lines.push(`removed ${name}`);
  }

  processChanged({ key }: ProcessRecord, { from, to }: StateChange): void {
    this.lines.push(`${key} ${from} -> ${to}`);
  }

  processNoticed({ key }: ProcessRecord, { about, details, text }: Notice): void {
    this.noticed(key, { about, details, text });
    this.lines.push(`${key} ${about} ${JSON.stringify(details)} ${text}`);
  }

  supervisorChanged(to: "RUNNING" | "STOPPING"): void {
    this.lines.push(`supervisor ${to}`);
  }

  remoteCommunication(type: string, data: string): void {
    this.lines.push(`remote ${type} ${data}`);
  }
}
