import type { ScheduleView } from "../../server/api.ts";
import { command, type Run } from "../command.ts";
import type { Context } from "../context.ts";
import { EXIT, type ExitCode } from "../exit_codes.ts";
import { dbFlag, jsonFlag } from "../flags.ts";
import { renderTable } from "../output/table.ts";
import { styled } from "../output/terminal.ts";
import { printJson, readingIfThere } from "../reading.ts";
import { shortId } from "../run_lookup.ts";
import { formatTimeIn } from "./shown.ts";

interface Flags {
  readonly json?: boolean;
  readonly db?: string;
}

export const scheduleListCommand = command<Flags>({
  brief: "List schedules, their next times and their last runs",
  flags: { ...jsonFlag, ...dbFlag },
  load: () => Promise.resolve(parse),
});

const parse: Run<Flags> = (context, flags) =>
  run({ database: context.databasePath(flags.db), json: flags.json ?? false }, context);

export async function run(options: { database: string; json: boolean }, context: Context): Promise<ExitCode> {
  const { scheduleView } = await import("../../server/views.ts");
  const views = await readingIfThere(
    context,
    options.database,
    [],
    (store) => store.schedules.list().map(scheduleView),
  );
  const { terminal } = context;
  if (options.json) printJson(context, views);
  else if (views.length === 0) terminal.err("there is no schedule\n");
  else {
    const columns = [
      ...["NAME", "WHEN", "ZONE", "TASK", "NEXT", "LAST", "RUN"].map((title) => ({ title })),
      { title: "NOTE", shrink: true },
    ];
    terminal.out(
      renderTable(columns, views.map((view) => row(view, terminal.isTerminal.out)), {
        width: terminal.isTerminal.out ? terminal.width() : 0,
        head: (text) => styled(terminal.color.out, "bold", text),
      }),
    );
  }
  return EXIT.ok;
}

/** Times are on the schedule's own clocks. */
function row(view: ScheduleView, isTerminal: boolean): string[] {
  const { timeZone, lastAt, lastRunId } = view;
  return [
    view.name,
    view.pattern,
    timeZone,
    view.taskName,
    view.paused ? "paused" : formatTimeIn(view.nextAt, timeZone),
    lastAt === null ? "" : formatTimeIn(lastAt, timeZone),
    lastRunId === null ? "" : isTerminal ? shortId(lastRunId) : lastRunId,
    view.lastError === null ? view.reason ?? "" : `no run: ${view.lastError.message}`,
  ];
}
