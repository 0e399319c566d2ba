import { TaskerError } from "../../core/errors.ts";
import { isRunEnded, RUN_STATUSES } from "../../core/states.ts";
import { frameView, runView } from "../../server/views.ts";
import { FoundRecords } from "../../store/record_search.ts";
import type { RunRecord } from "../../store/records.ts";
import type { Store } from "../../store/store.ts";
import type { TaskRun } from "../../store/task_runs.ts";
import { withBody } from "../message_body.ts";
import { findGoingOn, findRun, newestFirst, shortId } from "../run_lookup.ts";
import { findTask, taskNames } from "../tasks.ts";
import { listApprovals } from "./approval_tools.ts";
import { bounded, page } from "./bounded.ts";
import { briefly, isoTime, wholly } from "./shown_run.ts";
import { AFTER, limitOf, placeOf, RUN, secondsOf, type Tool } from "./tool.ts";

export const READ_TOOLS: readonly Tool[] = [
  {
    name: "list_tasks",
    title: "List tasks",
    description: "Names and descriptions of the tasks that can be run. describe_task has the input of one.",
    arguments: {},
    kind: "reads",
    run: (_, door) =>
      door.reading(async (store) => {
        const tasks = [];
        for (const name of await taskNames(store)) {
          const { manifest } = await findTask({ name, store });
          tasks.push({ task: name, description: manifest.description });
        }
        return { tasks };
      }),
  },
  {
    name: "describe_task",
    title: "Describe a task",
    description: "What a task does, the JSON Schema of its input, and what it may reach.",
    arguments: { task: { type: "string", description: "Name of the task" } },
    required: ["task"],
    kind: "reads",
    run: ({ task }, door) =>
      door.reading(async (store) => {
        const { name, manifest } = await findTask({ name: task, store });
        const { description, input, services, hosts, writes } = manifest;
        return { task: name, description, input, services, hosts, writes };
      }),
  },
  {
    name: "list_runs",
    title: "List runs",
    description: "Runs of tasks, the newest first: status, times, numbers of calls and of records by kind.",
    arguments: {
      status: { type: "string", enum: [...RUN_STATUSES], description: "Only runs in this state" },
      limit: limitOf(100, 20),
      after: AFTER,
    },
    kind: "reads",
    quotesOthers: true,
    run: ({ status, limit = 20, after }, door) =>
      door.reading((store) => {
        const before = after === undefined ? undefined : findRun(store, after).run;
        function* chosen() {
          for (const run of newestFirst(store, before)) {
            if (run.parentRun !== null || (status !== undefined && run.status !== status)) continue;
            yield { item: briefly(runView(store, run)), place: run.id };
          }
        }
        const { items, next } = page(chosen(), limit);
        return { runs: items, next };
      }),
  },
  {
    name: "show_run",
    title: "Show a run",
    description: "A run with its input, result or error, and its calls to services: status, attempts, times, errors.",
    arguments: { run: RUN, limit: limitOf(200, 30), after: AFTER },
    required: ["run"],
    kind: "reads",
    quotesOthers: true,
    run: ({ run, limit = 30, after }, door) =>
      door.reading((store) => {
        const found = findRun(store, run);
        const { items, next } = page(calls(store, found, placeOf(after)), limit);
        return { ...wholly(runView(store, found)), stack: items, next };
      }),
  },
  {
    name: "wait_for_run",
    title: "Wait for a run",
    description: "Waits until a run has ended or is held, or the time is over, and shows it. Call it again to go on.",
    arguments: { run: RUN, seconds: secondsOf(30) },
    required: ["run"],
    kind: "reads",
    quotesOthers: true,
    async run({ run, seconds = 30 }, door) {
      const view = await door.reading((store) => runView(store, findGoingOn(store, run)));
      if (isRunEnded(view.status) || view.status === "held") return wholly(view);
      const owner = await door.owner();
      if (owner === undefined) {
        return { ...wholly(view), remark: "no tasker process works on it at the moment: `tasker resume` goes on" };
      }
      return wholly(await owner.status(view.id, { wait: seconds * 1000 }));
    },
  },
  {
    name: "read_records",
    title: "Read records",
    description:
      "Rows that a run has kept, such as the messages and the coverage of a search. With `words`, only rows " +
      'that have all of them in any field: "several together", begin*, -without, OR.',
    arguments: {
      run: RUN,
      kind: { type: "string", description: "Kind of the rows; may be left out when the run has only one" },
      words: { type: "string", description: "Words that a row must have" },
      limit: limitOf(500, 50),
      after: AFTER,
    },
    required: ["run"],
    kind: "reads",
    quotesOthers: true,
    run: ({ run, kind, words, limit = 50, after }, door) =>
      door.reading((store) => {
        const found = findRun(store, run);
        const kinds = Object.fromEntries(store.records.kinds(found.run));
        const of = kind ?? (Object.keys(kinds).length === 1 ? Object.keys(kinds)[0]! : undefined);
        if (of === undefined || !Object.hasOwn(kinds, of)) {
          const remark = Object.keys(kinds).length === 0 ? "the run has kept no rows" : "say which kind";
          if (kind === undefined) return { kinds, remark };
          throw new TaskerError("NOT_FOUND", `run ${shortId(found.id)} has kept no rows of the kind "${kind}"`, {
            hint: `its kinds: ${Object.keys(kinds).join(", ") || "none"}`,
          });
        }
        using rows = words === undefined
          ? undefined
          : new FoundRecords(store.records, { run: found.run, kind: of, words });
        const place = placeOf(after);
        const { items, next } = page(
          shown(store, found, rows?.each(of) ?? pages(store, found, of, place), place),
          limit,
        );
        return { kind: of, rows: rows === undefined ? kinds[of] : rows.kinds().get(of) ?? 0, records: items, next };
      }),
  },
  {
    name: "read_logs",
    title: "Read a run's log",
    description: "Lines that a run's code and the engine have logged, in order.",
    arguments: { run: RUN, limit: limitOf(1_000, 100), after: AFTER },
    required: ["run"],
    kind: "reads",
    quotesOthers: true,
    run: ({ run, limit = 100, after }, door) =>
      door.reading((store) => {
        const found = findRun(store, run);
        const lines = store.logs.page({ run: found.run, after: placeOf(after), limit: limit + 1 });
        const { items, next } = page(
          lines.map(({ id, at, level, source, text }) => ({
            item: { at: isoTime(at), level, source, text },
            place: String(id),
          })),
          limit,
        );
        return { lines: items, next };
      }),
  },
  listApprovals,
];

