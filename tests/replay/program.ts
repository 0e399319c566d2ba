import fc from "fast-check";
import type { CallOptions } from "../../src/core/call_options.ts";

/** A piece of a random task program. */
export type Statement =
  | { readonly type: "call"; readonly options?: CallOptions }
  | { readonly type: "ask" }
  | { readonly type: "note" }
  | { readonly type: "line" }
  | { readonly type: "record"; readonly awaited: boolean }
  | { readonly type: "throw" }
  | { readonly type: "cancel" }
  | { readonly type: "signal"; readonly early: boolean }
  | { readonly type: "loop"; readonly times: number; readonly body: Block }
  | { readonly type: "helper"; readonly body: Block }
  | { readonly type: "attempt"; readonly body: Block; readonly caught: Block; readonly last: Block }
  | { readonly type: "group"; readonly kind: "all" | "allSettled" | "race" | "any"; readonly parts: readonly Block[] }
  | { readonly type: "nested"; readonly part: number }
  | { readonly type: "started"; readonly part: number; readonly awaited: boolean }
  | { readonly type: "continue" };
export type Block = readonly Statement[];

/** A task: its main part, and parts that it nests or starts, each of which may nest and start those after it. */
export type Program = readonly Block[];

const PARTS = 3;
/** How often a run continues as a new one. */
const TURNS = 2;

/** How a call is made, where neither failing nor waiting depends on it: what a run sees must not depend on it either. */
const OPTIONS: fc.Arbitrary<CallOptions> = fc.record({
  priority: fc.integer({ min: -100, max: 100 }),
  retry: fc.record({ maxAttempts: fc.integer({ min: 1, max: 9 }) }),
  concurrencyKey: fc.record({ key: fc.constantFrom("one", "other"), limit: fc.integer({ min: 500, max: 900 }) }),
}, { requiredKeys: [] });

/** Random programs. Deeper pieces are rarer. */
export function programs(): fc.Arbitrary<Program> {
  const part = (index: number) => blocks({ depth: 3, nests: index + 1 });
  return fc.tuple(...Array.from({ length: PARTS }, (_, index) => part(index)));
}

function blocks(params: { depth: number; nests: number }): fc.Arbitrary<Block> {
  return fc.array(statements(params), { minLength: 1, maxLength: params.depth === 3 ? 5 : 3, size: "max" });
}

function statements(params: { depth: number; nests: number }): fc.Arbitrary<Statement> {
  const simple: fc.WeightedArbitrary<Statement>[] = [
    { weight: 8, arbitrary: fc.constant({ type: "call" }) },
    { weight: 2, arbitrary: fc.record({ type: fc.constant("call"), options: OPTIONS }) },
    { weight: 1, arbitrary: fc.constant({ type: "ask" }) },
    { weight: 2, arbitrary: fc.constant({ type: "note" }) },
    { weight: 2, arbitrary: fc.constant({ type: "line" }) },
    { weight: 3, arbitrary: fc.record({ type: fc.constant("record"), awaited: fc.boolean() }) },
    { weight: 1, arbitrary: fc.constant({ type: "throw" }) },
    { weight: 1, arbitrary: fc.constant({ type: "cancel" }) },
    { weight: 1, arbitrary: fc.record({ type: fc.constant("signal"), early: fc.boolean() }) },
    { weight: 1, arbitrary: fc.constant({ type: "continue" }) },
  ];
  if (params.nests < PARTS) {
    const later = fc.integer({ min: params.nests, max: PARTS - 1 });
    simple.push({ weight: 2, arbitrary: fc.record({ type: fc.constant("nested"), part: later }) });
    const started = fc.record({ type: fc.constant("started"), part: later, awaited: fc.boolean() });
    simple.push({ weight: 2, arbitrary: started });
  }
  if (params.depth === 0) return fc.oneof(...simple);
  const body = blocks({ ...params, depth: params.depth - 1 });
  const kind = fc.constantFrom("all", "allSettled", "race", "any");
  return fc.oneof(
    ...simple,
    { weight: 2, arbitrary: fc.record({ type: fc.constant("loop"), times: fc.integer({ min: 1, max: 3 }), body }) },
    { weight: 1, arbitrary: fc.record({ type: fc.constant("helper"), body }) },
    { weight: 2, arbitrary: fc.record({ type: fc.constant("attempt"), body, caught: body, last: body }) },
    {
      weight: 3,
      arbitrary: fc.record({
        type: fc.constant("group"),
        kind,
        parts: fc.array(body, { minLength: 1, maxLength: 3 }),
      }),
    },
  ) as fc.Arbitrary<Statement>;
}

