import assert from "node:assert/strict";
import { Running } from "./running.ts";
import { Place } from "./tasker.ts";

/** `tasker run` of a task that a user has published: its flags come from its input schema. */

const ECHO = `export const manifest = {
  description: "Gives back what it was given",
  services: [],
  input: {
    type: "object",
    additionalProperties: false,
    required: ["name"],
    properties: {
      name: { type: "string", minLength: 2, description: "Who is greeted" },
      count: { type: "integer", minimum: 1, maximum: 5, default: 3 },
      ratio: { type: "number" },
      loud: { type: "boolean", default: false, "x-flag": { aliases: ["l", "shout"] } },
      maxItemsPerPage: { type: "integer", "x-flag": { name: "items", aliases: ["n"] } },
      tags: { type: "array", items: { type: "string" } },
      sizes: { type: "array", items: { type: "integer" } },
      level: { enum: ["low", "high"] },
      shape: { type: "object" },
      format: { type: "string" },
    },
  },
};
export default async function echo(input: Record<string, unknown>): Promise<Record<string, unknown>> {
  return input;
}
`;

async function published(): Promise<Place> {
  const place = new Place();
  await place.publish("echo.ts", ECHO);
  return place;
}

Deno.test("a task's flags have the types of its schema, in kebab and camel case, with names, letters and defaults", async () => {
  using place = await published();
  const cases: [flags: string[], input: Record<string, unknown>][] = [
    [["--name", "Ann"], { name: "Ann", count: 3, loud: false }],
    [["--name=Ann", "--count", "5", "--ratio", "0.25"], { name: "Ann", count: 5, ratio: 0.25, loud: false }],
    [["--name", "Ann", "-l", "--ratio=-1e3"], { name: "Ann", count: 3, loud: true, ratio: -1000 }],
    [["--name", "Ann", "--shout", "-n", "7"], { name: "Ann", count: 3, loud: true, maxItemsPerPage: 7 }],
    [["--name", "Ann", "--max-items-per-page", "8"], { name: "Ann", count: 3, loud: false, maxItemsPerPage: 8 }],
    [["--name", "Ann", "--maxItemsPerPage=9", "--no-loud"], { name: "Ann", count: 3, loud: false, maxItemsPerPage: 9 }],
    [["--name", "Ann", "--tags", "a, b", "--tags", "c"], { name: "Ann", count: 3, loud: false, tags: ["a", "b", "c"] }],
    [["--name", "Ann", "--sizes", "1,2"], { name: "Ann", count: 3, loud: false, sizes: [1, 2] }],
    [["--name", "Ann", "--level", "high"], { name: "Ann", count: 3, loud: false, level: "high" }],
    [["--name", "Ann", "--shape", '{"a":[1]}'], { name: "Ann", count: 3, loud: false, shape: { a: [1] } }],
    [["--name", "Ann", "--input-format", "A4"], { name: "Ann", count: 3, loud: false, format: "A4" }],
    [["--input", '{"name":"Ann","level":"low"}'], { name: "Ann", count: 3, loud: false, level: "low" }],
  ];
  await using _server = await Running.serve(place);
  for (const [flags, input] of cases) {
    const { code, stdout, stderr } = await place.run(["run", "echo", ...flags]);
    assert.equal(code, 0, `${flags.join(" ")}: ${stderr}`);
    assert.deepEqual(JSON.parse(stdout), input, flags.join(" "));
  }
});

Deno.test("a task's --help lists its flags with what its schema says of them", async () => {
  using place = await published();
  const { code, stdout } = await place.run(["run", "echo", "--help"]);
  assert.equal(code, 0);
  for (
    const part of [
      "Gives back what it was given",
      /--name.* Who is greeted/,
      /--count.*\[default: 3\]/,
      /-l .*--loud.*\[also: --shout\]/,
      /-n .*--items.*\[also: --max-?[iI]tems-?[pP]er-?[pP]age\]/,
      /--level.*low\|high/,
      /--detach/,
      /--input-format/,
    ]
  ) assert.match(stdout, part instanceof RegExp ? part : new RegExp(part));

  const search = await place.run(["run", "gmail-search", "--help"]);
  for (const flag of ["-q", "query", "max-users-per-domain", "max-results-per-user", "domains", "users", "fields"]) {
    assert.ok(search.stdout.includes(`-${flag}`), flag);
  }
  assert.match(search.stdout, /\[also: --gmailSearchQuery\]/);
  assert.deepEqual(search.stdout.split("\n").filter((line) => line.length > 100), []);
});

Deno.test("values that the schema does not take are refused with the flag and what it expects", async () => {
  using place = await published();
  const refusals: [flags: string[], words: RegExp][] = [
    [[], /--name is missing/],
    [["--name", "A"], /--name: expected text of at least 2 characters, got "A"/],
    [["--name", "Ann", "--count", "6"], /--count: expected a whole number of at least 1 and of at most 5, got 6/],
    [["--name", "Ann", "--count", "1.5"], /--count: expected a whole number, got "1\.5"/],
    [["--name", "Ann", "--ratio", "much"], /--ratio: expected a number, got "much"/],
    [["--name", "Ann", "--level", "mid"], /--level: expected one of low, high, got "mid"/],
    [["--name", "Ann", "--sizes", "1,x"], /--sizes: expected a whole number, got "1,x"/],
    [["--name", "Ann", "--shape", "3"], /--shape: expected a JSON object, got 3/],
    [["--name", "Ann", "--shape", "{"], /--shape: expected JSON, got "\{"/],
    [["--name", "Ann", "--tag", "x"], /there is no flag --tag[\s\S]*did you mean --tags/],
    [["--input", '{"name":"Ann","colour":1}'], /it has no "colour"/],
    [["--input", '{"name":"Ann","sizes":["x"]}'], /--sizes \(at 0\): expected a list of a whole number/],
    [["--input", "[]"], /does not take this input/],
  ];
  for (const [flags, words] of refusals) {
    const { code, stdout, stderr } = await place.run(["run", "echo", ...flags]);
    assert.equal(code, 2, `${flags.join(" ")}: ${stderr}`);
    assert.match(stderr, words);
    assert.equal(stdout, "");
  }
  const runs = await place.run(["runs", "--json"]);
  assert.deepEqual(JSON.parse(runs.stdout), [], "nothing was submitted");
});

Deno.test("unknown tasks and commands are refused with what was perhaps meant", async () => {
  using place = await published();
  const cases: [args: string[], code: number, words: RegExp][] = [
    [["run", "ehco"], 3, /there is no task "ehco"[\s\S]*"echo"/],
    [["run", "gmail-serach"], 3, /gmail-search/],
    [["run"], 2, /needs the name of a task[\s\S]*echo, gmail-export, gmail-search/],
    [["runz"], 2, /there is no command "runz"[\s\S]*runs/],
    [["keystore", "sett", "X"], 2, /set/],
    [["debug", "lgos"], 2, /logs/],
    [["runs", "--limt", "3"], 2, /there is no flag --limt[\s\S]*--limit/],
    [["show"], 2, /<run> is missing/],
    [["runs", "now"], 2, /"now" is one argument too many/],
    [["run", "echo", "-x"], 2, /there is no flag -x/],
    [["run", "echo", "--name", "Ann", "--name", "Bob"], 2, /--name is given twice/],
  ];
  for (const [args, code, words] of cases) {
    const done = await place.run(args);
    assert.equal(done.code, code, `${args.join(" ")}: ${done.stderr}`);
    assert.match(done.stderr, words);
    assert.equal(done.stdout, "");
  }
});