/** Characters of JSON of a call's arguments. */
const LONGEST_ARGUMENTS = 1_000;

function* calls(store: Store, run: TaskRun, after: number) {
  for (let last = after;;) {
    const frames = store.stackRuns.page({ run: run.run, after: last, limit: 200 });
    for (const frame of frames) {
      const { seq, service, method, args, status, attempt, waitingFor, error, issuedAt, endedAt, nestedRunId } =
        frameView(store, run, frame);
      const item = {
        ...{ seq, call: `${service}.${method}`, args: bounded(args, LONGEST_ARGUMENTS), status, attempt },
        ...(waitingFor === null ? {} : { waitingFor }),
        ...(error === null ? {} : { error: bounded(error, LONGEST_ARGUMENTS) }),
        ...{ issuedAt: isoTime(issuedAt), endedAt: isoTime(endedAt) },
        ...(nestedRunId === null ? {} : { nestedRun: nestedRunId }),
      };
      yield { item, place: String(seq) };
    }
    if (frames.length < 200) return;
    last = frames.at(-1)!.seq;
  }
}

/** The rows of a kind after a place, without those before it. */
function* pages(store: Store, { run }: TaskRun, kind: string, after: number): Generator<RunRecord> {
  for (let last = after;;) {
    const rows = store.records.page({ run, kind, after: last, limit: 200 });
    yield* rows;
    if (rows.length < 200) return;
    last = rows.at(-1)!.seq;
  }
}

function* shown(store: Store, run: TaskRun, rows: Iterable<RunRecord>, after: number) {
  for (const { kind, seq, data } of rows) {
    if (seq <= after) continue;
    yield { item: kind === "message" ? withBody(store, run, data) : data, place: String(seq) };
  }
}
