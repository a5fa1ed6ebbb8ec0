// A receiver of alerts by HTTP.

import { createServer, type IncomingMessage } from "node:http";
import type { TestContext } from "node:test";
import { until } from "../../rig/wait.ts";
import type { Rig } from "./rig.ts";

interface Alert {
  readonly kind: string;
  readonly state: string;
  readonly program: string;
}

interface Received {
  readonly headers: IncomingMessage["headers"];
  readonly path: string;
  readonly body: string;
}

export class AlertHook {
  readonly received: Received[] = [];
  /** The statuses of its next answers; 200 then. */
  readonly statuses: number[] = [];
  readonly url: string;

  private constructor(port: number) {
    this.url = `http://127.0.0.1:${port}`;
  }

  static async listen(rig: Rig, t: TestContext): Promise<AlertHook> {
    const port = await rig.findPort();
    const hook = new AlertHook(port);
    const server = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on("data", (part: Buffer) => parts.push(part));
      request.on("end", () => {
        const { headers, url: path = "" } = request;
        hook.received.push({ headers, path, body: Buffer.concat(parts).toString() });
        response.statusCode = hook.statuses.shift() ?? 200;
        response.end();
      });
    });
    await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
    t.after(() => server.close());
    return hook;
  }

  /** What it was told with format=json: `fatal new web`. */
  get alerts(): readonly string[] {
    return this.received.flatMap(({ body }) =>
      (JSON.parse(body) as { alerts: readonly Alert[] }).alerts.map(
        ({ kind, state, program }) => `${kind} ${state} ${program}`,
      ),
    );
  }

  async has(alert: string): Promise<void> {
    await until(() => this.alerts.includes(alert), {
      what: `the alert ${alert}`,
      left: () => this.alerts.join(", "),
      timeoutMs: 90_000,
    });
  }
}

/** Programs that fail until the files `up` and `well` exist. */
export const FAILING = `
[program:web]
command=sh -c 'test -e %(here)s/up && exec sleep 1000; exit 3'
startretries=0
startsecs=1
[program:job]
command=sh -c 'exit 4'
type=oneshot
autorestart=false
autostart=false
[program:once]
command=sh -c 'sleep 0.1; exit 5'
startsecs=0
autorestart=false
autostart=false
[program:sick]
command=sleep 1000
startsecs=0
health_check=exec:test -e %(here)s/well
health_interval=1s
health_retries=1
health_start_period=0s
health_action=report
`;
