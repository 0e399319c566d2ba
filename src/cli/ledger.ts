import { TaskerError } from "../core/errors.ts";
import type { Json } from "../core/json.ts";
import { attempts, isIdle, type LedgerAttempt } from "../store/ledger_attempts.ts";
import { checkLedger } from "../store/ledger_check.ts";
import { acquireOwnership } from "../store/ownership.ts";
import { familyOf } from "../store/retention.ts";
import type { Store } from "../store/store.ts";
import type { Run } from "./command.ts";
import type { Context } from "./context.ts";
import { EXIT, type ExitCode } from "./exit_codes.ts";
import { type Format, formatOf } from "./flags.ts";
import { printCheck } from "./output/chain_check.ts";
import { note } from "./output/errors.ts";
import { formatBytes, formatCount, plural } from "./output/numbers.ts";
import { formatParts, writeRows } from "./output/rows.ts";
import { checkResultOutput } from "./output/run_outcome.ts";
import { writeTo } from "./output/sink.ts";
import { styled } from "./output/terminal.ts";
import { formatDateTime } from "./output/times.ts";
import { reading } from "./reading.ts";
import { findRun, shortId } from "./run_lookup.ts";

export interface LedgerFlags {
  readonly run?: string;
  readonly service?: string;
  /** ms */
  readonly since?: number;
  readonly until?: number;
  readonly all?: boolean;
  readonly verify?: boolean;
  readonly head?: string;
  readonly format?: Format;
  readonly json?: boolean;
  readonly output?: string;
  readonly db?: string;
}

type Chosen = Pick<LedgerFlags, "run" | "service" | "since" | "until" | "all">;

const COLUMNS = [
  ...["id", "at", "run", "in", "task", "call", "attempt", "service", "method", "to", "args", "sha256", "state"],
  ...["end.at", "end.how", "end.error", "end.reached"],
] as const;
const TABLE = ["#", "time", "run", "call", "to", "what", "end"];
const WHOLE_ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** `tasker ledger`, from its flags. */
export const parse: Run<LedgerFlags> = (context, flags) => {
  const { verify: mustVerify, head, db, json: _json, format: _format, output, ...chosen } = flags;
  const database = context.databasePath(db);
  const format = formatOf(flags) ?? "table";
  if (mustVerify) {
    if (
      Object.values(chosen).some((value) => value !== undefined) || (format !== "table" && format !== "json") ||
      output !== undefined
    ) {
      throw new TaskerError("USAGE", "--verify checks the whole ledger, and says so in words or with --json", {
        hint: "leave out --run, --service, --since, --until, --all, --format and --output",
      });
    }
    return verify({ database, head, json: format === "json" }, context);
  }
  if (head !== undefined) throw new TaskerError("USAGE", "--head goes with --verify", { hint: "add --verify" });
  if (format === "html") {
    throw new TaskerError("USAGE", "there is no report of the ledger", {
      hint: "--format csv, json and ndjson write its entries",
    });
  }
  return list({ database, chosen, format, output }, context);
};

interface ListOptions {
  readonly database: string;
  readonly chosen: Chosen;
  readonly format: Exclude<Format, "html">;
  readonly output: string | undefined;
}

/** Prints the attempts in the order in which they ended. */
async function list({ database, chosen, format, output }: ListOptions, context: Context): Promise<ExitCode> {
  const { terminal } = context;
  await checkResultOutput(output);
  const parts = await formatParts(format);
  return await reading(context, database, (store) => {
    const isChosen = chooser(store, chosen);
    const toTerminal = output === undefined && terminal.isTerminal.out;
    const rows = function* (): Generator<Json> {
      for (const attempt of attempts(store.ledger, (epoch) => isAtWork(store, epoch))) {
        if (!isChosen(attempt)) continue;
        yield format === "table" ? lineOf(attempt, toTerminal) : format === "csv" ? flat(attempt) : shown(attempt);
      }
    };
    writeTo(terminal, output, (sink) => {
      const count = writeRows(sink, rows, {
        ...parts,
        format,
        width: toTerminal ? terminal.width() : 0,
        head: (text) => styled(output === undefined && terminal.color.out, "bold", text),
        ...(format === "table" ? { columns: TABLE } : format === "csv" ? { columns: COLUMNS } : {}),
      });
      if (count === 0 && format === "table") note(terminal, "nothing has left this machine");
    });
    return EXIT.ok;
  });
}

