// Clients of a web server that ask without a pause: some open a connection for each request, others keep theirs.

import { Agent, get } from "node:http";
import { until } from "../../rig/wait.ts";

/** Clients of each kind. */
const CLIENTS = 3;

export class Load {
  answered = 0;
  /** Requests without an answer, and why. */
  readonly failures: string[] = [];
  #isOver = false;
  readonly #agents: readonly Agent[];
  readonly #clients: readonly Promise<void>[];

  constructor(port: number) {
    this.#agents = [false, true].flatMap((keepAlive) =>
      Array.from({ length: CLIENTS }, () => new Agent({ keepAlive, maxSockets: 1 })),
    );
    this.#clients = this.#agents.map((agent) => this.#client(port, agent));
  }

  /** Waits for answers to requests that are sent from now on. */
  async goesOn(): Promise<void> {
    const goal = this.answered + 60;
    await until(() => this.answered >= goal, {
      what: "answers under load",
      left: () => this.failures.join("\n"),
    });
  }

  async end(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#clients);
  }

  /** Ends it also when the test has failed: what is not answered yet fails. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    for (const agent of this.#agents) agent.destroy();
    await this.end();
  }

  async #client(port: number, agent: Agent): Promise<void> {
    while (!this.#isOver) {
      const answer = await ask(port, agent);
      this.answered += 1;
      if (!answer.startsWith("200 ")) this.failures.push(answer);
    }
  }
}

/** @returns status and body, or the code of the error */
function ask(port: number, agent: Agent): Promise<string> {
  return new Promise((resolve) => {
    const failed = (error: Error): void =>
      resolve("code" in error ? String(error.code) : error.message);
    get({ host: "127.0.0.1", port, agent }, (response) => {
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (chunk) => {
        body += String(chunk);
      });
      response.on("error", failed);
      response.on("end", () => resolve(`${response.statusCode} ${body.trim()}`));
    }).on("error", failed);
  });
}