/**
 * Source text of the program as one task function, which executes or starts itself for its other parts. Every such part, and
 * every run that continues another one, begins with an outside call, so that nothing but the order of answers decides what comes first. Whoever answers a call whose
 * key begins with `signal` sends its run the signal `go` before; one with `cancel` cancels its run instead.
 */
export function sourceOf(program: Program): string {
  const parts = program.map((block) => `async (seen, key, next) => {\n${textOf(block)}\n}`);
  return `const parts = [${parts.join(",\n")}];
module.exports = async ({ part = 0, name = "p", turn = 0 }) => {
  const seen = [];
  let calls = 0;
  const key = () => name + "." + ++calls;
  const next = async () => {
    if (turn < ${TURNS}) await tools.run.continueAsNew({ part, name: name + "'", turn: turn + 1 });
  };
  if (part + turn > 0) seen.push(await tools.outside.echo(key()).catch((error) => error.code));
  await parts[part](seen, key, next);
  return seen;
};`;
}

function textOf(block: Block): string {
  return block.map(statementText).join("\n");
}

function statementText(statement: Statement): string {
  switch (statement.type) {
    case "call":
      return `seen.push(await tools${withText(statement.options)}.outside.echo(key()));`;
    case "ask":
      return "seen.push(await tools.outside.write(key()));";
    case "note":
      return "seen.push(Math.random(), Date.now());";
    case "line":
      return 'console.log("line", seen.length, Math.random());';
    case "record":
      return `${statement.awaited ? "await " : ""}tools.records.append("row", { at: Date.now(), seen: seen.length });`;
    case "throw":
      return 'throw new Error("thrown after " + seen.length);';
    case "cancel":
      return 'await tools.outside.echo("cancel " + key());';
    case "signal":
      return statement.early
        ? 'await tools.outside.echo("signal " + key()); seen.push(await tools.signals.wait("go"));'
        : 'seen.push(await Promise.all([tools.signals.wait("go"), tools.outside.echo("signal " + key())]));';
    case "loop":
      return `for (let i = 0; i < ${statement.times}; i++) {\n${textOf(statement.body)}\n}`;
    case "helper":
      return `await (async function helper() {\n${textOf(statement.body)}\n})();`;
    case "attempt":
      return `try {\n${textOf(statement.body)}\n} catch (error) {\nseen.push("caught " + error.message);\n${
        textOf(statement.caught)
      }\n} finally {\nseen.push("finally");\n${textOf(statement.last)}\n}`;
    case "group": {
      const parts = statement.parts.map((part, at) => `(async () => {\n${textOf(part)}\nreturn ${at};\n})()`);
      const show = statement.kind === "allSettled"
        ? "(all) => all.map((one) => one.status + one.value + one.reason?.message)"
        : "(value) => value";
      return `seen.push(await Promise.${statement.kind}([${parts.join(", ")}]).then(${show}));`;
    }
    case "started": {
      const started = `await tools.tasks.start("program", { part: ${statement.part}, name: key() })`;
      return statement.awaited ? `seen.push(await tools.tasks.result(${started}));` : `${started};`;
    }
    case "continue":
      return "await next();";
    case "nested":
      return `seen.push(await tools.tasks.execute("program", { part: ${statement.part}, name: key() }));`;
  }
}

function withText(options: CallOptions | undefined): string {
  return options === undefined ? "" : `.with(${JSON.stringify(options)})`;
}
