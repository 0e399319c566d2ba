import type { Json, JsonObject } from "../core/json.ts";
import { sha256 } from "./sha256.ts";
import { Chain, type ChainRow, entryOf } from "./chain.ts";
import type { Database, Row } from "./database.ts";
import { type StackRun, toStackRun } from "./stack_runs.ts";

/** That a call was about to leave: in the file before anything of it left. */
export interface SentEntry {
  /** When it was claimed, ms. */
  readonly at: number;
  /** Of the run; `in`: of the one that it is nested in, if it is. */
  readonly run: string;
  readonly in?: string;
  readonly task: string;
  /** Its seq among the run's calls. */
  readonly call: number;
  readonly attempt: number;
  readonly service: string;
  readonly method: string;
  /** The hosts that it may reach; null: its service does not say. */
  readonly to: readonly string[] | null;
  /** Without secrets, and of what is long the digest. */
  readonly args: readonly Json[];
  /** Of the arguments as they were sent (JSON text), where `args` is not all of them. */
  readonly sha256?: string;
}

/** What was seen of an attempt's end. */
export interface EndEntry {
  /** The id of its `SentEntry`. */
  readonly of: string;
  /** ms */
  readonly at: number;
  /** `waits`: given back until a time; `not made`: it never came to its service; `unknown`: the process died meanwhile. */
  readonly how: "answered" | "failed" | "waits" | "not made" | "unknown";
  /** Code of the error. */
  readonly error?: string;
  readonly reached?: readonly {
    readonly to: string;
    readonly requests: number;
    readonly status: Readonly<Record<string, number>>;
    /** Bytes. */
    readonly sent: number;
    readonly received: number;
  }[];
}

/** An attempt that was out when a page was written: its id, and the number of its frame. */
export type OpenEntry = readonly [id: string, frame: number];

/** Calls that may be without a page for a moment, see `Departures`. */
export const MOST_UNWRITTEN = 64;

/** What was written together: what was about to leave, then ends. The id of an entry is its page and its place there: `12.1`. */
export interface LedgerPage {
  readonly seq: number;
  /** ms */
  readonly at: number;
  /** Of the owner that wrote it. */
  readonly epoch: number;
  /** The number of the frame up to which all that were claimed as they were inserted have their entry. */
  readonly through: number;
  readonly sent?: readonly SentEntry[];
  /** A host that the entry of an attempt does not name, before anything left for it. */
  readonly also?: readonly { readonly of: string; readonly to: string }[];
  readonly ended?: readonly EndEntry[];
  readonly open?: readonly OpenEntry[];
}

/** What left the machine: pages that are chained by their hashes and never change. */
export class Ledger extends Chain {
  readonly #unentered;
  readonly #newestFrame;

  constructor(db: Database) {
    super(db, "ledger");
    this.#unentered = db.prepare(
      `SELECT stack_runs.* FROM stack_runs JOIN task_runs USING (run) WHERE stack_runs.id > ? AND ${MUST_BE_ENTERED} ORDER BY stack_runs.id`,
    );
    this.#newestFrame = db.prepare("SELECT coalesce(max(id), 0) AS id FROM stack_runs");
  }

  /** Frames behind one whose calls must have an entry. */
  unentered(after: number): StackRun[] {
    return (this.#unentered.all(after) as Row[]).map(toStackRun);
  }

  /** The highest number of a frame, 0 when there is none. */
  newestFrame(): number {
    return (this.#newestFrame.get() as Row).id as number;
  }
}

/** Of a frame, and its run: an outside call that was claimed since there is a ledger; what a fork has copied was not made by it. */
export const MUST_BE_ENTERED = `lane = 1 AND stack_runs.started_at >= (SELECT ledger_since FROM owner)
  AND (gate IS NULL OR gate ->> 'state' = 'approved') AND seq >= coalesce(forked_from ->> 'from', 0)`;

/** The page of a row; undefined when it is none that was written here. */
export function pageOf(row: Pick<ChainRow, "seq" | "text">): LedgerPage | undefined {
  const page = entryOf(row) as (JsonObject & Partial<LedgerPage>) | undefined;
  if (typeof page?.at !== "number" || typeof page.epoch !== "number") return undefined;
  const areLists = [page.sent, page.also, page.ended, page.open].every((entries) =>
    entries === undefined || Array.isArray(entries)
  );
  return areLists ? page as LedgerPage : undefined;
}

/** sha-256 (hex) of the arguments that were sent. */
export function digestOf({ sha256: given, args }: SentEntry): string {
  return given ?? sha256(JSON.stringify(args));
}
