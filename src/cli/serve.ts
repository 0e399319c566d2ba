import { TaskerError } from "../core/errors.ts";
import type { Owner } from "../server/owner.ts";
import { command, type Run } from "./command.ts";
import type { Context } from "./context.ts";
import { EXIT, type ExitCode } from "./exit_codes.ts";
import { dbFlag, DEFAULT_CONCURRENCY, jsonFlag, type OwnerFlags, ownerFlags } from "./flags.ts";
import { Interrupts } from "./interrupts.ts";
import { allowWriteFlag } from "./mcp/command.ts";
import { note } from "./output/errors.ts";
import { plural } from "./output/numbers.ts";
import { reading } from "./reading.ts";
import { version } from "./version.ts";

export interface ServeOptions {
  readonly database: string;
  readonly owner: OwnerFlags;
  readonly json: boolean;
  /** Whether MCP clients may change anything. */
  readonly allowWrite: boolean;
}

type Flags = OwnerFlags & { json?: boolean; db?: string; allowWrite?: boolean };

export const serveCommand = command<Flags>({
  brief: "Work on the runs of a database until stopped",
  description:
    "Work on the runs of a database until stopped. `tasker run` in another terminal then uses this process, " +
    "and MCP clients are answered at /mcp.",
  flags: { ...ownerFlags, ...allowWriteFlag, ...jsonFlag, ...dbFlag },
  load: () => Promise.resolve(parse),
});

const parse: Run<Flags> = (context, flags) =>
  run({
    database: context.databasePath(flags.db),
    owner: flags,
    json: flags.json ?? false,
    allowWrite: flags.allowWrite ?? false,
  }, context);

export async function run(options: ServeOptions, context: Context): Promise<ExitCode> {
  const { database, owner: flags } = options;
  const interrupts = new Interrupts();
  try {
    const owner: Owner | undefined = await context.becomeOwner({
      databasePath: database,
      port: flags.port ?? 0,
      concurrency: flags.concurrency ?? DEFAULT_CONCURRENCY,
      quotaProfile: flags.quotaProfile ?? "new",
      mcp: answerMcp({ ...options, owner: () => owner! }, context),
    });
    if (owner === undefined) throw await owned(database, context);
    try {
      if (options.json) {
        context.terminal.out(`${JSON.stringify({ url: owner.url, port: owner.port, pid: Deno.pid, database })}\n`);
      } else note(context.terminal, `serving ${database} at ${owner.url} (process ${Deno.pid}); Ctrl-C stops`);
      const interrupt = await Promise.race([interrupts.next(), owner.failed.then((error) => Promise.reject(error))]);
      interrupts.next().then(() => Deno.exit(EXIT.ok));
      const active = owner.activeRuns();
      note(
        context.terminal,
        `${interrupt}: stopping${
          active > 0 ? `; ${plural(active, "run")} will go on when a tasker process next owns the database` : ""
        }`,
      );
      return EXIT.ok;
    } finally {
      await owner.stop();
    }
  } finally {
    interrupts.dispose();
  }
}

/** Answers MCP clients that have this server's token; what that takes is loaded for the first one. */
function answerMcp(options: ServeOptions & { owner: () => Owner }, context: Context) {
  const { database, allowWrite, owner } = options;
  let answering: Promise<(request: Request) => Promise<Response>> | undefined;
  const load = async () => {
    const { mcpOverHttp } = await import("./mcp/http.ts");
    return mcpOverHttp({
      version,
      allowWrite,
      now: () => context.now(),
      reading: (work) => reading(context, database, work),
      owner: () => Promise.resolve(owner().client),
      ask: (request) => request(owner().client),
    });
  };
  return async (request: Request) => (await (answering ??= load()))(request);
}

async function owned(database: string, context: Context): Promise<TaskerError> {
  const address = await context.readAddress(database);
  const who = address === undefined ? "another tasker process" : `the tasker process ${address.pid} (${address.url})`;
  return new TaskerError("NOT_OWNER", `${who} owns ${database} already`, {
    hint: "it does the work; `tasker run` uses it by itself",
  });
}
