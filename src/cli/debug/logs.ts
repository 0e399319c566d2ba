import { isRunEnded } from "../../core/states.ts";
import type { LogEntry } from "../../store/logs.ts";
import { forTerminal } from "../../mail/safe_text.ts";
import { command, type Run } from "../command.ts";
import type { Context } from "../context.ts";
import { EXIT, type ExitCode } from "../exit_codes.ts";
import { dbFlag, jsonFlag, parseText } from "../flags.ts";
import { Interrupts } from "../interrupts.ts";
import { note } from "../output/errors.ts";
import { jsonText } from "../output/json.ts";
import { styled } from "../output/terminal.ts";
import { formatDateTime } from "../output/times.ts";
import { readingRuns } from "../reading.ts";
import { findRun, shortId } from "../run_lookup.ts";

export interface DebugLogsOptions {
  readonly database: string;
  /** undefined: all runs, and what the engine says of none. */
  readonly run: string | undefined;
  /** Until the run has ended, or for ever. */
  readonly follow: boolean;
  /** One JSON object a line. */
  readonly json: boolean;
}

interface Flags {
  readonly run?: string;
  readonly follow?: boolean;
  readonly json?: boolean;
  readonly db?: string;
}

export const debugLogsCommand = command<Flags>({
  brief: "What tasks and the engine have logged",
  flags: {
    run: {
      kind: "parsed",
      parse: parseText,
      optional: true,
      placeholder: "run",
      brief: "Of this run only: id, unique part of one, or last",
    },
    follow: {
      kind: "boolean",
      optional: true,
      withNegated: false,
      brief: "Go on as new lines come, until the run has ended",
    },
    ...jsonFlag,
    json: { ...jsonFlag.json, brief: "Print JSON, one object a line" },
    ...dbFlag,
  },
  aliases: { f: "follow" },
  load: () => Promise.resolve(parse),
});

const parse: Run<Flags> = (context, flags) =>
  run({
    database: context.databasePath(flags.db),
    run: flags.run,
    follow: flags.follow ?? false,
    json: flags.json ?? false,
  }, context);

const PAGE = 500;
/** Between two looks for new lines, ms. */
const LOOK = 300;

export async function run(options: DebugLogsOptions, context: Context): Promise<ExitCode> {
  return await readingRuns(context, options.database, async (store) => {
    const found = options.run === undefined ? undefined : findRun(store, options.run);
    let after = 0;
    const printNew = () => {
      for (;;) {
        const page = store.logs.page({ after, limit: PAGE, ...(found === undefined ? {} : { run: found.run }) });
        for (const entry of page) {
          context.terminal.out(options.json ? `${jsonText(entry)}\n` : line(entry, found === undefined, context));
        }
        after = page.at(-1)?.id ?? after;
        if (page.length < PAGE) return;
      }
    };
    const isOver = () => found !== undefined && isRunEnded(store.taskRuns.get(found.run)?.status ?? "cancelled");
    if (!options.follow) {
      printNew();
      if (after === 0) {
        const text = found === undefined ? "nothing has been logged" : `run ${shortId(found.id)} has logged nothing`;
        note(context.terminal, text);
      }
      return EXIT.ok;
    }
    const interrupts = new Interrupts();
    let stopped = false;
    const interrupted = interrupts.next().then(() => stopped = true);
    try {
      while (!stopped) {
        // The lines of a run are there when its end is.
        const over = isOver();
        printNew();
        if (over) break;
        await Promise.race([interrupted, new Promise((resolve) => setTimeout(resolve, LOOK))]);
      }
      return EXIT.ok;
    } finally {
      interrupts.dispose();
    }
  });
}

function line(entry: LogEntry, withRun: boolean, context: Context): string {
  const color = context.terminal.color.out;
  const style = entry.level === "error" ? "red" : entry.level === "warn" ? "yellow" : "dim";
  const run = withRun ? `${entry.taskRunId === null ? "-".padEnd(8) : shortId(entry.taskRunId)} ` : "";
  const text = forTerminal(entry.text).trimEnd().replaceAll("\n", "\n    ");
  return `${formatDateTime(entry.at)} ${run}${styled(color, style, entry.level.padEnd(5))} ${
    entry.source === "engine" ? "[engine] " : ""
  }${text}\n`;
}