/** Whether the owner of that epoch is there, and may still enter how something ended. */
function isAtWork(store: Store, epoch: number): boolean {
  const free = acquireOwnership(store.db.path);
  free?.release();
  return free === undefined && store.owner.epoch() === epoch;
}

function chooser(store: Store, { run, service, since, until, all }: Chosen): (attempt: LedgerAttempt) => boolean {
  const runs = run === undefined ? undefined : idsOf(store, run);
  return (attempt) =>
    (all === true || !isIdle(attempt)) &&
    (service === undefined || attempt.service === service) &&
    (since === undefined || attempt.at >= since) && (until === undefined || attempt.at < until) &&
    (runs === undefined || runs.has(attempt.run) || (attempt.in !== undefined && runs.has(attempt.in)));
}

/** A run with all that is nested in it; a run that is gone from the file has its entries all the same. */
function idsOf(store: Store, text: string): Set<string> {
  if (WHOLE_ID.test(text) && store.taskRuns.byId(text) === undefined) return new Set([text]);
  return new Set(familyOf(store, findRun(store, text).run).map(({ id }) => id));
}

/** As a row of a spreadsheet: what is nested deeper is JSON. */
function flat(attempt: LedgerAttempt): Json {
  const { end, args, ...rest } = shown(attempt);
  const reached = end === null ? null : JSON.stringify(end.reached);
  return { ...rest, args: JSON.stringify(args), ...(end === null ? {} : { end: { ...end, reached } }) };
}

/** An attempt as `--json` has it. */
function shown({ id, at, run, in: around, end, state, ...attempt }: LedgerAttempt) {
  const { task, call, attempt: number, service, method, to, args, sha256 } = attempt;
  return {
    ...{ id, at: new Date(at).toISOString(), run, in: around ?? null, task, call, attempt: number, service, method },
    ...{ to, args, sha256, state },
    end: end === null ? null : {
      at: new Date(end.at).toISOString(),
      how: end.how,
      error: end.error ?? null,
      reached: end.reached.map((reached) => ({ ...reached })),
    },
  };
}

function lineOf(attempt: LedgerAttempt, isTerminal: boolean): Json {
  const { id, at, run, call, attempt: number, service, method, to, args } = attempt;
  return {
    "#": id,
    time: formatDateTime(at),
    run: isTerminal ? shortId(run) : run,
    call: number === 1 ? String(call) : `${call} (attempt ${number})`,
    to: to === null ? "not known" : to.join(", "),
    what: `${service}.${method} ${args.map((argument) => JSON.stringify(argument)).join(" ")}`,
    end: endText(attempt),
  };
}

function endText({ end, state }: LedgerAttempt): string {
  if (state === "out") return "on its way";
  if (end === null) return "unknown: the process died while it was out";
  const reached = end.reached.map(({ to, requests, status, received }) => {
    const answers = Object.entries(status).map(([code, count]) =>
      count === 1 ? code : `${formatCount(count)} × ${code}`
    );
    const unanswered = requests - Object.values(status).reduce((sum, count) => sum + count, 0);
    if (unanswered > 0) answers.push(`${formatCount(unanswered)} without an answer`);
    return `${to} ${answers.join(", ")} (${formatBytes(received)})`;
  });
  return [`${end.how}${end.error === undefined ? "" : ` (${end.error})`}`, ...reached].join("; ");
}

/** Checks the ledger; the exit code tells whether all is right. */
async function verify(
  options: { database: string; head: string | undefined; json: boolean },
  context: Context,
): Promise<ExitCode> {
  return await reading(context, options.database, (store) => {
    const check = checkLedger(store, options.head);
    const right =
      `${plural(check.entries, "entry", "entries")} on ${plural(check.pages, "page")}, each of which follows ` +
      `the one before it; ${plural(check.calls, "call")} of this database ${
        check.calls === 1 ? "is" : "are"
      } as entered`;
    return printCheck(context, check, { right, json: options.json });
  });
}
