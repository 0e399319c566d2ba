type Contenders = { readonly [name: string]: (() => Promise<unknown>) | undefined };
/** What each contender answered, round by round; of one that does not take part, nothing. */
type Answers<Given extends Contenders> = {
  readonly [name in keyof Given]: Given[name] extends () => Promise<infer Answer> ? Answer[]
    : NonNullable<Given[name]> extends () => Promise<infer Answer> ? Answer[] | undefined
    : never;
};

/** Rounds that are made however long they take. */
const AT_LEAST = 3;
/** After this the rounds made so far are enough, s. */
const LONG_ENOUGH = 40;

/**
 * Lets contenders do the same job in turns. The order turns round with every round, so that a machine that gets slower or
 * faster favours nobody.
 */
export async function rounds<Given extends Contenders>(count: number, contenders: Given): Promise<Answers<Given>> {
  const names = Object.keys(contenders).filter((name) => contenders[name] !== undefined);
  const answers: Record<string, unknown[]> = Object.fromEntries(names.map((name) => [name, []]));
  const begin = performance.now();
  for (let round = 0; round < count; round++) {
    if (round >= AT_LEAST && performance.now() - begin > LONG_ENOUGH * 1_000) break;
    for (const name of round % 2 === 0 ? names : names.toReversed()) answers[name]!.push(await contenders[name]!());
  }
  return answers as Answers<Given>;
}
