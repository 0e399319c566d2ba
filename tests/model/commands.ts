import assert from "node:assert/strict";
import { setImmediate } from "node:timers/promises";
import fc from "fast-check";
import { checkAll, checkClaims, checkMoves } from "./invariants.ts";
import type { Model, Seat } from "./model.ts";
import { type Limits, LONGEST_WAIT, Owner, type Way, type Write, type Written } from "./owner.ts";
import { leave, recover } from "./protocol.ts";
import { type Verb, verbs } from "./verbs.ts";
import type { World } from "./world.ts";

export type Command = fc.AsyncCommand<Model, World>;

/** A command, followed by the look whether all is as it must be. */
class Step implements Command {
  constructor(
    readonly text: string,
    readonly check: (model: Readonly<Model>) => boolean,
    readonly act: (model: Model, world: World) => Promise<void> | void,
  ) {}

  async run(model: Model, world: World): Promise<void> {
    await this.act(model, world);
    checkAll(model, world);
  }

  toString(): string {
    return this.text;
  }
}

const limits: fc.Arbitrary<Limits> = fc.record({ local: fc.nat({ max: 4 }), outside: fc.nat({ max: 3 }) });
const pause = fc.constantFrom(4, 4, 4, LONGEST_WAIT);
const together = fc.oneof(
  { weight: 3, arbitrary: fc.array(verbs, { minLength: 1, maxLength: 1 }) },
  { weight: 1, arbitrary: fc.array(verbs, { minLength: 2, maxLength: 4 }) },
);

/** Everything that the owners of a file may do, and what may happen to them; what shall happen more often more than once. */
export const commands: fc.Arbitrary<Command>[] = [
  ...Array.from({ length: 12 }, () => fc.tuple(together, limits).map(([verbs, asked]) => write(verbs, asked))),
  fc.tuple(
    fc.array(verbs, { minLength: 2, maxLength: 5 }),
    fc.tuple(fc.boolean(), fc.boolean(), fc.boolean()),
    limits,
    pause,
  )
    .map((given) => writeInParts(...given)),
  limits.map(start),
  fc.tuple(together, fc.boolean()).map(([verbs, quickly]) => writeTooLate(verbs, quickly)),
  fc.tuple(together, limits).map(([verbs, asked]) => overtaken(verbs, asked)),
  ...Array.from({ length: 2 }, () => fc.constant(loseLock())),
  fc.constantFrom(die("current"), die("stale"), leaveInOrder(), leaveTooLate()),
  fc.constantFrom(10, 20, 40).map(passTime),
];

/** The owner commits something, all of it together, and claims what is ready. */
function write(verbs: readonly Verb[], asked: Limits): Command {
  const text = `${textOf(verbs)}, claim ${asked.local}+${asked.outside}`;
  return new Step(text, isPossible(verbs), async (model, world) => {
    const { parts, written, owner, seat } = await writeBoth({ model, world, verbs, asked });
    assert.deepEqual(written, { parts, claimed: model.seats[seat]!.hand.claimed });
    assert.equal(owner.commits, 1);
    checkClaims(written.claimed.filter((frame) => !owner.hand.made.has(frame.id)), model);
    checkMoves(world, seat);
  });
}

/** While a realm is at work, what concerns its run waits for its answer, but not forever; all else is committed without. */
function writeInParts(verbs: readonly Verb[], waits: readonly boolean[], asked: Limits, pause: number): Command {
  const isAtWork = (at: number) => waits[at % waits.length]!;
  const named = verbs.map(({ text }, at) => isAtWork(at) ? `(${text})` : text).join(" & ");
  const text = `in parts: ${named}, claim ${asked.local}+${asked.outside}, ${pause} ms`;
  return new Step(text, isPossible(verbs), async (model, world) => {
    const first = [...verbs.keys()].filter((at) => !isAtWork(at));
    const then = [...verbs.keys()].filter(isAtWork);
    const order: number[] = [];
    const meanwhile = async () => {
      // In steps, since timers are set between them.
      for (const share of [pause / 4, pause / 4, pause / 2, 0]) {
        await setImmediate();
        pass(share, model, world);
      }
      assert.deepEqual(order, pause < LONGEST_WAIT ? first : [...first, ...then]);
      checkAll(model, world);
    };
    const concerns = verbs.map((_, at) => ({ isAtWork: isAtWork(at) }));
    const all = { model, world, verbs, asked, order, way: { concerns, meanwhile } };
    const { parts, written, owner, seat } = await writeBoth(all);
    assert.deepEqual(written, { parts, claimed: model.seats[seat]!.hand.claimed });
    assert.deepEqual(order, [...first, ...then]);
    assert.equal(owner.commits, [first, then].filter((some) => some.length > 0).length);
    checkMoves(world, seat);
  });
}

/** Whether the owner has something to do one of these to. */
function isPossible(verbs: readonly Verb[]): (model: Model) => boolean {
  return (model) => {
    const by = model.current && model.seats[model.current];
    return by !== undefined && verbs.some((verb) => verb.plan(model, by) !== undefined);
  };
}

/** Writes to the file, and to the model in the order in which the file gets it. */
async function writeBoth(
  { model, world, verbs, asked, order = [], way = {} }: {
    model: Model;
    world: World;
    verbs: readonly Verb[];
    asked: Limits;
    order?: number[];
    way?: Way;
  },
): Promise<{ parts: unknown[]; written: Written; owner: Owner; seat: Seat }> {
  const seat = model.current!;
  const by = model.seats[seat]!;
  const owner = world.owners[seat]!;
  const limits = model.limits(by, asked);
  model.begin(by, limits);
  const parts: unknown[] = [];
  const does = verbs.map((verb, at): Write => (rows, now, hand) => {
    order.push(at);
    const plan = verb.plan(model, by);
    // A part that the file refuses does nothing to the model.
    if (plan?.refused) parts[at] = { refused: "ERR_SQLITE_ERROR" };
    const given = plan?.write(rows, now, hand);
    parts[at] = plan?.write(model.rows, now, by.hand);
    if (plan?.done !== undefined) by.inHand.delete(plan.done);
    return given;
  });
  const written = await owner.write(does, limits, { ...way, follow: (now) => model.claim(by, now) });
  return { parts, written, owner, seat };
}

