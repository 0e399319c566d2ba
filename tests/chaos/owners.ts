import type { Findings } from "./findings.ts";
import type { Processes } from "./processes.ts";

/** How long an owner that has let go of the file may need to end, ms. */
const ENDING = 10_000;

/** Watches the owner's row: at each change the owner before must have ended. */
export class Owners {
  readonly #findings: Findings;
  readonly #processes: Processes;
  readonly #endings: Promise<void>[] = [];
  #last: { epoch: number; pid: number } | undefined;
  changes = 0;

  constructor(params: { findings: Findings; processes: Processes }) {
    this.#findings = params.findings;
    this.#processes = params.processes;
  }

  see(owner: { epoch: number; pid: number }): void {
    const last = this.#last;
    this.#last = owner;
    if (last === undefined || (last.epoch === owner.epoch && last.pid === owner.pid)) return;
    const change = `owner ${last.pid} (epoch ${last.epoch}), then ${owner.pid} (epoch ${owner.epoch})`;
    if (owner.epoch <= last.epoch) this.#findings.report("owner", `the epoch was not raised: ${change}`);
    this.changes += owner.epoch - last.epoch;
    const before = this.#processes.byPid(last.pid);
    if (before === undefined || before.ended !== undefined) return;
    if (before.isFrozen) this.#findings.report("owner", `a frozen owner was taken over: ${change}`);
    this.#endings.push(this.#mustEnd(before.running.end(), change));
  }

  /** Settles when it is known of every earlier owner whether it has ended. */
  async judged(): Promise<void> {
    await Promise.all(this.#endings);
  }

  async #mustEnd(end: Promise<unknown>, change: string): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<"late">((resolve) => timer = setTimeout(() => resolve("late"), ENDING));
    const first = await Promise.race([end, late]);
    clearTimeout(timer);
    if (first === "late") this.#findings.report("owner", `the one before lives on: ${change}`);
  }
}
