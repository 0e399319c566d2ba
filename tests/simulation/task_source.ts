import type { Dice } from "../../src/workspace/dice.ts";
import type { Block, Program, Statement } from "../replay/program.ts";

/** Durations of sleeps, ms. */
const SLEEPS = [0, 20, 1_500, 45_000, 90_000, 200_000];

/**
 * Source text of a random program as one task function, which executes itself for its nested parts. Every call carries
 * its place in the program, e.g. `a.2.0.1`; which service a call goes to is for the dice.
 *
 * `steady`: whatever order answers come in, the result, the records and the lines are the same. `racing`: the order may
 * decide about everything.
 */
export function taskSource(program: Program, kind: "steady" | "racing", dice: Dice): string {
  const text = new TaskText(kind === "steady", dice);
  const parts = program.map((block) => text.part(block));
  return `const parts = [${parts.join(",\n")}];
module.exports = async ({ part = 0, name, from = 0, seen = [] }) => {
  const goOn = (from, seen) => tools.run.continueAsNew({ part, name, from, seen });
  await parts[part](name, seen, from, goOn);
  return seen;
};`;
}

class TaskText {
  readonly #steady: boolean;
  readonly #dice: Dice;
  /** The statement of a part that is written. */
  #at = 0;
  #groups = 0;

  constructor(steady: boolean, dice: Dice) {
    this.#steady = steady;
    this.#dice = dice;
  }

  /** An async function that also knows the statement that the run goes on from, and how to go on as another run. */
  part(statements: Block): string {
    const lines = statements.map((one, index) => {
      this.#at = index;
      return `if (from <= ${index}) { ${this.#statement(one, `at + ".${index}"`)} }`;
    });
    return `(async (at, seen, from, goOn) => {\n${lines.join("\n")}\n})`;
  }

  /** An async function of the place and of what was seen so far. */
  block(statements: Block): string {
    return `(async (at, seen) => {\n${
      statements.map((one, index) => this.#statement(one, `at + ".${index}"`)).join("\n")
    }\n})`;
  }

  #run(block: Block, at: string): string {
    return `await ${this.block(block)}(${at}, seen);`;
  }

  #statement(statement: Statement, at: string): string {
    switch (statement.type) {
      case "call":
      // Its outside service is under no policy.
      case "ask":
        return this.#call(at);
      case "note":
        return this.#steady ? "seen.push(seen.length);" : "seen.push(Math.random(), Date.now());";
      case "line":
        return `console.log("line", ${at}, seen.length);`;
      case "record": {
        const row = this.#steady ? `{ at: ${at} }` : `{ at: ${at}, when: Date.now(), seen: seen.length }`;
        return `${statement.awaited ? "await " : ""}tools.records.append("row", ${row});`;
      }
      case "throw":
        return `throw new Error("thrown at " + ${at});`;
      case "cancel":
        return `await tools.timer.sleepUntil(Date.now() + ${this.#dice.pick(SLEEPS)});`;
      case "signal":
        return `seen.push(await tools.signals.wait("go", { timeout: ${
          this.#dice.pick(SLEEPS)
        } }).catch((e) => e.code));`;
      case "loop":
        return `for (let i = 0; i < ${statement.times}; i++) ${this.#run(statement.body, `${at} + "." + i`)}`;
      case "helper":
        return `await (async function helper() { ${this.#run(statement.body, at)} })();`;
      case "attempt":
        return `try { ${this.#run(statement.body, at)} } catch (error) { seen.push("caught " + error.message); ${
          this.#run(statement.caught, `${at} + "c"`)
        } } finally { seen.push("finally"); ${this.#run(statement.last, `${at} + "f"`)} }`;
      case "group":
        return this.#group(statement, at);
      case "started":
        return `seen.push(await tools.tasks.result(await tools.tasks.start("program", { part: ${statement.part}, name: ${at} })));`;
      case "continue":
        // In a steady program nothing else is under way that would be cut off.
        return this.#steady && this.#groups > 0 ? "" : `await goOn(${this.#at + 1}, seen);`;
      case "nested":
        return `seen.push(await tools.tasks.execute("program", { part: ${statement.part}, name: ${at} }));`;
    }
  }

  #call(at: string): string {
    const which = this.#dice.between(0, 20);
    if (which < 10) return `seen.push(await tools.outside.echo(${at}));`;
    if (which < 12) return `seen.push(await tools.outside.shared(${at}));`;
    if (which < 14) return `seen.push(await tools.outside.${this.#steady ? "echo" : "change"}(${at}));`;
    if (which < 16) return `seen.push(await tools.timer.sleep(${this.#dice.pick(SLEEPS)}));`;
    if (which < 17) return `seen.push(await tools.keystore.getKey("password"));`;
    if (which < 18) return `await tools.log.info("logged", ${at});`;
    return `seen.push((await tools.database.from("kept").insert({ place: ${at} })).count);`;
  }

  #group(statement: Extract<Statement, { type: "group" }>, at: string): string {
    this.#groups++;
    const text = this.#steady ? this.#steadyGroup(statement, at) : this.#racingGroup(statement, at);
    this.#groups--;
    return text;
  }

  #parts(parts: readonly Block[], at: string, seen: (index: number) => string): string {
    return parts.map((part, index) => `${this.block(part)}(${at} + "p${index}", ${seen(index)})`).join(",\n");
  }

  #racingGroup({ kind, parts }: Extract<Statement, { type: "group" }>, at: string): string {
    const show = kind === "allSettled" ? "(all) => all.map((one) => one.status + one.reason?.message)" : "() => 0";
    return `seen.push(await Promise.${kind}([${this.#parts(parts, at, () => "seen")}]).then(${show}));`;
  }

  /** Races are run, but everybody is waited for, and each part sees what it saw itself. */
  #steadyGroup({ kind, parts }: Extract<Statement, { type: "group" }>, at: string): string {
    const fail = kind === "all" ? "for (const one of all) if (one.reason) throw one.reason;" : "";
    return `{
const lists = [${parts.map(() => "[]").join(", ")}];
const group = [${this.#parts(parts, at, (index) => `lists[${index}]`)}];
await Promise.${kind}(group).catch(() => {});
const all = await Promise.allSettled(group);
seen.push(lists, all.map((one) => one.status + one.reason?.message));
${fail}
}`;
  }
}
