/**
 * Lets contenders do the same job in turns, and gives what each of them answered in every round. The order turns round
 * with every round, so that a machine that gets slower or faster favours nobody.
 */
export async function rounds<Name extends string, Answer>(
  count: number,
  contenders: { readonly [name in Name]: () => Promise<Answer> },
): Promise<{ [name in Name]: Answer[] }> {
  const names = Object.keys(contenders) as Name[];
  const answers = Object.fromEntries(names.map((name) => [name, []])) as unknown as { [name in Name]: Answer[] };
  for (let round = 0; round < count; round++) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) answers[name].push(await contenders[name]());
  }
  return answers;
}
