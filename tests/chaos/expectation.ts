import { answerTo } from "./answers.ts";
import { callKey, startedName, TRIES } from "./errand.ts";
import type { Block, Step } from "./program.ts";

/** Something that an errand does if it comes to its end, and in which run. */
export interface Wanted {
  readonly key: string;
  readonly what: Step["do"];
  /** Of a record. */
  readonly rows: number;
  /** The name of the run that does it. */
  readonly run: string;
  /** The races that it is a part of: certain only when its part has won each of them. */
  readonly races: readonly { readonly race: string; readonly part: number }[];
}

/** Everything that the steps of a run may do, nested runs included, by key. */
export function wantedOf(run: { name: string; steps: Block }, seed: number): Map<string, Wanted> {
  const wanted = new Map<string, Wanted>();
  addBlock(run.steps, run.name, { run: run.name, races: [] });
  return wanted;

  function addBlock(steps: Block, name: string, place: Pick<Wanted, "run" | "races">): void {
    for (const [at, step] of steps.entries()) add(step, `${name}.${at}`, place);
  }

  function add(step: Step, key: string, place: Pick<Wanted, "run" | "races">): void {
    const put = (key: string, rows = 0) => wanted.set(key, { key, what: step.do, rows, ...place });
    switch (step.do) {
      case "get":
      case "put":
      case "post":
        for (let attempt = 1; attempt <= TRIES; attempt++) {
          put(callKey(key, attempt));
          if (answerTo(seed, callKey(key, attempt)).status === 200) break;
        }
        return;
      case "record":
        return void put(key, step.rows);
      case "sleep":
      case "row":
      case "signal":
      case "log":
        return void put(key);
      case "all":
        for (const [part, body] of step.parts.entries()) addBlock(body, `${key}.${part}`, place);
        return;
      case "race":
        put(key);
        for (const [part, body] of step.parts.entries()) {
          addBlock(body, `${key}.${part}`, { ...place, races: [...place.races, { race: key, part }] });
        }
        return;
      case "loop":
        for (let turn = 0; turn < step.times; turn++) addBlock(step.body, `${key}.${turn}`, place);
        return;
      case "nested":
        return addBlock(step.body, key, { ...place, run: key });
      case "started":
        return addBlock(step.body, startedName(key), { ...place, run: startedName(key) });
      case "continue":
    }
  }
}
