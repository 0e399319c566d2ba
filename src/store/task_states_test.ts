import assert from "node:assert/strict";
import {
  FRAME_STATUSES,
  type FrameStatus,
  isFrameSettled,
  isRunEnded,
  mayMoveFrame,
  mayMoveRun,
  RUN_STATUSES,
  type RunStatus,
} from "../core/states.ts";
import { type Bench, openBench } from "./bench.ts";
import { type Database, openDatabase } from "./database.ts";
import { StackRuns } from "./stack_runs.ts";
import { TaskRuns } from "./task_runs.ts";

/** Columns that may be NULL and stand in a constraint or decide what is claimed, and a value for each. */
const COLUMNS = {
  task_runs: { result: "'1'", error: "'{}'", ended_at: "1" },
  stack_runs: {
    result: "'1'",
    error: "'{}'",
    ended_at: "1",
    delivery: "1",
    delivered_at: "1",
    ready_at: "5",
    blocked: "'held'",
  },
};
type Table = keyof typeof COLUMNS;
/** The columns that are not NULL. */
type Filled = ReadonlySet<string>;

const STATUSES = { task_runs: RUN_STATUSES, stack_runs: FRAME_STATUSES };

/** Every combination of columns that are NULL or not. */
function combinations(table: Table): Filled[] {
  return Object.keys(COLUMNS[table]).reduce<Filled[]>(
    (some, column) => [...some, ...some.map((filled) => new Set([...filled, column]))],
    [new Set()],
  );
}

/** What the columns of a row in a status must be like: an end has its time, a completion its result, nothing else has. */
function fits(table: Table, status: string, filled: Filled): boolean {
  const isEnd = ["completed", "failed", "cancelled", "continued_as_new"].includes(status);
  if (filled.has("ended_at") !== isEnd || filled.has("result") !== (status === "completed")) return false;
  if (table === "task_runs") return !filled.has("error") || (status !== "completed" && status !== "queued");
  return filled.has("delivery") === filled.has("delivered_at") && (isEnd || !filled.has("delivery"));
}

/** Every row that there can be in a table, as far as its status and these columns go. */
function possible(table: "task_runs"): { status: RunStatus; filled: Filled }[];
function possible(table: "stack_runs"): { status: FrameStatus; filled: Filled }[];
function possible(table: Table): { status: string; filled: Filled }[] {
  const all = STATUSES[table].flatMap((status) => combinations(table).map((filled) => ({ status, filled })));
  return all.filter(({ status, filled }) => fits(table, status, filled));
}

/** Makes a row what nothing in the program may make it at once; throws what the file says to it. */
function force(bench: Bench, table: Table, status: string, filled: Filled): void {
  const columns = Object.entries(COLUMNS[table]).map(([name, value]) =>
    `${name} = ${filled.has(name) ? value : "NULL"}`
  );
  bench.store.db.exec(`UPDATE ${table} SET status = '${status}', ${columns} WHERE ${keyOf(bench, table)}`);
}

function row(bench: Bench, table: Table): unknown {
  return bench.store.db.prepare(`SELECT * FROM ${table} WHERE ${keyOf(bench, table)}`).get();
}

function keyOf(bench: Bench, table: Table): string {
  return table === "task_runs" ? `run = ${bench.run}` : `id = ${bench.frame}`;
}

/** All that the store can do to the status of a frame, by the status it leads to and what it needs besides the table. */
const FRAME_WRITES: { to: FrameStatus; needs(from: FrameStatus, filled: Filled): boolean; write(b: Bench): boolean }[] =
  [
    ...(["processing", "suspended_waiting_child", "pending_resume"] as const).map((to) => ({
      to,
      needs: () => true,
      write: ({ store, frame }: Bench) => store.stackRuns.move(frame, to),
    })),
    ...(["completed", "failed", "cancelled"] as const).flatMap((to) =>
      [undefined, 1].map((delivery) => ({
        to,
        needs: () => true,
        write: ({ store, frame }: Bench) =>
          store.stackRuns.settle(frame, {
            status: to,
            ...(to === "completed" ? { result: "2" } : { error: "{}" }),
            ...(delivery === undefined ? {} : { delivery }),
            now: 2,
          }),
      }))
    ),
    ...[{}, { readyAt: 7 }, { blocked: "key k" }, { error: "{}", progress: "[]" }].map((to) => ({
      to: "pending" as const,
      needs: (from: FrameStatus) => from === "processing",
      write: ({ store, frame }: Bench) => store.stackRuns.release(frame, { ...to, counted: true }),
    })),
    // Going on after another run, and after the only one there is.
    ...["other", "same"].map((after) => ({
      to: "processing" as const,
      needs: (from: FrameStatus, filled: Filled) =>
        from === "pending" && !filled.has("ready_at") && !filled.has("blocked"),
      write: ({ store, run }: Bench) =>
        store.stackRuns.claim({ lane: true, limit: 1, after: after === "same" ? run : 0, now: 2 }).frames.length === 1,
    })),
  ];

