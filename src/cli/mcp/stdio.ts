import process from "node:process";
import { serveStdio } from "@modelcontextprotocol/server/stdio";
import type { Context } from "../context.ts";
import { EXIT, type ExitCode } from "../exit_codes.ts";
import { Interrupts } from "../interrupts.ts";
import { note } from "../output/errors.ts";
import { Session } from "../session.ts";
import { version } from "../version.ts";
import { ownerOf } from "../idle.ts";
import { mcpServer } from "./server.ts";

export interface McpOptions {
  readonly database: string;
  readonly allowWrite: boolean;
}

/** Speaks MCP on stdin and stdout until the client goes. Runs that are unfinished then go on with the next owner. */
export async function run({ database, allowWrite }: McpOptions, context: Context): Promise<ExitCode> {
  const interrupts = new Interrupts();
  const session = new Session(context, { database, owner: {}, note: (text) => note(context.terminal, text) });
  // Made when it is not there: an MCP client may be the first to ask.
  const store = await context.openStore(database);
  const door = {
    version,
    allowWrite,
    now: () => context.now(),
    reading: async <T>(work: (of: typeof store) => T | Promise<T>) => await work(store),
    owner: async () => session.owner?.client ?? await ownerOf(context, database),
    ask: session.ask.bind(session),
  };
  const gone = new Promise<void>((resolve) => {
    for (const event of ["end", "close", "error"]) process.stdin.once(event, () => resolve());
  });
  const serving = serveStdio(() => mcpServer(door), {
    onerror: (error) => note(context.terminal, `MCP: ${error.message}`),
  });
  try {
    await Promise.race([gone, interrupts.next()]);
    return EXIT.ok;
  } finally {
    interrupts.next().then(() => Deno.exit(EXIT.ok));
    await serving.close().catch(() => {/* the client has gone */});
    await session.stop();
    store.close();
  }
}
