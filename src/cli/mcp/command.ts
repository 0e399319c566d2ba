import { command } from "../command.ts";
import { dbFlag } from "../flags.ts";
import type { McpOptions } from "./stdio.ts";

interface Flags {
  readonly allowWrite?: boolean;
  readonly db?: string;
}

export const allowWriteFlag = {
  allowWrite: {
    kind: "boolean",
    optional: true,
    withNegated: false,
    brief: "MCP clients may also run tasks, send signals, approve calls, and cancel, hold and resume runs",
  },
} as const;

export const mcpCommand = command<Flags>({
  brief: "Answer an MCP client on stdin and stdout",
  description:
    "Answer an MCP client on stdin and stdout: put `tasker mcp` into its configuration. It reads tasks, runs, " +
    "records and logs, and changes nothing unless --allow-write is given. A running `tasker serve` answers the same at /mcp.",
  flags: { ...allowWriteFlag, ...dbFlag },
  load: async () => {
    const { run } = await import("./stdio.ts");
    return (context, flags) => {
      const options: McpOptions = { database: context.databasePath(flags.db), allowWrite: flags.allowWrite ?? false };
      return run(options, context);
    };
  },
});
