// The dependencies of the web page, in memory: a repeater that the test drives, processes of its choice.

import { err, type Result } from "../../src/core/base/result.ts";
import { localTime } from "../../src/core/logs/calendar.ts";
import type { HostSample } from "../../src/core/usage/program-usage.ts";
import type { Asked } from "../../src/core/web/timeline.ts";
import { createAssets } from "../../src/host/files/assets.ts";
import { decompress } from "../../src/host/files/decompress.ts";
import { gzipped } from "../../src/host/files/gzip.ts";
import { createSecrets } from "../../src/host/system/secrets.ts";
import type { Repeater } from "../../src/ports/clock.ts";
import type { HttpReply } from "../../src/ports/http-server.ts";
import { Findings } from "../../src/services/findings/findings.ts";
import type { HistoryApi } from "../../src/services/history/api.ts";
import { LIVE_MS, Sampler } from "../../src/services/usage/sampler.ts";
import type { WebDeps } from "../../src/services/web/deps.ts";
import { fakeEventLog } from "./event-log.ts";
import { FakeLogs } from "./logs-api.ts";
import { fakeRpcService } from "./rpc-service.ts";
import type { FakeSupervisor } from "./supervisor-api.ts";

/** Repeats when it is told to. */
export class FakeRepeater implements Repeater {
  #act: (() => Promise<void>) | null = null;

  get isRunning(): boolean {
    return this.#act !== null;
  }

  every(_ms: number, act: () => Promise<void>): () => void {
    this.#act = act;
    return () => {
      this.#act = null;
    };
  }

  async turn(): Promise<void> {
    await this.#act?.();
  }
}

/** All of it, over a fake supervisor. */
export class WebParts {
  readonly supervisor: FakeSupervisor;
  readonly logs = new FakeLogs();
  readonly eventLog = fakeEventLog();
  readonly repeater = new FakeRepeater();
  readonly deferred: (() => void)[] = [];
  readonly usage: Sampler;
  sample: HostSample | null = null;
  asked: readonly Asked[] = [];
  history: HistoryApi | null = null;
  /** What tsv doctor prints. */
  diagnosis: Result<string, string> = err("not here");

  constructor(supervisor: FakeSupervisor) {
    this.supervisor = supervisor;
    const { repeater } = this;
    const stats = { sample: async () => this.sample };
    this.usage = new Sampler({ supervisor, repeater, stats, intervalMs: LIVE_MS });
  }

  /** Runs what was put off. */
  settle(): void {
    for (const run of this.deferred.splice(0)) run();
  }

  deps(): WebDeps {
    const { supervisor, logs, eventLog, usage } = this;
    const now = () => ({ mono: 5000, wall: 1795248000000 });
    const rpc = fakeRpcService({ supervisor, logs, now });
    return {
      supervisor,
      logs,
      eventLog,
      usage,
      history: this.history,
      findings: new Findings({ runDoctor: async () => this.diagnosis, now }),
      asked: () => this.asked,
      callAs: rpc.callBuiltIn,
      turns: rpc.turns,
      assets: createAssets(),
      ...{ compress: gzipped, decompress },
      secrets: createSecrets(),
      now,
      localTime: (wallMs) => localTime(wallMs, 0),
      defer: (run) => void this.deferred.push(run),
      hostName: "shop",
      version: "1.2.3",
    };
  }
}

/** Reads an event stream as its page does: the name and the data of each event. */
export function readEvents(reply: HttpReply) {
  if (reply.kind !== "stream") throw new Error("no stream");
  const told: (readonly [event: string, data: unknown])[] = [];
  reply.open({
    write(...parts) {
      const text = Buffer.concat(parts).toString();
      if (text === "") return;
      const [, event, data] = /^event: ([\w-]+)\ndata: (.*)\n\n$/.exec(text) ?? [];
      if (event === undefined || data === undefined) throw new Error(`no event: ${text}`);
      told.push([event, JSON.parse(data)]);
    },
    end() {},
  });
  return { told, leave: () => reply.closed() };
}
