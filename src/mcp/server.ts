// The Model Context Protocol on standard input and output, by its official SDK. Only this file knows the SDK.

import { Server } from "@modelcontextprotocol/sdk/server/index.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import { CallToolRequestSchema, ListToolsRequestSchema } from "@modelcontextprotocol/sdk/types.js";
import type { Tool } from "./tools.ts";

interface ToolServer {
  readonly version: string;
  /** What an assistant is told about all tools. */
  readonly instructions: string;
  readonly list: () => Promise<readonly Tool[]>;
  /** Errors are answers too. */
  readonly call: (
    name: string,
    given: unknown,
  ) => Promise<{ readonly text: string; readonly isError: boolean }>;
}

/** Serves tools until standard input ends. */
export async function serveTools({ version, instructions, list, call }: ToolServer): Promise<void> {
  const capabilities = { tools: {} };
  const server = new Server({ name: "tsv", version }, { capabilities, instructions });
  server.setRequestHandler(ListToolsRequestSchema, async () => ({ tools: [...(await list())] }));
  server.setRequestHandler(CallToolRequestSchema, async ({ params }) => {
    const { text, isError } = await call(params.name, params.arguments ?? {});
    return { content: [{ type: "text" as const, text }], isError };
  });
  const ended = new Promise<void>((resolve) => {
    process.stdin.once("end", resolve);
    process.stdin.once("close", resolve);
    // The client is gone.
    process.stdout.once("error", () => resolve());
  });
  await server.connect(new StdioServerTransport());
  await ended;
  await server.close();
}
