import { Dice } from "../../src/workspace/dice.ts";

/** What the service does when it is asked under a key: first its troubles, one each time it is asked, then its answer. */
export interface Answer {
  readonly trouble: readonly ("drop" | "hang")[];
  readonly status: 200 | 500;
  /** ms */
  readonly delay: number;
}

/** The same for the same seed and key, whoever asks and when. */
export function answerTo(seed: number, key: string): Answer {
  const dice = new Dice(seed, "answer", key);
  const status = dice.chance(0.07) ? 500 : 200;
  const delay = dice.chance(0.15) ? dice.between(100, 600) : dice.between(0, 25);
  const trouble: Answer["trouble"][number][] = [];
  while (trouble.length < 2 && dice.chance(0.08)) trouble.push(dice.chance(0.7) ? "drop" : "hang");
  return { trouble, status, delay };
}
