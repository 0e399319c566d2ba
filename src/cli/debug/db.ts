import type { FrameView, RunView } from "../../server/api.ts";
import { command, type Run } from "../command.ts";
import type { Context } from "../context.ts";
import { EXIT, type ExitCode } from "../exit_codes.ts";
import { dbFlag, jsonFlag, parseAtLeastOne } from "../flags.ts";
import { formatBytes, formatCount } from "../output/numbers.ts";
import { renderTable } from "../output/table.ts";
import { styled } from "../output/terminal.ts";
import { formatDateTime, zone } from "../output/times.ts";
import { type PresentOwner, presentOwner } from "../present_owner.ts";
import { printJson, readingRuns } from "../reading.ts";

export interface DebugDbOptions {
  readonly database: string;
  readonly limit: number;
  readonly json: boolean;
}

interface Flags {
  readonly limit?: number;
  readonly json?: boolean;
  readonly db?: string;
}

export const debugDbCommand = command<Flags>({
  brief: "Tables, counts, newest runs and frames, size, owner, integrity check",
  flags: {
    limit: {
      kind: "parsed",
      parse: parseAtLeastOne,
      optional: true,
      placeholder: "n",
      brief: "Runs and frames shown [default: 10]",
    },
    ...jsonFlag,
    ...dbFlag,
  },
  load: () => Promise.resolve(parse),
});

const parse: Run<Flags> = (context, flags) =>
  run({ database: context.databasePath(flags.db), limit: flags.limit ?? 10, json: flags.json ?? false }, context);

/** As `--json` prints it. */
interface DatabaseView {
  readonly path: string;
  /** Bytes. */
  readonly files: { readonly database: number; readonly wal: number };
  readonly owner: PresentOwner | null;
  readonly tables: readonly { readonly table: string; readonly rows: number }[];
  readonly runs: readonly RunView[];
  readonly frames: readonly FrameView[];
  readonly integrity: readonly string[];
}

export async function run(options: DebugDbOptions, context: Context): Promise<ExitCode> {
  const view = await gather(options, context);
  const isSound = view.integrity.length === 1 && view.integrity[0] === "ok";
  if (options.json) printJson(context, view);
  else print(view, context, isSound);
  return isSound ? EXIT.ok : EXIT.database;
}

async function gather(options: DebugDbOptions, context: Context): Promise<DatabaseView> {
  const { database, limit } = options;
  const { runView, frameView } = await import("../../server/views.ts");
  const { integrityCheck, newestFrames, tableCounts } = await import("../../store/inspect.ts");
  return await readingRuns(context, database, async (store) => ({
    path: database,
    files: { database: await sizeOf(database), wal: await sizeOf(`${database}-wal`) },
    owner: store.runFile === undefined ? await presentOwner(context, database, store.owner.read()) : null,
    tables: tableCounts(store),
    runs: store.taskRuns.newest({ limit }).map((run) => runView(store, run)),
    frames: newestFrames(store, limit).map(({ run, seq }) =>
      frameView(store, store.taskRuns.get(run)!, store.stackRuns.bySeq(run, seq)!)
    ),
    integrity: integrityCheck(store),
  }));
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await Deno.stat(path)).size;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return 0;
    throw error;
  }
}

function print(view: DatabaseView, context: Context, isSound: boolean): void {
  const { terminal } = context;
  const bold = (text: string) => styled(terminal.color.out, "bold", text);
  const table = (columns: readonly string[], rows: readonly (readonly string[])[]) =>
    renderTable(columns.map((title, index) => ({ title, shrink: index === columns.length - 1 })), rows, {
      width: terminal.isTerminal.out ? terminal.width() : 0,
      head: bold,
    });
  const { owner, files } = view;
  const who = owner === null
    ? "nobody at the moment"
    : `process ${owner.pid}${owner.url === null ? "" : ` at ${owner.url}`}, since ${formatDateTime(owner.since)}${
      owner.answers ? "" : styled(terminal.color.out, "red", " (does not answer: frozen?)")
    }`;
  terminal.out(
    `${bold("database")}   ${view.path}\n${bold("size")}       ${formatBytes(files.database)}, and ${
      formatBytes(files.wal)
    } in the write-ahead log\n` +
      `${bold("owner")}      ${who}\n${bold("integrity")}  ${
        isSound ? "ok" : styled(terminal.color.out, "red", view.integrity.join("; "))
      }\n\n`,
  );
  terminal.out(table(["TABLE", "ROWS"], view.tables.map(({ table, rows }) => [table, formatCount(rows)])));
  if (view.runs.length > 0) {
    const rows = view.runs.map((
      run,
    ) => [run.id, run.taskName, run.status, formatDateTime(run.createdAt), run.error?.message ?? ""]);
    terminal.out(`\n${table(["NEWEST RUNS", "TASK", "STATUS", `CREATED (${zone()})`, "ERROR"], rows)}`);
  }
  if (view.frames.length > 0) {
    const rows = view.frames.map((
      frame,
    ) => [
      frame.id,
      `${frame.service}.${frame.method}`,
      frame.status,
      String(frame.attempt),
      frame.error?.message ?? "",
    ]);
    terminal.out(`\n${table(["NEWEST FRAMES", "CALL", "STATUS", "ATTEMPT", "ERROR"], rows)}`);
  }
}