/** As FRAME_WRITES, for a run. */
const RUN_WRITES: { to: RunStatus; write(bench: Bench): boolean }[] = [
  ...(["running", "suspended_waiting_child", "held", "queued"] as const).map((to) => ({
    to,
    write: ({ store, run }: Bench) => store.taskRuns.move(run, to, 2),
  })),
  {
    to: "cancelling",
    write: ({ store, run }: Bench) => store.taskRuns.cancel(run, { error: "{}", after: 0, dueAt: 3 }),
  },
  {
    to: "continued_as_new",
    write: ({ store, run }: Bench) => store.taskRuns.end(run, { status: "continued_as_new", now: 2 }),
  },
  ...(["completed", "failed", "cancelled"] as const).map((to) => ({
    to,
    write: ({ store, run }: Bench) =>
      store.taskRuns.end(run, { status: to, ...(to === "completed" ? { result: "2" } : { error: "{}" }), now: 2 }),
  })),
];

Deno.test("the CHECK constraints accept every status of the tables in core, with every column that fits it and no other", () => {
  using bench = openBench();
  for (const table of ["task_runs", "stack_runs"] as const) {
    for (const filled of combinations(table)) {
      for (const status of [...STATUSES[table], "done", "", "Running", "suspended"]) {
        const known = (STATUSES[table] as readonly string[]).includes(status);
        if (known && fits(table, status, filled)) force(bench, table, status, filled);
        else assert.throws(() => force(bench, table, status, filled), /CHECK constraint failed/);
      }
    }
  }
});

Deno.test("a result, an error and a progress that are no JSON are refused", () => {
  using bench = openBench();
  for (const column of ["result = 'no json', status = 'completed', ended_at = 1", "error = '{'", "progress = ''"]) {
    assert.throws(() => bench.store.db.exec(`UPDATE task_runs SET ${column}`), /CHECK constraint failed/);
  }
});

Deno.test("the file accepts every move of the tables, from every row there can be to every other", () => {
  using bench = openBench();
  bench.store.db.transaction(() => {
    for (const from of possible("task_runs")) {
      for (const to of possible("task_runs").filter((to) => mayMoveRun(from.status, to.status))) {
        force(bench, "task_runs", from.status, from.filled);
        force(bench, "task_runs", to.status, to.filled);
      }
    }
    for (const from of possible("stack_runs")) {
      for (const to of possible("stack_runs").filter((to) => mayMoveFrame(from.status, to.status))) {
        force(bench, "stack_runs", from.status, from.filled);
        force(bench, "stack_runs", to.status, to.filled);
      }
    }
  });
});

Deno.test("a frame goes exactly where the table of transitions allows it, from every row there can be", () => {
  using bench = openBench();
  const written = new Set<string>();
  bench.store.db.transaction(() => {
    for (const { status: from, filled } of possible("stack_runs")) {
      for (const { to, needs, write } of FRAME_WRITES) {
        force(bench, "stack_runs", from, filled);
        const before = row(bench, "stack_runs");
        const expected = mayMoveFrame(from, to) && needs(from, filled);
        assert.equal(write(bench), expected, `${from} → ${to} with ${[...filled]}`);
        assert.equal(bench.store.stackRuns.get(bench.frame)!.status, expected ? to : from);
        if (expected) written.add(`${from} → ${to}`);
        else assert.deepEqual(row(bench, "stack_runs"), before, `${from} → ${to} with ${[...filled]}`);
      }
    }
  });
  assert.deepEqual(unwritten(FRAME_STATUSES, mayMoveFrame, written), []);
});

