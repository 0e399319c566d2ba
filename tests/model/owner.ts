import type { Clock } from "../../src/core/clock.ts";
import { Committer, type Concern } from "../../src/engine/committer.ts";
import type { StackRun } from "../../src/store/stack_runs.ts";
import { acquireOwnership, type Ownership } from "../../src/store/ownership.ts";
import type { Store } from "../../src/store/store.ts";
import { claim, Hand, leave, type PerLane } from "./protocol.ts";
import type { Rows } from "./rows.ts";
import { openUnsynced } from "./world.ts";

/** Something that is written in one transaction; the same on the file and on the model. */
export type Write = (rows: Rows, now: number, hand: Hand) => unknown;

/** What came of a transaction: of each of its parts, what it gave or the code of its error; and what it claimed. */
export interface Written {
  readonly parts: readonly unknown[];
  readonly claimed: readonly StackRun[];
}

/** Frames that a transaction may claim. */
export type Limits = Readonly<PerLane<number>>;

/** How something is written, when not all at once. */
export interface Way {
  /** Of each part, what it concerns. */
  readonly concerns?: readonly Concern[];
  /** What happens while a realm is at work, before it answers. */
  readonly meanwhile?: () => Promise<void>;
  /** Called in every transaction when it has claimed. */
  readonly follow?: (now: number) => void;
}

/** How long an owner waits at most for the answer of a realm, ms. */
export const LONGEST_WAIT = 60_000;

/** One process's worth of owner: its own handle on the file, its lock, its epoch, its committer, its memory. */
export class Owner {
  readonly diedBefore: boolean;
  readonly epoch: number;
  readonly failures: string[] = [];
  readonly #committer: Committer;
  readonly hand = new Hand();
  /** How many transactions the last write has taken. */
  commits = 0;
  #follow: ((now: number) => void) | undefined;

  private constructor(readonly store: Store, readonly ownership: Ownership, clock: Clock) {
    this.diedBefore = store.owner.read().atWork;
    this.epoch = store.db.transaction(() => store.owner.take(Deno.pid, clock.now()));
    store.db.exec(KEEP_MOVES);
    this.#committer = new Committer({
      store,
      clock,
      epoch: this.epoch,
      longestWait: LONGEST_WAIT,
      beforeCommit: (now) => {
        claim(store, this.hand, now);
        this.#follow?.(now);
        return () => this.commits++;
      },
      isAwaited: () => false,
      failed: (error) => this.failures.push((error as Error & { code: string }).code),
    });
  }

  /** Undefined when another has the lock. */
  static start(path: string, clock: Clock): Owner | undefined {
    const ownership = acquireOwnership(path);
    return ownership && new Owner(openUnsynced(path), ownership, clock);
  }

  /** Commits these, with a claim of up to so many frames; together, unless a realm is at work that some must wait for. */
  async write(parts: readonly Write[], limits: Limits, way: Way = {}): Promise<Written> {
    this.hand.begin(limits);
    this.commits = 0;
    this.#follow = way.follow;
    if (way.meanwhile !== undefined) this.#committer.realmBegins();
    const staged = parts.map((part, at) =>
      this.#committer.commit((now) => part(this.store, now, this.hand), way.concerns?.[at])
    );
    const settling = Promise.allSettled(staged);
    await way.meanwhile?.();
    if (way.meanwhile !== undefined) this.#committer.realmAnswered();
    const settled = await settling;
    return {
      parts: settled.map((part) => part.status === "fulfilled" ? part.value : { refused: codeOf(part.reason) }),
      claimed: this.commits === 0 ? [] : this.hand.claimed,
    };
  }

  /** A write that needs no sync of the disk. */
  quickly(write: Write): { readonly value: unknown } | undefined {
    return this.#committer.quickly(() => write(this.store, 0, this.hand));
  }

  get stopped(): boolean {
    return this.#committer.stopped;
  }

  /** Its last commit, and the word that it has left. */
  async leave(inHand: readonly number[]): Promise<Written> {
    const written = await this.write([(rows) => leave(rows, inHand)], { local: 0, outside: 0 });
    this.#committer.stop();
    this.store.owner.leave(this.epoch);
    return written;
  }

  /** Its memory is gone, its lock free. */
  die(): void {
    this.store.close();
    this.ownership.release();
  }

  /** Every change of a status that it has committed since it was asked last: table, from, to. */
  takeMoves(): { what: string; before: string; after: string }[] {
    const moves = this.store.db.prepare("SELECT what, id, before, after FROM moves ORDER BY rowid").all();
    this.store.db.exec("DELETE FROM moves");
    return moves as unknown as { what: string; before: string; after: string }[];
  }
}

/** Throws what is no refusal. */
function codeOf(error: { code?: string }): string {
  if (error.code === undefined) throw error;
  return error.code;
}

const KEEP_MOVES = `
CREATE TEMP TABLE moves (what TEXT, id INTEGER, before TEXT, after TEXT);
CREATE TEMP TRIGGER frame_moves AFTER UPDATE OF status ON main.stack_runs
  BEGIN INSERT INTO moves VALUES ('frame', NEW.id, OLD.status, NEW.status); END;
CREATE TEMP TRIGGER run_moves AFTER UPDATE OF status ON main.task_runs
  BEGIN INSERT INTO moves VALUES ('run', NEW.run, OLD.status, NEW.status); END;
`;
