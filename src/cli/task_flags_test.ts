import assert from "node:assert/strict";
import { buildApplication, run } from "@stricli/core";
import type { Json, JsonObject } from "../core/json.ts";
import { normalizeArguments } from "./arguments.ts";
import { command } from "./command.ts";
import type { Context } from "./context.ts";
import { inputFromFlags, parserFlags, taskFlags } from "./task_flags.ts";
import { checkInput, readInput } from "./task_input.ts";

const SCHEMA: JsonObject = {
  type: "object",
  additionalProperties: false,
  required: ["gmailSearchQuery"],
  properties: {
    gmailSearchQuery: {
      type: "string",
      description: "What to look for",
      "x-flag": { name: "query", aliases: ["q", "search"] },
    },
    maxUsers: { type: "integer", minimum: 1, maximum: 500, default: 98 },
    share: { type: "number", description: "How much" },
    includeSpam: { type: "boolean", default: false },
    domains: { type: "array", items: { type: "string" } },
    sizes: { type: "array", items: { type: "integer" } },
    mode: { enum: ["fast", "thorough"] },
    options: { type: "object" },
    format: { type: "string" },
    n: { type: "integer" },
    h: { type: "integer" },
    network: { type: "string", "x-flag": { name: "network", aliases: ["n", "w"] } },
  },
};

const none = new Set<string>();
const FLAGS = taskFlags(SCHEMA, { names: new Set(["format", "db"]), letters: new Set(["h"]) });

/** Parses a command line with the schema's flags, as `tasker run` does; gives the input and what was said on stderr. */
async function parse(...args: string[]): Promise<{ input: unknown; said: string }> {
  let said = "";
  let input: unknown;
  const described = parserFlags(FLAGS);
  const app = buildApplication(
    command<Record<string, unknown>>({
      brief: "test",
      flags: described.flags,
      aliases: described.aliases,
      load: () =>
        Promise.resolve((_context, values) => {
          input = inputFromFlags(FLAGS, values);
          return 0;
        }),
    }),
    { name: "test", scanner: { caseStyle: "allow-kebab-for-camel", allowArgumentEscapeSequence: true } },
  );
  const write = (text: string) => {
    said += text;
  };
  const terminal = { err: write, color: { err: false } } as unknown as Context["terminal"];
  const context = { process: { stdout: { write }, stderr: { write }, env: {} }, terminal } as unknown as Context;
  await run(app, normalizeArguments(args), context);
  return { input, said };
}

Deno.test("flags take their names, letters and other names from the schema", () => {
  const query = FLAGS.find(({ property }) => property === "gmailSearchQuery")!;
  assert.equal(query.name, "query");
  assert.deepEqual(query.letters, ["q"]);
  assert.deepEqual(query.otherNames, ["gmailSearchQuery", "search"]);
});

Deno.test("a property named like a flag of every run gets another flag", () => {
  assert.equal(FLAGS.find(({ property }) => property === "format")!.name, "inputFormat");
});

Deno.test("values become what the schema says, in kebab and camel case alike", async () => {
  const { input, said } = await parse(
    ..."-q -label:x --max-users 7 --share 0.5 --includeSpam --domains a.com,b.org --domains c.net --sizes 1,2 --mode fast"
      .split(" "),
    "--options",
    '{"a":1}',
    "--input-format",
    "x",
  );
  assert.equal(said, "");
  assert.deepEqual(input, {
    gmailSearchQuery: "-label:x",
    maxUsers: 7,
    share: 0.5,
    includeSpam: true,
    domains: ["a.com", "b.org", "c.net"],
    sizes: [1, 2],
    mode: "fast",
    options: { a: 1 },
    format: "x",
  });
});

Deno.test("every name of a property is understood, and two of them at once are refused", async () => {
  assert.deepEqual((await parse("--gmailSearchQuery", "x")).input, { gmailSearchQuery: "x" });
  assert.deepEqual((await parse("--gmail-search-query=x y")).input, { gmailSearchQuery: "x y" });
  assert.deepEqual((await parse("--search", "x")).input, { gmailSearchQuery: "x" });
  assert.match((await parse("--query", "x", "--search", "y")).said, /--query and --search are the same flag/);
});

