// How long getAllProcessInfo and getProcessInfo take with N programs: over a new connection each, as supervisorctl does
// it, and over one that is kept, as monitoring does it.

import { sleepers } from "./harness/config.ts";
import { type Bench, withPair } from "./harness/daemon.ts";
import { compare, inTurn, type Report, timed } from "./harness/report.ts";
import { callOnce, type Param, RpcConnection } from "./harness/rpc.ts";
import { describeSeries, median } from "./harness/statistics.ts";

interface Request {
  readonly method: string;
  readonly params: readonly Param[];
  readonly runs: number;
  readonly target: number;
}

const REQUESTS: readonly Request[] = [
  { method: "supervisor.getAllProcessInfo", params: [], runs: 7, target: 0.02 },
  { method: "supervisor.getProcessInfo", params: ["p0000"], runs: 60, target: 0.1 },
];

export async function measureProcessInfo(bench: Bench): Promise<Report> {
  return await withPair(bench, sleepers(bench.programs), async (pair) => {
    const kept = {
      supervisor: new RpcConnection(pair.supervisor.socketPath),
      tsv: new RpcConnection(pair.tsv.socketPath),
    };
    const rows = [];
    const notes = [];
    for (const { method, params, runs, target } of REQUESTS) {
      const name = `${method.slice("supervisor.".length)}, ${bench.programs} programs`;
      const ways = {
        "new connection": await inTurn(runs, (kind) =>
          timed(() => callOnce(pair[kind].socketPath, method, params)),
        ),
        "kept connection": await inTurn(runs, (kind) =>
          timed(() => kept[kind].call(method, params)),
        ),
      };
      for (const [way, series] of Object.entries(ways)) {
        const values = { supervisor: median(series.supervisor), tsv: median(series.tsv) };
        rows.push(compare({ what: `${name}, ${way}`, values, unit: "ms", atMost: target }));
        notes.push(
          `${name}, ${way}: Supervisor ${describeSeries(series.supervisor, "ms")}; tsv ${describeSeries(series.tsv, "ms")}`,
        );
      }
      bench.progress(`${method} is done`);
    }
    kept.supervisor.close();
    kept.tsv.close();
    return { rows, notes };
  });
}
