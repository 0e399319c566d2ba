import assert from "node:assert/strict";
import { Rig } from "../../src/engine/rig.ts";
import { openDatabase } from "../../src/store/database.ts";
import { cut, losses, SECTOR } from "./losses.ts";
import { answer, courseOf, fixDice, publishTasks } from "./program.ts";
import { interrupt, Place, type Remains } from "./remains.ts";
import { wholeCommits } from "./wal.ts";

/** The commits of which every sector is tried as the last one that reached the disk. */
const COMMITS = 8;

interface Killed {
  readonly left: Remains;
  /** Fingerprints of the file with so many commits of its log, from none on. */
  readonly states: readonly string[];
}

let once: Promise<Killed> | undefined;

/** What a killed process has left: the same for all tests. */
function killed(): Promise<Killed> {
  return once ??= interrupt("interrupted.ts").then((left) => {
    using place = new Place();
    const states = [0, ...left.wal.commits].map((end) => {
      place.put(left.db, left.wal.bytes.subarray(0, end));
      return place.state();
    });
    return { left, states };
  });
}

/** Without those that are like the one before. */
function distinct(states: readonly string[]): string[] {
  return states.filter((state, at) => state !== states[at - 1]);
}

/** Every place in the last commits where a sector begins. */
function sectors({ wal: { commits } }: Remains): number[] {
  const first = Math.ceil(commits.at(-1 - COMMITS)! / SECTOR);
  const last = Math.floor(commits.at(-1)! / SECTOR);
  return Array.from({ length: last - first + 1 }, (_, at) => (first + at) * SECTOR);
}

Deno.test("what a log holds of a killed process are its commits, the last ones too, in order", async () => {
  const { left, ...killing } = await killed();
  const states = distinct(killing.states);
  assert.ok(left.wal.commits.length > COMMITS && states.length > COMMITS);
  assert.ok(left.wal.bytes.length > left.wal.commits.at(-1)!, "there is nothing of an earlier course behind them");
  assert.deepEqual(states, distinct(left.states).slice(-states.length));
});

Deno.test("a log that ends at any sector of its last commits has those that are whole, and nothing of the next", async () => {
  const { left, states } = await killed();
  using place = new Place();
  for (const [count, at] of sectors(left).entries()) {
    for (const loss of [cut, losses[count % losses.length]!]) {
      const log = loss.leave(left.wal, at);
      place.put(left.db, log);
      assert.equal(place.state(), states[wholeCommits(left.wal, log, at)], `${loss.what} at ${at}`);
    }
  }
});

Deno.test("a file into which a log was being written is whole with that log, whatever sectors of it are old", async () => {
  const { left, states } = await killed();
  using place = new Place();
  place.put(left.db, left.wal.bytes);
  // Closing writes all of the log into the file.
  openDatabase(place.path).close();
  const written = Deno.readFileSync(place.path);
  const changed = Array.from({ length: written.length / SECTOR }, (_, at) => at * SECTOR).filter((at) =>
    written.subarray(at, at + SECTOR).some((byte, index) => byte !== left.db[at + index])
  );
  for (let share = 0; share <= 40; share++) {
    const torn = new Uint8Array(written.length);
    torn.set(left.db);
    const some = changed.filter((_, at) => share % 2 === 0 ? at < changed.length * share / 40 : (at * 7) % 40 < share);
    for (const at of some) torn.set(written.subarray(at, at + SECTOR), at);
    place.put(torn, left.wal.bytes);
    assert.equal(place.state(), states.at(-1), `${some.length} of ${changed.length} sectors`);
  }
});

Deno.test("whatever is left of a log, the runs end as if nothing had happened, and nothing is recorded twice", async () => {
  const { left } = await killed();
  const { wal } = left;
  const undisturbed = await toTheEnd();
  using place = new Place();
  for (const [count, end] of wal.commits.slice(-1 - COMMITS).entries()) {
    // In the middle of the next commit.
    const next = wal.commits.find((commit) => commit > end) ?? wal.bytes.length;
    const at = Math.floor((end + next) / 2 / SECTOR) * SECTOR;
    const loss = [cut, ...losses][count % (losses.length + 1)]!;
    place.put(left.db, loss.leave(wal, at));
    assert.deepEqual(await toTheEnd(place.path), undisturbed, `${loss.what} at ${at}`);
  }
});

Deno.test("a file whose making was cut off at any sector is made anew", async () => {
  const { db, wal } = await interrupt("created.ts");
  using place = new Place();
  place.put(db, wal.bytes);
  const made = place.state();
  const end = wal.commits.at(-1)!;
  for (let at = 0; at <= end; at += SECTOR) {
    place.put(db, wal.bytes.subarray(0, at));
    assert.equal(place.state(), made, `cut at ${at}`);
  }
});

/** Runs what is in the file (in one of its own: all from the start) to its end. */
async function toTheEnd(path?: string): Promise<unknown> {
  await using rig = new Rig(path === undefined ? {} : { path });
  fixDice(rig);
  if (path === undefined) publishTasks(rig);
  const settled = rig.store.db.prepare("SELECT * FROM stack_runs WHERE ended_at IS NOT NULL ORDER BY id").all();
  const asked: string[] = [];
  rig.outside.arrivedCall = ({ frameId, taskRunId, attempt }) => {
    const seq = Number(frameId.slice(taskRunId.length + 1));
    assert.equal(rig.store.stackRuns.bySeq(rig.row(taskRunId).run, seq)!.status, "processing");
    asked.push(`${frameId} ${attempt}`);
  };
  rig.outside.answer = answer;
  rig.takeOver();
  const names = path === undefined ? ["one", "two"] : [];
  for (const name of names) await rig.submit("main", { name });
  await Promise.all(rig.store.taskRuns.unfinished().map((run) => rig.ended(run.id)));
  assert.equal(new Set(asked).size, asked.length);
  const again = rig.store.db.prepare("SELECT * FROM stack_runs WHERE id = ?");
  for (const row of settled) assert.deepEqual(again.get(row.id as number), row);
  return courseOf(rig.store.db);
}
