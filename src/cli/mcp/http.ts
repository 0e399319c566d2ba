import { createMcpHandler } from "@modelcontextprotocol/server";
import type { Door } from "./door.ts";
import { mcpServer } from "./server.ts";

/** Answers MCP over HTTP; who may ask is decided before. */
export function mcpOverHttp(door: Door): (request: Request) => Promise<Response> {
  const handler = createMcpHandler(() => mcpServer(door));
  return (request) => handler.fetch(request);
}
