import type { Verdict } from "./schedule.ts";
import type { Begun, Stretch, StretchReport } from "./worker_entry.ts";

/** Schedules given to a thread at a time: whole families that share a program. */
const STRETCH = 50;
/** So many failed schedules tell enough. */
const ENOUGH = 5;

/** A schedule that takes so many times a second stands still. Counted, since this process may be stopped for a while, too. */
const PATIENCE = 60;

/** Runs the schedules of the seeds from `from` on in all threads that the machine has. */
export async function simulate(
  { from, schedules }: { from: number; schedules: number },
): Promise<{ schedules: number; events: number; failed: Verdict[] }> {
  const stretches: Stretch[] = [];
  for (let at = from; at < from + schedules; at += STRETCH) {
    stretches.push({ from: at, to: Math.min(at + STRETCH, from + schedules) });
  }
  const sum = { schedules: 0, events: 0, failed: [] as Verdict[] };
  const threads = Array.from({ length: navigator.hardwareConcurrency }, async () => {
    await using thread = new Thread();
    while (stretches.length > 0 && sum.failed.length < ENOUGH) {
      const report = await thread.run(stretches.shift()!);
      sum.schedules += report.schedules;
      sum.events += report.events;
      sum.failed.push(...report.failed);
    }
  });
  await Promise.all(threads);
  return sum;
}

class Thread implements AsyncDisposable {
  readonly #worker = new Worker(new URL("./worker_entry.ts", import.meta.url), { type: "module" });
  /** No stretch is under way, nor has one come to grief. */
  #isIdle = true;

  run(stretch: Stretch): Promise<StretchReport> {
    this.#isIdle = false;
    return new Promise<StretchReport>((resolve, reject) => {
      let seed = stretch.from;
      let seconds = 0;
      const watch = setInterval(() => {
        if (++seconds > PATIENCE) end(() => reject(new Error(`--seed ${seed} stands still`)));
      }, 1_000);
      const end = (settle: () => void) => {
        clearInterval(watch);
        settle();
      };
      this.#worker.onmessage = ({ data }: MessageEvent<Begun | StretchReport>) => {
        if ("failed" in data) {
          this.#isIdle = true;
          return end(() => resolve(data));
        }
        seed = data.seed;
        seconds = 0;
      };
      this.#worker.onerror = (event) => {
        event.preventDefault();
        end(() => reject(new Error(`--seed ${seed}: ${event.message}`)));
      };
      this.#worker.postMessage(stretch);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isIdle) {
      await new Promise<void>((resolve) => {
        this.#worker.onmessage = () => resolve();
        this.#worker.postMessage("end");
      });
    }
    this.#worker.terminate();
  }
}
