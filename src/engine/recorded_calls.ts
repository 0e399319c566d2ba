import type { SerializedError } from "../core/errors.ts";
import { sha256 } from "../store/sha256.ts";
import type { JournaledCall } from "../store/stack_runs.ts";
import type { Store } from "../store/store.ts";
import { storedJson } from "../store/stored_json.ts";
import { canonical } from "./journal.ts";

const PAGE = 500;

type CallText = Pick<JournaledCall, "service" | "method" | "args">;

export interface RecordedCall {
  readonly seq: number;
  /** Its place among the answers; undefined when it was never answered. */
  readonly order: number | undefined;
  /** The code of the error that it was answered with. */
  readonly failed: string | undefined;
}

/** The calls of a journal, found by what they ask: of several that ask the same, in their order. */
export class RecordedCalls {
  readonly #store: Store;
  readonly #run: number;
  readonly #byCall = new Map<string, RecordedCall[]>();

  /** `results`: a call that was answered with an error was not answered. */
  constructor(store: Store, run: number, { results = false }: { results?: boolean } = {}) {
    this.#store = store;
    this.#run = run;
    for (let after = 0;;) {
      const page = store.stackRuns.page({ run, after, limit: PAGE });
      for (const frame of page) {
        if (frame.seq === 0) continue;
        const key = keyOf(frame);
        // Settled when its run ended: an answer that came last of all.
        const last = frame.status === "completed" ? Number.MAX_SAFE_INTEGER : undefined;
        const order = results && frame.status !== "completed" ? undefined : frame.delivery ?? last;
        const calls = this.#byCall.get(key) ?? [];
        calls.push({ seq: frame.seq, order, failed: codeOf(frame.error) });
        this.#byCall.set(key, calls);
      }
      if (page.length < PAGE) break;
      after = page.at(-1)!.seq;
    }
  }

  /** The first recorded call like this one that was not taken before. */
  take(call: CallText): RecordedCall | undefined {
    return this.#byCall.get(keyOf(call))?.shift();
  }

  /** Those that nobody took, in order of issue. */
  rest(): JournaledCall[] {
    const left = [...this.#byCall.values()].flat().map(({ seq }) => seq).sort((a, b) => a - b);
    return left.map((seq) => {
      const { service, method, args } = this.#store.stackRuns.bySeq(this.#run, seq)!;
      return { seq, service, method, args };
    });
  }
}

function codeOf(error: string | null): string | undefined {
  return error === null ? undefined : (storedJson(error) as unknown as SerializedError).code;
}

function keyOf({ service, method, args }: CallText): string {
  return sha256(JSON.stringify([service, method, canonical(args)]));
}
