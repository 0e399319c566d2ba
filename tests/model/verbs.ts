import fc from "fast-check";
import { isRunEnded, type RunStatus } from "../../src/core/states.ts";
import type { Believer, Model } from "./model.ts";
import type { Write } from "./owner.ts";
import * as protocol from "./protocol.ts";
import type { Rows } from "./rows.ts";

/** One thing an owner may do. */
export interface Verb {
  readonly text: string;
  /** What it would write now; undefined when there is nothing to do it to. */
  plan(model: Model, by: Believer): Plan | undefined;
}

export interface Plan {
  readonly write: Write;
  /** The call that is out of its hands by that. */
  readonly done?: number;
  /** The part is refused by the file, alone. */
  readonly refused?: true;
}

/** Of what there is, which. */
type Pick = number;

const pick = fc.nat({ max: 999 });
const kinds = fc.array(fc.constantFrom<protocol.Kind[]>("read", "read", "write", "local", "nested"), {
  minLength: 1,
  maxLength: 4,
});
const key = fc.constantFrom("k1", "k2");

export const verbs: fc.Arbitrary<Verb> = fc.oneof(
  { weight: 3, arbitrary: fc.constant(submit()) },
  { weight: 9, arbitrary: fc.tuple(pick, kinds).map(([at, calls]) => turn(at, calls)) },
  { weight: 6, arbitrary: fc.tuple(pick, fc.boolean()).map(([at, ok]) => settle(at, ok ? "completed" : "failed")) },
  {
    weight: 2,
    arbitrary: fc.tuple(pick, fc.constantFrom(0, 10, 20, 30), fc.boolean()).map(([at, delay, counted]) =>
      call("later", at, (rows, frame, now) => protocol.later(rows, frame, delay, counted, now))
    ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(pick, key).map(([at, name]) =>
      call(`queue for ${name}`, at, (rows, frame) => protocol.queueFor(rows, frame, name))
    ),
  },
  {
    weight: 2,
    arbitrary: key.map((name) => always(`free ${name}`, (rows) => rows.stackRuns.waits.unblockFirst(`key ${name}`))),
  },
  {
    weight: 1,
    arbitrary: pick.map((at) => call("give back", at, (rows, id) => protocol.giveBack(rows, id, { counted: false }))),
  },
  { weight: 3, arbitrary: pick.map(nest) },
  { weight: 2, arbitrary: pick.map((at) => run("hold", at, (status) => !isRunEnded(status), protocol.hold)) },
  { weight: 3, arbitrary: pick.map((at) => run("resume", at, (status) => status === "held", protocol.resume)) },
  { weight: 2, arbitrary: fc.tuple(pick, fc.constantFrom("completed", "failed", "cancelled")).map(end) },
  { weight: 2, arbitrary: fc.constant(always("promote", (rows, now) => rows.stackRuns.waits.promote(now))) },
  { weight: 2, arbitrary: fc.constant(always("look", look)) },
  { weight: 1, arbitrary: pick.map(issueTwice) },
);

function submit(): Verb {
  return {
    text: "submit",
    plan(model) {
      const id = model.nextId;
      return { write: (rows, now) => protocol.submit(rows, id, now) };
    },
  };
}

/** The code of a run that has something to see goes on. */
function turn(at: Pick, calls: readonly protocol.Kind[]): Verb {
  const isAwake = (status: RunStatus) => status === "running";
  return run(`turn ${calls}`, at, isAwake, (rows, one, now, hand) => protocol.turn(rows, one, calls, now, hand));
}

function settle(at: Pick, status: "completed" | "failed"): Verb {
  return call(status, at, (rows, frame, now) => protocol.settle(rows, frame, status, now));
}

function nest(at: Pick): Verb {
  return {
    text: "nest",
    plan(model, by) {
      const { rows } = model;
      const frames = [...by.inHand].filter((id) => {
        const frame = rows.stackRuns.get(id)!;
        const isOpen = frame.service === "tasks" && frame.status === "processing";
        return isOpen && rows.taskRuns.get(frame.run)!.status !== "held";
      });
      const frame = frames[at % frames.length];
      if (frame === undefined) return undefined;
      const id = model.nextId;
      return { write: (rows, now) => protocol.nest(rows, frame, id, now), done: frame };
    },
  };
}

/** Only code that is awake ends its run with a result or an error; cancelled is any run, also one that has ended. */
function end([at, status]: [Pick, "completed" | "failed" | "cancelled"]): Verb {
  const may = (is: RunStatus) => status === "cancelled" || is === "running";
  return run(`end ${status}`, at, may, (rows, one, now) => protocol.end(rows, one, status, now));
}

/** A call with a new seq and one with a seq that there is: neither is written. */
function issueTwice(at: Pick): Verb {
  const one = run("issue twice", at, () => true, (rows, of, now) => {
    const { seq } = rows.stackRuns.last(of);
    const frame = { run: of, service: "s", method: "m", args: "[]", lane: true, now };
    rows.stackRuns.insert({ ...frame, seq: seq + 1 });
    return rows.stackRuns.insert({ ...frame, seq: seq + 1 });
  });
  return {
    ...one,
    plan(model, by) {
      const plan = one.plan(model, by);
      return plan && { ...plan, refused: true };
    },
  };
}

/** What an owner reads to decide what to do. */
function look(rows: Rows, _now: number): unknown {
  const runs = rows.taskRuns.unfinished().map(({ run }) => run);
  return {
    due: rows.stackRuns.waits.nextDue(),
    ready: [rows.stackRuns.hasReady(false), rows.stackRuns.hasReady(true)],
    suspects: rows.taskRuns.suspects(),
    runs,
    children: runs.map((run) => rows.nestedRuns.open(run).map((child) => child.run)),
    open: runs.map((run) => rows.stackRuns.open(run).map((frame) => frame.id)),
    last: runs.map((run) => rows.stackRuns.last(run)),
  };
}

function always(text: string, write: Write): Verb {
  return { text, plan: () => ({ write }) };
}

/** Something done with a call that the owner has in hand, also one that has been settled meanwhile. */
function call(text: string, at: Pick, write: (rows: Rows, frame: number, now: number) => unknown): Verb {
  return {
    text,
    plan(_, by) {
      const frame = [...by.inHand][at % by.inHand.size];
      return frame === undefined ? undefined : { write: (rows, now) => write(rows, frame, now), done: frame };
    },
  };
}

function run(
  text: string,
  at: Pick,
  may: (status: RunStatus) => boolean,
  write: (rows: Rows, run: number, now: number, hand: protocol.Hand) => unknown,
): Verb {
  return {
    text,
    plan({ rows }) {
      const runs = rows.taskRuns.all.filter(({ status }) => may(status));
      const one = runs[at % runs.length]?.run;
      return one === undefined ? undefined : { write: (rows, now, hand) => write(rows, one, now, hand) };
    },
  };
}