/** One who was owner, and does not know that another is, commits something: nothing of it happens, and it is told. */
function writeTooLate(verbs: readonly Verb[], quickly: boolean): Command {
  return new Step(`too late: ${textOf(verbs)}`, (model) => model.stale !== undefined, async (model, world) => {
    const seat = model.stale!;
    const owner = world.owners[seat]!;
    const plans = verbs.map((verb) => verb.plan(model, model.seats[seat]!)).filter((plan) => plan !== undefined);
    const writes = plans.length === 0 ? [() => {}] : plans.map((plan) => plan.write);
    if (quickly) assert.equal(owner.quickly(writes[0]!), undefined);
    const refused = quickly ? "UNAVAILABLE" : "NOT_OWNER";
    const written = await owner.write(writes, { local: 4, outside: 3 });
    assert.deepEqual(written, { parts: writes.map(() => ({ refused })), claimed: [] });
    const again = await owner.write(writes, { local: 4, outside: 3 });
    assert.deepEqual(again.parts, writes.map(() => ({ refused: "UNAVAILABLE" })));
    assert.deepEqual([owner.failures, owner.stopped], [["NOT_OWNER"], true]);
    world.bury(seat);
    delete model.seats[seat];
  });
}

/** The owner is taken over between what it has staged and the commit of it. */
function overtaken(verbs: readonly Verb[], asked: Limits): Command {
  const may = (model: Model) => model.current !== undefined && model.free !== undefined && !model.isLocked;
  return new Step(`overtaken with ${textOf(verbs)}`, may, async (model, world) => {
    const seat = model.current!;
    const plans = verbs.map((verb) => verb.plan(model, model.seats[seat]!)).filter((plan) => plan !== undefined);
    const writes = [() => {}, ...plans.map((plan) => plan.write)];
    const other = async () => await start(asked).run(model, world);
    const written = await world.owners[seat]!.write(writes, asked, { meanwhile: other });
    assert.deepEqual(written, { parts: writes.map(() => ({ refused: "NOT_OWNER" })), claimed: [] });
    world.bury(seat);
    delete model.seats[seat];
  });
}

/** A process wants to own the file, and takes up what there is when nobody has the lock. */
export function start(asked: Limits): Command {
  const text = `another starts, claims ${asked.local}+${asked.outside}`;
  return new Step(text, (model) => model.free !== undefined, async (model, world) => {
    const seat = model.free!;
    const owner = Owner.start(world.path, world.clock);
    assert.equal(owner === undefined, model.isLocked);
    if (owner === undefined) return;
    world.owners[seat] = owner;
    assert.equal(owner.diedBefore, model.atWork);
    const by = model.start(seat, owner.hand);
    assert.equal(owner.epoch, by.epoch);
    model.begin(by, asked);
    const parts = [recover(model.rows, model.now)];
    model.claim(by, model.now);
    assert.deepEqual(await owner.write([recover], asked), { parts, claimed: by.hand.claimed });
    checkMoves(world, seat);
  });
}

/** Its memory is gone and its lock is free; the file stays as it is. */
function die(which: "current" | "stale"): Command {
  return new Step(`the ${which} owner dies`, (model) => model[which] !== undefined, (model, world) => {
    const seat = model[which]!;
    world.bury(seat);
    delete model.seats[seat];
  });
}

/** The owner goes on without its lock, and does not know. Until another starts, it is the owner all the same. */
function loseLock(): Command {
  const hasLock = (model: Model) => model.current !== undefined && model.seats[model.current]!.hasLock;
  return new Step("the owner loses its lock", hasLock, (model, world) => {
    const seat = model.current!;
    world.owners[seat]!.ownership.release();
    model.seats[seat]!.hasLock = false;
  });
}

function leaveInOrder(): Command {
  return new Step("the owner leaves", (model) => model.current !== undefined, async (model, world) => {
    const seat = model.current!;
    const inHand = [...model.seats[seat]!.inHand];
    const parts = [leave(model.rows, inHand)];
    model.atWork = false;
    const owner = world.owners[seat]!;
    assert.deepEqual(await owner.leave(inHand), { parts, claimed: [] });
    checkMoves(world, seat);
    world.bury(seat);
    delete model.seats[seat];
  });
}

/** It believes that it leaves in order, but another is at work by now, and must not be thought to have left. */
function leaveTooLate(): Command {
  return new Step("the stale owner leaves", (model) => model.stale !== undefined, async (model, world) => {
    const seat = model.stale!;
    const { parts } = await world.owners[seat]!.leave([...model.seats[seat]!.inHand]);
    assert.deepEqual(parts, [{ refused: "NOT_OWNER" }]);
    world.bury(seat);
    delete model.seats[seat];
  });
}

function passTime(ms: number): Command {
  return new Step(`${ms} ms pass`, () => true, (model, world) => pass(ms, model, world));
}

function pass(ms: number, model: Model, world: World): void {
  model.now += ms;
  world.clock.advance(ms);
}

function textOf(verbs: readonly Verb[]): string {
  return verbs.map((verb) => verb.text).join(" & ");
}
