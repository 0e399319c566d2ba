import type { Usage } from "../core/budget.ts";
import { sentForm } from "../core/sent_form.ts";
import { sha256 } from "../store/sha256.ts";
import type { Outcome } from "../services/contract.ts";
import { Departure } from "../services/outgoing.ts";
import { type ChainRow, NO_HASH } from "../store/chain.ts";
import { sentArgs } from "../store/gates.ts";
import { type EndEntry, MOST_UNWRITTEN, type OpenEntry, pageOf } from "../store/ledger.ts";
import type { StackRun } from "../store/stack_runs.ts";
import type { TaskRun } from "../store/task_runs.ts";
import { NOBODY } from "./committer.ts";
import type { Parts } from "./parts.ts";
import { refusalOf } from "./policy_gate.ts";

/** How an attempt ended, but for what it reached. */
export type DepartureEnd = Pick<EndEntry, "how" | "error">;
export const NOT_MADE: DepartureEnd = { how: "not made" };

const NO_HOSTS: readonly string[] = [];
const NOTHING: Usage = { calls: 0, units: 0, bytes: 0 };
/** How long an entry may wait for its page, ms. */
const LONGEST_WAIT = 100;

/**
 * Writes the ledger, page by page. An outside call that is claimed as it is inserted, and only reads, is in the file as its
 * own row when it leaves: its entry shares a page with others that come soon after it (a page for each call would cost a
 * tenth of all that a call costs), and the next owner enters what a death left without one. Everything else that leaves, a
 * call that writes and every further attempt, whose row will say no more of the one before, is on a page in the very
 * transaction that claims it.
 */
