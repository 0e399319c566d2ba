import { Dice } from "../../src/workspace/dice.ts";

/** A run that spends what its own budget allows, and what becomes of that meanwhile. */
export interface SpenderPlan {
  /** Of the run, and of its budget. */
  readonly name: string;
  readonly calls: number;
  readonly how: "one by one" | "at once" | "nested";
  readonly measure: "calls" | "bytes";
  readonly per: "run" | "day";
  readonly limit: number;
  /** What is done with the budget, one after another, each when the run waits for it; after all of them it goes on to its end. */
  readonly changes: readonly BudgetChange[];
}

export type BudgetChange =
  | { readonly do: "raise"; readonly by: number }
  /** For a day instead of a run, or for a run instead of a day: it counts anew. */
  | { readonly do: "anew"; readonly limit: number }
  | { readonly do: "plenty" | "remove" };

/** More than any spender needs, however often its calls are made again. */
export const PLENTY = 1_000_000;
/** Bytes of a body of an answer, about. */
const ANSWER = 28;

export function spenderPlan(seed: number, index: number): SpenderPlan {
  const dice = new Dice(seed, "spender", index);
  const measure = index % 4 === 3 ? "bytes" : "calls";
  const amount = () => measure === "bytes" ? ANSWER * dice.between(1, 4) : dice.between(1, 5);
  const changes: BudgetChange[] = dice.chance(0.7) ? [{ do: "raise", by: amount() }] : [];
  // What is in flight when a budget of bytes is reached may exceed each of the two.
  if (measure === "calls" && dice.chance(0.3)) changes.push({ do: "anew", limit: amount() });
  return {
    name: `spender${index}`,
    calls: dice.between(4, 14),
    how: measure === "bytes" ? "one by one" : dice.pick(["one by one", "at once", "nested"]),
    measure,
    per: dice.pick(["run", "day"]),
    limit: amount(),
    changes: [...changes, { do: index % 2 === 0 ? "plenty" : "remove" }],
  };
}

/** The name of the spender that a call is of; undefined of other calls. */
export function spenderOf(key: string): string | undefined {
  return /^(spender\d+)\./.exec(key)?.[1];
}

/** The source of the task: it makes its calls to the service at `host`, and gives their tokens, or the codes of their errors. */
export function spenderSource(host: string): string {
  return `
export const manifest = {
  description: "Makes calls that a budget counts",
  services: ["http", "tasks"],
  hosts: ["${host}"],
  input: {
    type: "object",
    properties: {
      name: { type: "string" },
      how: { type: "string" },
      calls: { type: "integer" },
      from: { type: "integer" },
    },
    required: ["name", "how", "calls"],
  },
};

export default async function spender({ name, how, calls, from = 0 }) {
  const call = async (at, after = "") => {
    try {
      const { body } = await tools.with({ timeout: 2500 }).http.fetch(
        "http://${host}/call?key=" + name + "." + at + "~1&after=" + after,
        {},
      );
      return JSON.parse(body).token;
    } catch (error) {
      return error.code;
    }
  };
  const numbers = Array.from({ length: calls }, (_none, at) => from + at);
  if (how === "at once") return await Promise.all(numbers.map((at) => call(at)));
  if (how === "nested") {
    const half = Math.floor(calls / 2);
    const rest = { name, how: "one by one", calls: calls - half, from: from + half };
    const [own, inner] = await Promise.all([
      Promise.all(numbers.slice(0, half).map((at) => call(at))),
      tools.tasks.execute("spender", rest),
    ]);
    return [...own, ...inner];
  }
  const seen = [];
  let after = "";
  for (const at of numbers) {
    seen.push(await call(at, after));
    if (seen.at(-1).includes(":")) after = seen.at(-1);
  }
  return seen;
}
`;
}
