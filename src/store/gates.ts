import type { Json } from "../core/json.ts";
import type { Database, Row } from "./database.ts";
import { storedJson } from "./stored_json.ts";
import { OVER_BUDGET } from "./waits.ts";

/** Why a frame is blocked that waits until a person has said whether it may be made. */
export const APPROVAL = "approval";

/** What became of a call that the policy did not let through by itself. But for `approved`, it has not left. */
export interface Gate {
  readonly state: "asked" | "denied" | "approved" | "refused";
  /** The rule that stopped it, and its words; null: what holds without rules. */
  readonly rule: { readonly id: number; readonly text: string } | null;
  /** When it was stopped, ms. */
  readonly at: number;
  readonly decidedAt?: number;
  /** Who has approved or refused it. */
  readonly by?: string;
  /** What is sent instead of the arguments of the call. */
  readonly args?: readonly Json[];
  /** Why it was refused. */
  readonly reason?: string;
}

/** A call that waits for a person. */
export interface AskedCall {
  readonly frame: number;
  readonly run: number;
  readonly seq: number;
}

/** The gates of frames, which are columns of theirs. */
export class Gates {
  readonly #write;
  readonly #shut;
  readonly #asked;
  readonly #askedOf;
  readonly #isAll;

  constructor(db: Database) {
    this.#write = db.prepare("UPDATE stack_runs SET gate = ? WHERE id = ?");
    this.#shut = db.prepare("UPDATE stack_runs SET blocked = ?, waiting_for = ? WHERE id = ? AND status = 'pending'");
    this.#asked = db.prepare(
      "SELECT id, run, seq FROM stack_runs WHERE status = 'pending' AND blocked = ? AND id > ? ORDER BY id LIMIT ? + 0",
    );
    this.#askedOf = db.prepare(
      `SELECT id, run, seq FROM stack_runs INDEXED BY stack_runs_open
       WHERE run = ? AND ended_at IS NULL AND status = 'pending' AND blocked = ? ORDER BY seq LIMIT ? + 0`,
    );
    const open = "FROM stack_runs INDEXED BY stack_runs_open WHERE run = :run AND ended_at IS NULL AND seq > 0";
    this.#isAll = db.prepare(
      `SELECT EXISTS (SELECT 1 ${open}) AND NOT EXISTS (
         SELECT 1 ${open} AND blocked IS NOT :approval AND status <> 'suspended_waiting_child'
           AND (ready_at IS NULL AND ${OVER_BUDGET}) IS NOT 1
       ) AS is_all`,
    );
  }

  /** Of a frame that is pending. */
  ask(frame: number, gate: Gate, waitingFor: string): void {
    this.set(frame, gate);
    this.#shut.run(APPROVAL, waitingFor, frame);
  }

  set(frame: number, gate: Gate | undefined): void {
    this.#write.run(gate === undefined ? null : JSON.stringify(gate), frame);
  }

  /** The calls that wait for a person, the oldest first, after a frame. */
  asked(params: { after: number; limit: number }): AskedCall[] {
    return (this.#asked.all(APPROVAL, params.after, params.limit) as Row[]).map(toAskedCall);
  }

  /** Whether all that a run waits for are persons, who approve or raise a budget, and runs nested in it. */
  isAllThatIsOpen(run: number): boolean {
    return (this.#isAll.get({ run, approval: APPROVAL }) as Row).is_all === 1;
  }

  askedOf(run: number, limit: number): AskedCall[] {
    return (this.#askedOf.all(run, APPROVAL, limit) as Row[]).map(toAskedCall);
  }
}

function toAskedCall(row: Row): AskedCall {
  return { frame: row.id as number, run: row.run as number, seq: row.seq as number };
}

/** The gate of a frame, as its column has it. */
export function gateOf({ gate }: { readonly gate: string | null }): Gate | undefined {
  return gate === null ? undefined : storedJson(gate) as unknown as Gate;
}

/** What is sent: the arguments as the task gave them, or as the person who approved them has put them. */
export function sentArgs(frame: { readonly args: string; readonly gate: string | null }): Json[] {
  return [...(gateOf(frame)?.args ?? storedJson(frame.args) as Json[])];
}