export class Departures {
  readonly #parts: Parts;
  /** Attempts that are out, by frame. */
  readonly #out = new Map<number, Departure>();
  /** JSON texts of the next page's entries. */
  #sent: string[] = [];
  #also: string[] = [];
  #ended: string[] = [];
  /** Whether the next commit writes the page. */
  #isDue = false;
  /** Whether rows are deleted in this transaction: numbers of frames may begin anew. */
  #rowsGo = false;
  /** Of the last page: this owner is the only one to write any. */
  #head: Pick<ChainRow, "seq" | "hash"> = { seq: 0, hash: NO_HASH };
  #lastRun: { readonly id: string; readonly text: string } | undefined;
  #cancelWait: (() => void) | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Part of the transaction that has claimed an outside call. What is claimed to be refused does not leave. `isNew`: as it was inserted. */
  leaves(frame: StackRun, { isNew }: { isNew: boolean }): void {
    const live = this.#parts.runs.get(frame.run);
    if (live === undefined || (frame.gate !== null && refusalOf(frame) !== undefined)) return;
    const { hosts, writes } = this.#known(frame);
    const id = this.#send(frame, { id: live.id, parentRun: live.parentRun, task: live.code.name }, {
      at: frame.startedAt!,
      hosts,
    });
    if (!isNew || writes) this.#isDue = true;
    this.#out.set(frame.id, new Departure(id, hosts ?? NO_HOSTS, this.#enter));
  }

  /** The attempt of a frame that was claimed. */
  of(frame: Pick<StackRun, "id">): Departure {
    return this.#out.get(frame.id)!;
  }

  /** An attempt is over; gives what it has used. */
  over(frame: Pick<StackRun, "id">, end: DepartureEnd): Usage {
    const departure = this.#out.get(frame.id);
    if (departure === undefined) return NOTHING;
    this.#out.delete(frame.id);
    const reached = departure.over();
    this.#end(departure.id, { ...end, ...(reached.length === 0 ? {} : { reached }) }, this.#parts.clock.now());
    // Its row may be claimed again.
    if (end.how !== "answered") this.#isDue = true;
    this.#waitForCompany();
    return departure.usage;
  }

  /** Part of a transaction that deletes rows of runs: what has no page yet may be in them. */
  rowsGo(): void {
    this.#rowsGo = true;
  }

  /** The next commit writes what is to be written. */
  due(): void {
    this.#isDue = true;
  }

  /** Part of every transaction of the group, when all that leaves with it is known. */
  write(now: number): void {
    const longest = Math.max(this.#sent.length, this.#also.length, this.#ended.length);
    if (longest === 0 && !this.#rowsGo) this.#isDue = false;
    else if (this.#isDue || this.#rowsGo || longest >= MOST_UNWRITTEN) this.#writePage(now);
    else this.#waitForCompany();
  }

  /** Part of an owner's first transaction, before it changes anything: enters what the one before has not. */
  takeUp(now: number): void {
    const { store, runs } = this.#parts;
    const last = store.ledger.last();
    if (last !== undefined) this.#head = last;
    const { open = [], through = 0 } = (last && pageOf(last)) ?? {};
    for (const [id, frame] of open) this.#endAsJournaled(id, store.stackRuns.get(frame), now);
    for (const frame of store.ledger.unentered(through)) {
      const row = store.taskRuns.get(frame.run)!;
      const { hosts } = runs.get(frame.run) === undefined ? { hosts: undefined } : this.#known(frame);
      const id = this.#send(frame, { id: row.id, parentRun: row.parentRun, task: row.taskName }, {
        at: frame.startedAt!,
        hosts,
      });
      this.#endAsJournaled(id, frame, now);
    }
    // Numbers of frames begin anew when the last ones were deleted; and a file from before the ledger has many.
    const newest = store.ledger.newestFrame();
    const isStale = newest < through || (last === undefined && newest > 0);
    if (isStale || this.#sent.length + this.#ended.length > 0) this.#writePage(now);
  }

  /** The last commit writes the rest. */
  stop(): void {
    this.#isDue = true;
    this.#stopWaiting();
  }

  #writePage(now: number): void {
    const open: OpenEntry[] = [...this.#out].map(([frame, { id }]) => [id, frame]);
    const { options: { epoch }, store } = this.#parts;
    const through = store.ledger.newestFrame();
    let text = `{"seq":${this.#head.seq + 1},"at":${now},"epoch":${epoch},"through":${through}`;
    for (const [name, entries] of [["sent", this.#sent], ["also", this.#also], ["ended", this.#ended]] as const) {
      if (entries.length > 0) text += `,"${name}":[${entries.join(",")}]`;
    }
    if (open.length > 0) text += `,"open":${JSON.stringify(open)}`;
    this.#head = store.ledger.link(this.#head, `${text}}`);
    [this.#sent, this.#also, this.#ended] = [[], [], []];
    this.#rowsGo = false;
    if (!this.#isDue) return;
    this.#isDue = false;
    this.#stopWaiting();
  }

  #stopWaiting(): void {
    this.#cancelWait?.();
    this.#cancelWait = undefined;
  }

  #waitForCompany(): void {
    if (this.#cancelWait !== undefined) return;
    // One timer for many pages: nearly all are full long before.
    const page = this.#head.seq;
    this.#cancelWait = this.#parts.clock.after(LONGEST_WAIT / 2, () => {
      this.#cancelWait = undefined;
      if (this.#sent.length + this.#also.length + this.#ended.length === 0) return;
      if (this.#head.seq !== page) return this.#waitForCompany();
      this.#isDue = true;
      this.#parts.committer.stage({ concerns: NOBODY, apply: () => {} });
    });
  }

  /** Settles when the ledger has a host that an attempt's own entry does not name. */
  readonly #enter = (id: string, host: string): Promise<void> =>
    this.#parts.committer.commit(() => {
      this.#also.push(JSON.stringify({ of: id, to: host }));
      this.#isDue = true;
    }, NOBODY);

  /** Enters that an attempt is about to leave; gives the entry's id. */
  #send(
    frame: StackRun,
    of: { id: string; task: string; parentRun: number | null },
    { at, hosts }: { at: number; hosts: readonly string[] | undefined },
  ): string {
    const args = frame.gate === null ? frame.args : JSON.stringify(sentArgs(frame));
    const { json, isExact } = sentForm(args, (text) => ({ sha256: sha256(text), characters: text.length }));
    // Written by hand: of all that a call costs, JSON.stringify of the whole would be a hundredth.
    let text = `{"at":${at},${this.#runText(of)},"call":${frame.seq},"attempt":${frame.attempt}`;
    text += `,"service":"${frame.service}","method":${JSON.stringify(frame.method)}`;
    text += `,"to":${hosts === undefined ? "null" : JSON.stringify(hosts)}`;
    if (!isExact) text += `,"sha256":"${sha256(args)}"`;
    this.#sent.push(`${text},"args":${json}}`);
    return `${this.#head.seq + 1}.${this.#sent.length}`;
  }

  /** Members of an entry that all calls of a run have: the same as the last time, as a rule. */
  #runText(of: { id: string; task: string; parentRun: number | null }): string {
    if (this.#lastRun?.id !== of.id) {
      const around = of.parentRun === null ? "" : `"in":${JSON.stringify(this.#topOf(of.parentRun))},`;
      this.#lastRun = { id: of.id, text: `"run":${JSON.stringify(of.id)},${around}"task":${JSON.stringify(of.task)}` };
    }
    return this.#lastRun!.text;
  }

  #end(id: string, end: Omit<EndEntry, "of" | "at">, at: number): void {
    const { how, error, reached } = end;
    let text = `{"of":"${id}","at":${at},"how":"${how}"`;
    if (error !== undefined) text += `,"error":${JSON.stringify(error)}`;
    if (reached !== undefined) text += `,"reached":${JSON.stringify(reached)}`;
    this.#ended.push(`${text}}`);
  }

  /** Of an attempt that was out when the process died; what its row says came of the answer that was seen. */
  #endAsJournaled(id: string, frame: StackRun | undefined, now: number): void {
    const how = frame?.status === "completed" ? "answered" : frame?.status === "failed" ? "failed" : "unknown";
    this.#end(id, { how }, how === "unknown" ? now : frame!.endedAt!);
  }

  /** What is known of a call before it is made: nothing of one that will fail of the same. */
  #known(frame: StackRun): { hosts: readonly string[] | undefined; writes: boolean } {
    const { runs, options } = this.#parts;
    try {
      const service = options.services.get(frame.service);
      if (service.hosts === undefined && service.intent === undefined) return { hosts: undefined, writes: false };
      const call = { method: frame.method, manifest: runs.get(frame.run)!.manifest, args: sentArgs(frame) };
      return { hosts: service.hosts?.(call), writes: service.intent?.(call).writes ?? false };
    } catch {
      return { hosts: [], writes: false };
    }
  }

  /** The id of the run that runs are nested in, however deep. */
  #topOf(run: number): string {
    let top: Pick<TaskRun, "id" | "parentRun"> = this.#row(run);
    while (top.parentRun !== null) top = this.#row(top.parentRun);
    return top.id;
  }

  #row(run: number): Pick<TaskRun, "id" | "parentRun"> {
    return this.#parts.runs.get(run) ?? this.#parts.store.taskRuns.get(run)!;
  }
}

/** How an attempt ended that its service has answered. */
export function endOf(outcome: Outcome): DepartureEnd {
  if (outcome.type === "error") return { how: "failed", error: outcome.error.code };
  return { how: outcome.type === "wait" ? "waits" : "answered" };
}
