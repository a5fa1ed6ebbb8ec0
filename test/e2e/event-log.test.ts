// The event log as a client reads it: resumed after a pause, over a reload of the configuration, and over upgrades.

import assert from "node:assert/strict";
import { RawEventSource, type ServerEvent } from "./rig/event-source.ts";
import { TSV } from "./rig/places.ts";
import { e2e } from "./rig/rig.ts";
import { UpgradeHost } from "./upgrade/host.ts";
import { withoutNext } from "./upgrade/versions.ts";

const PROGRAMS = `
[program:slow]
command=sleep 1000
startsecs=0
`;

interface Entry {
  readonly seq: number;
  readonly kind: string;
  readonly to?: string;
}

e2e(
  "a reader of the event log gets each event once, in order, over upgrades and a reload",
  withoutNext(),
  async (rig, t) => {
    const host = new UpgradeHost(rig);
    host.takeTurns();
    const daemon = await host.start(PROGRAMS);
    const entries: Entry[] = [];
    const marks: string[] = [];
    const take = ({ event, data }: ServerEvent): void => {
      if (event === "begin" || event === "reset") marks.push(event);
      else entries.push(JSON.parse(data) as Entry);
    };
    const source = new RawEventSource(daemon.endpoint, "/events/log", take);
    t.after(() => source.close());
    await source.until(() => marks[0], "the beginning");
    const runs = (): number => entries.filter(({ kind }) => kind === "executes").length;
    const again = async (act: () => Promise<unknown>): Promise<void> => {
      const before = runs();
      await act();
      await source.until(() => (runs() > before ? true : undefined), "another run");
    };
    await again(() => daemon.ask("restart"));
    for (let i = 0; i < 3; i++) {
      await host.replaced();
      host.turn();
      await again(() => rig.command([TSV, "restart", "-c", rig.path("d.conf"), "slow"]));
    }
    await again(() => daemon.ask("restart"));
    assert.ok(
      marks.slice(1).every((mark) => mark === "begin"),
      marks.join(" "),
    );
    const [{ seq: first } = { seq: 0 }] = entries;
    assert.deepEqual(
      entries.map(({ seq }) => seq),
      entries.map((_, i) => first + i),
    );
    assert.ok(entries.some(({ kind }) => kind === "stopping"));
  },
);
