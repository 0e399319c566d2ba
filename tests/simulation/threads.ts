import type { Verdict } from "./schedule.ts";
import type { Stretch, StretchReport } from "./worker_entry.ts";

/** Schedules given to a thread at a time: whole families that share a program. */
const STRETCH = 50;
/** So many failed schedules tell enough. */
const ENOUGH = 5;

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
    using thread = new Thread();
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

class Thread implements Disposable {
  readonly #worker = new Worker(new URL("./worker_entry.ts", import.meta.url), { type: "module" });

  run(stretch: Stretch): Promise<StretchReport> {
    return new Promise((resolve, reject) => {
      this.#worker.onmessage = ({ data }: MessageEvent<StretchReport>) => resolve(data);
      this.#worker.onerror = (event) => {
        event.preventDefault();
        reject(new Error(`seeds ${stretch.from} to ${stretch.to}: ${event.message}`));
      };
      this.#worker.postMessage(stretch);
    });
  }

  [Symbol.dispose](): void {
    this.#worker.terminate();
  }
}