Deno.test("a property of one letter is a flag after one dash and after two, unless the letter means something else", async () => {
  for (const args of [["--n", "4"], ["-n", "4"], ["--n=4"], ["-n=4"]]) {
    assert.deepEqual((await parse(...args)).input, { n: 4 });
  }
  assert.deepEqual((await parse("--input-h", "2", "-w", "x")).input, { h: 2, network: "x" });
  assert.match((await parse("--help")).said, /-n \[--n\] +a whole number/);
});

Deno.test("only what was given is part of the input", async () => {
  assert.deepEqual((await parse()).input, {});
  assert.deepEqual((await parse("--no-include-spam")).input, { includeSpam: false });
  assert.deepEqual((await parse("--query=")).input, { gmailSearchQuery: "" });
});

Deno.test("a value of another type and an unknown flag are refused before anything runs", async () => {
  for (
    const [args, words] of [
      [["--max-users", "many"], /whole number/],
      [["--max-users", "1.5"], /whole number/],
      [["--share", "x"], /number/],
      [["--mode", "slow"], /fast/],
      [["--options", "{"], /JSON/],
      [["--sizes", "1,x"], /whole number/],
      [["--max-user", "3"], /did you mean.*maxUsers/],
    ] as const
  ) {
    const { input, said } = await parse(...args);
    assert.equal(input, undefined, args.join(" "));
    assert.match(said, words);
  }
});

Deno.test("the help of a flag shows its description, default and other names", async () => {
  const { said } = await parse("--help");
  assert.match(said, /-q \[--query\] +What to look for \[required\] \[also: --gmailSearchQuery, --search\]/);
  assert.equal(said.match(/required/g)!.length, 1);
  assert.match(said, /\[--max-users\] +a whole number of at least 1 and of at most 500 \[default: 98\]/);
  assert.match(said, /\[--share\] +How much \[a number\]/);
});

Deno.test("an input that the schema does not allow is refused by flag, with what was expected", async () => {
  const check = (input: Json) => checkInput({ taskName: "search", schema: SCHEMA, flags: FLAGS, input });
  await check({ gmailSearchQuery: "x", maxUsers: 3 });
  const refused = async (input: Json, words: RegExp) =>
    await assert.rejects(
      check(input),
      (error: Error & { code: string }) => error.code === "INVALID_INPUT" && words.test(error.message),
    );
  await refused([1], /: the input must be an object$/);
  await refused({}, /--query is missing/);
  await refused(
    { gmailSearchQuery: "x", maxUsers: 0 },
    /--max-users: expected a whole number of at least 1 and of at most 500, got 0/,
  );
  await refused({ gmailSearchQuery: "x", domains: ["a", 3] }, /--domains \(at 1\): expected a list of text/);
  await refused({ gmailSearchQuery: "x", nope: 1 }, /it has no "nope"/);
  await refused({ gmailSearchQuery: "x", maxUsers: 1e400 }, /cannot be recorded: a number in it is too large/);
  await refused({ gmailSearchQuery: "x", "\ud800": 1 }, /half of a character/);
  await refused({ gmailSearchQuery: "x", mode: "slow" }, /--mode: expected one of fast, thorough, got "slow"/);
});

Deno.test("--input is JSON, a file's or stdin's", async () => {
  const sources = {
    readFile: (path: string) => Promise.resolve(`{"from":"${path}"}`),
    readStdin: () => Promise.resolve('{"from":"-"}'),
  };
  assert.deepEqual(await readInput('{"a":1}', sources), { a: 1 });
  assert.deepEqual(await readInput("@in.json", sources), { from: "in.json" });
  assert.deepEqual(await readInput("-", sources), { from: "-" });
  await assert.rejects(readInput("{", sources), { code: "USAGE" });
});

Deno.test("a schema without properties has no flags", () => {
  assert.deepEqual(taskFlags({ type: "object" }, { names: none, letters: none }), []);
});
