// `tsv fleet ui`: serves the pages until it is interrupted.

import { err, ok, type Result } from "../../core/base/result.ts";
import { bracketed } from "../../core/net/tcp-table.ts";
import { createAssets } from "../../host/files/assets.ts";
import { createHttpServer } from "../../host/http/http-server.ts";
import { claimTcpSocket } from "../../host/sockets/tcp-sockets.ts";
import { newToken } from "../../host/system/secrets.ts";
import type { Terminal } from "../../ports/terminal.ts";
import { VERSION } from "../../version.ts";
import type { Member } from "../on-host.ts";
import { HostWatch } from "./host-watch.ts";
import { FleetPages } from "./pages.ts";
import { createHandler } from "./routes.ts";

const BACKLOG = 128;

interface UiOptions {
  readonly address: { readonly host: string; readonly port: number };
  readonly answerMs: number;
  readonly parallel: number;
}

/** @param until settles when it shall end @returns an error, a clause, when the address cannot be listened at */
export async function serveUi(
  terminal: Terminal,
  members: readonly Member[],
  { address, ...limits }: UiOptions,
  until: Promise<null>,
): Promise<Result<null, string>> {
  const { host, port } = address;
  const socket = await claimTcpSocket({ host, port, backlog: BACKLOG });
  if (!socket.ok) return err(socket.error.detail);
  const watch = new HostWatch(members, limits);
  const key = newToken();
  const pages = new FleetPages(createAssets());
  const server = createHttpServer(`tsv/${VERSION}`);
  const say = (text: string): void => terminal.writeError(`${text}\n`);
  const listener = await server.listen(
    socket.value.fd,
    createHandler({ watch, members, pages, key }),
    {
      exchange: () => null,
      failure: (what, error) => say(`${what}: ${error instanceof Error ? error.message : error}`),
      certificate: (_, text) => say(text),
    },
  );
  const shown = host === "" || host === "0.0.0.0" ? "127.0.0.1" : host;
  terminal.write(`http://${bracketed(shown)}:${port}/?key=${key}\n`);
  if (!isLoopback(host))
    say("Warning: the pages are not encrypted; use ssh -L, or a proxy with TLS");
  say(
    "Open this address, and keep it secret: it permits all that the inventory does.\nCtrl-C ends it.",
  );
  await until;
  await listener.close();
  return ok(null);
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || host.startsWith("127.");
}
