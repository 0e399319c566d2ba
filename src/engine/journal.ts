import { TaskerError } from "../core/errors.ts";
import { canonicalJson, type Json } from "../core/json.ts";
import { canonicalService } from "../core/manifest.ts";
import type { IssuedCall } from "../executor/messages.ts";
import type { JournaledCall, StackRuns } from "../store/stack_runs.ts";

const PAGE = 500;

/** Whether two calls are the same to a replay: service, method and arguments, whatever the order of their keys. */
export function isSameCall(one: CallText, other: CallText): boolean {
  if (one.service !== other.service || one.method !== other.method) return false;
  return one.args === other.args || canonical(one.args) === canonical(other.args);
}

type CallText = Pick<JournaledCall, "service" | "method" | "args">;

/** Arguments in one spelling, whatever the order of their keys. */
export function canonical(args: string): string {
  try {
    return canonicalJson(JSON.parse(args) as Json);
  } catch {
    // Only a tampered isolate sends what is no JSON, or nested without end.
    return args;
  }
}

/** The first call that a replay does not make as the journal has it: another one in its place, or none. */
export class Divergence extends TaskerError {
  constructor(readonly recorded: JournaledCall, readonly issued: IssuedCall | undefined) {
    const now = issued === undefined ? "no such call" : `call ${issued.seq}: ${shown(issued)}`;
    super(
      "NON_DETERMINISM",
      `replay diverged from the journal: it has call ${recorded.seq}: ${shown(recorded)}; the code now makes ${now}`,
      {
        hint:
          "task code must make the same calls for the same input and results; nothing outside `tools` may decide what it does",
      },
    );
  }
}

/** Compares the calls that a replay issues with the journal, in order of issue, reading it page by page. */
export class JournalCheck {
  readonly #stackRuns: Pick<StackRuns, "journal">;
  readonly #run: number;
  #page: JournaledCall[] = [];
  #next = 0;
  #lastRead = 0;
  #atEnd: boolean;

  /** `isEmpty`: the run is known to have made no call. */
  constructor(stackRuns: Pick<StackRuns, "journal">, run: number, { isEmpty }: { isEmpty: boolean }) {
    this.#stackRuns = stackRuns;
    this.#run = run;
    this.#atEnd = isEmpty;
  }

  /** Whether the journal has this call; throws NON_DETERMINISM when it has another one in its place. */
  has(call: IssuedCall): boolean {
    const recorded = this.#peek();
    if (recorded === undefined) return false;
    this.#next++;
    const service = canonicalService(call.service);
    const now = { ...call, service };
    if (recorded.seq !== call.seq || !isSameCall(recorded, now)) {
      throw new Divergence(recorded, now);
    }
    return true;
  }

  /** Throws NON_DETERMINISM when the journal has calls that the replay did not make. */
  finish(): void {
    const recorded = this.#peek();
    if (recorded !== undefined) throw new Divergence(recorded, undefined);
  }

  #peek(): JournaledCall | undefined {
    if (this.#next === this.#page.length && !this.#atEnd) {
      this.#page = this.#stackRuns.journal({ run: this.#run, after: this.#lastRead, limit: PAGE });
      this.#next = 0;
      this.#atEnd = this.#page.length < PAGE;
      this.#lastRead = this.#page.at(-1)?.seq ?? this.#lastRead;
    }
    return this.#page[this.#next];
  }
}

function shown(call: CallText): string {
  const args = call.args.length > 200 ? `${call.args.slice(0, 200)}…` : call.args;
  return `${call.service}.${call.method}${args}`;
}
