// Events that nobody gets.

import type { ProcessKey } from "../../src/core/base/ids.ts";
import type { Notice } from "../../src/core/process/model.ts";
import type { ProcessRecord } from "../../src/core/supervisor/model.ts";
import type { EventsApi } from "../../src/services/events/api.ts";

export class FakeEvents implements EventsApi {
  /** Called with each notice. */
  noticed: (key: ProcessKey, notice: Notice) => void = () => {};

  processNoticed({ key }: ProcessRecord, notice: Notice): void {
    this.noticed(key, notice);
  }

  groupAdded(): void {}

  groupRemoved(): void {}

  processChanged(): void {}

  supervisorChanged(): void {}

  remoteCommunication(): void {}
}
