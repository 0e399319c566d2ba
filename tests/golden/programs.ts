/** Tasks whose half-way journals are kept here: their source, their input, and the outside calls answered before the stop. */
export interface GoldenProgram {
  readonly name: string;
  readonly source: string;
  readonly answered: number;
}

export const goldenPrograms: readonly GoldenProgram[] = [
  {
    name: "sequence",
    answered: 3,
    source: `module.exports = async () => {
  const seen = [];
  for (let i = 0; i < 6; i++) {
    seen.push(await tools.outside.echo("s" + i), Math.random(), Date.now(), crypto.randomUUID());
    console.log("step", i, Math.random());
    await tools.records.append("row", { i, at: Date.now() });
  }
  return seen;
};`,
  },
  {
    name: "groups",
    answered: 4,
    source: `module.exports = async () => {
  const seen = [];
  const branch = async (name) => {
    try {
      seen.push(await tools.outside.echo(name + "1"));
      seen.push(await tools.outside.fail(name + "2"));
    } catch (error) {
      seen.push(error.code + " " + error.message);
    } finally {
      seen.push(await tools.outside.echo(name + "3"));
    }
    return name;
  };
  seen.push(await Promise.race([branch("a"), branch("b")]));
  seen.push(await Promise.allSettled([branch("c"), tools.outside.fail("d")]).then((all) => all.map((one) => one.status)));
  seen.push(new Date().toISOString(), new Intl.DateTimeFormat("en", { timeZone: "UTC" }).format());
  return seen;
};`,
  },
  {
    name: "nested",
    answered: 3,
    source: `module.exports = async ({ depth = 0 }) => {
  const first = await tools.outside.echo("n" + depth);
  if (depth === 3) return [first, Math.random()];
  const inner = await tools.tasks.execute("nested", { depth: depth + 1 });
  return [first, inner, await tools.outside.echo("m" + depth)];
};`,
  },
  {
    name: "timer",
    answered: 1,
    source: `module.exports = async () => {
  await tools.outside.echo("before");
  const began = Date.now();
  await new Promise((resolve) => setTimeout(resolve, 86_400_000));
  return [Date.now() - began >= 86_400_000, await tools.outside.echo("after")];
};`,
  },
];
