import { FRAME_STATUSES, isFrameSettled, mayMoveFrame, mayMoveRun, RUN_STATUSES } from "../../src/core/states.ts";
import type { Store } from "../../src/store/store.ts";

/** Notes what becomes of runs and frames through one connection. */
export class MoveWatch {
  readonly #moves;
  readonly #forget;

  constructor({ db }: Store) {
    db.exec(`
PRAGMA temp_store = MEMORY;
CREATE TEMP TABLE moves (what TEXT, run INTEGER, seq INTEGER, was TEXT, became TEXT);
CREATE TEMP TRIGGER frame_moves AFTER UPDATE OF status ON main.stack_runs WHEN OLD.status <> NEW.status BEGIN
  INSERT INTO moves VALUES ('frame', NEW.run, NEW.seq, OLD.status, NEW.status);
END;
CREATE TEMP TRIGGER run_moves AFTER UPDATE OF status ON main.task_runs WHEN OLD.status <> NEW.status BEGIN
  INSERT INTO moves VALUES ('run', NEW.run, NULL, OLD.status, NEW.status);
END;
CREATE TEMP TRIGGER settled_frames AFTER UPDATE ON main.stack_runs WHEN OLD.ended_at IS NOT NULL BEGIN
  INSERT INTO moves VALUES ('frame', NEW.run, NEW.seq, OLD.status, 'settled again');
END;`);
    this.#moves = db.prepare("SELECT DISTINCT what, run, seq, was, became FROM moves");
    this.#forget = db.prepare("DELETE FROM moves");
  }

  /** The moves since the last time that no table allows. */
  illegal(): string[] {
    const moves = this.#moves.all() as unknown as Move[];
    this.#forget.run();
    return moves.filter((move) => !isLegal(move)).map(({ what, run, seq, was, became }) =>
      `${what} ${run}${seq === null ? "" : `.${seq}`} moved from ${was} to ${became}`
    );
  }
}

interface Move {
  readonly what: "run" | "frame";
  readonly run: number;
  readonly seq: number | null;
  readonly was: string;
  readonly became: string;
}

function isLegal({ what, was, became }: Move): boolean {
  if (what === "run") return mayMoveRun(one(RUN_STATUSES, was), one(RUN_STATUSES, became));
  const from = one(FRAME_STATUSES, was);
  return became !== "settled again" && !isFrameSettled(from) && mayMoveFrame(from, one(FRAME_STATUSES, became));
}

function one<T extends string>(names: readonly T[], name: string): T {
  return names.find((known) => known === name)!;
}