Deno.test("a run goes exactly where the table of transitions allows it, from every row there can be", () => {
  using bench = openBench();
  const written = new Set<string>();
  bench.store.db.transaction(() => {
    for (const { status: from, filled } of possible("task_runs")) {
      for (const { to, write } of RUN_WRITES) {
        force(bench, "task_runs", from, filled);
        const before = row(bench, "task_runs");
        const isRefused = to === "queued" && (isRunEnded(from) || filled.has("error"));
        if (mayMoveRun(from, to) && isRefused) {
          // A queued run has neither an end nor an error: the constraints stop whoever leaves them there.
          assert.throws(() => write(bench), /CHECK constraint failed/, `${from} → ${to} with ${[...filled]}`);
          assert.deepEqual(row(bench, "task_runs"), before);
          continue;
        }
        const expected = mayMoveRun(from, to);
        assert.equal(write(bench), expected, `${from} → ${to} with ${[...filled]}`);
        assert.equal(bench.store.taskRuns.get(bench.run)!.status, expected ? to : from);
        if (expected) written.add(`${from} → ${to}`);
        else assert.deepEqual(row(bench, "task_runs"), before, `${from} → ${to} with ${[...filled]}`);
      }
    }
  });
  assert.deepEqual(unwritten(RUN_STATUSES, mayMoveRun, written), []);
});

/** Moves of a table that no write of the store has made. */
function unwritten<S extends string>(
  statuses: readonly S[],
  may: (from: S, to: S) => boolean,
  written: ReadonlySet<string>,
): string[] {
  const allowed = statuses.flatMap((from) => statuses.filter((to) => may(from, to)).map((to) => `${from} → ${to}`));
  return allowed.filter((move) => !written.has(move));
}

Deno.test("no statement of the store writes a status but those whose moves are tried here, and each names where it leads from", () => {
  using bench = openBench();
  const statements: string[] = [];
  const db = openDatabase(bench.path);
  try {
    const listening: Database = { ...db, prepare: (sql) => (statements.push(sql), db.prepare(sql)) };
    new StackRuns(listening);
    new TaskRuns(listening);
  } finally {
    db.close();
  }
  const moves = statements.map((sql) => {
    const [, table, to, guard] = /^UPDATE (\w+) SET status = '(\w+)'.* WHERE (.*)$/s.exec(sql) ?? [];
    if (to === undefined) return undefined;
    const from = /status = '(\w+)'/.exec(guard!)?.slice(1) ?? guard!.match(/(?<=WHEN ')\w+(?=' THEN 1)/g);
    return { table, to, from: from?.join(", ") };
  }).filter((move) => move !== undefined);
  const begins = statements.map((sql) =>
    /^INSERT INTO (\w+) .*?VALUES .*'(\w+)'/s.exec(sql)?.slice(1).join(" begins ")
  );
  assert.deepEqual(begins.filter((begin) => begin !== undefined).sort(), [
    "stack_runs begins pending",
    "stack_runs begins processing",
    "task_runs begins queued",
  ]);
  const named = moves.map(({ table, to, from }) => `${table} to ${to} from ${from}`);
  const before = <S extends string>(statuses: readonly S[], may: (from: S, to: S) => boolean, to: S) =>
    statuses.filter((from) => may(from, to)).join(", ");
  const frames = ["processing", "suspended_waiting_child", "pending_resume", ...FRAME_STATUSES.filter(isFrameSettled)];
  const runs = [
    "running",
    "suspended_waiting_child",
    "held",
    "queued",
    "cancelling",
    ...RUN_STATUSES.filter(isRunEnded),
  ];
  assert.deepEqual(
    [...new Set(named)].sort(),
    [
      "stack_runs to processing from pending",
      "stack_runs to pending from processing",
      ...frames.map((to) => `stack_runs to ${to} from ${before(FRAME_STATUSES, mayMoveFrame, to as FrameStatus)}`),
      ...runs.map((to) => `task_runs to ${to} from ${before(RUN_STATUSES, mayMoveRun, to as RunStatus)}`),
    ].sort(),
  );
  const others = statements.filter((sql) => /SET[^]*\bstatus = '\w+'[^]*WHERE/.test(sql)).length;
  assert.equal(others, moves.length);
});
