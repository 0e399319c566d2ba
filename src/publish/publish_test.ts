import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { TaskerError } from "../core/errors.ts";
import { canonicalJson } from "../core/json.ts";
import { build, load, refused, run } from "./fixture.ts";
import { buildTaskCode, taskNameFromFile } from "./publish.ts";

const accepted: [string, Record<string, string>, unknown][] = [
  ["an ES module", { "a.mjs": "export default async function (input) { return input + 1; }" }, 42],
  ["an ES module named .js", { "a.js": "export default (input) => input + 1;" }, 42],
  ["a default export by name", { "a.js": "async function main(i) { return i + 1; }\nexport { main as default };" }, 42],
  ["TypeScript", { "a.ts": "export default async (input: number): Promise<number> => input + 1;" }, 42],
  ["TypeScript named .mts", { "a.mts": "export default (input: number) => (input as number) + 1;" }, 42],
  ["TypeScript with module.exports", { "a.ts": "module.exports = async (input: number) => input + 1;" }, 42],
  ["an enum", { "a.ts": "enum E { one = 1 }\nexport default (input: number) => input + E.one;" }, 42],
  ["CommonJS", { "a.js": "module.exports = async function (input) { return input + 1; };" }, 42],
  ["CommonJS named .cjs", { "a.cjs": "exports = module.exports = (input) => input + 1;" }, 42],
  ["exports.default", { "a.js": "exports.default = (input) => input + 1;" }, 42],
  ["sloppy code and a return", { "a.js": "module.exports = (i) => 1 + i;\nwith ({}) {}\nreturn;" }, 42],
  [
    "UMD",
    { "a.js": "(function (f) { if (typeof module === 'object') module.exports = f(); })(() => (i) => i + 1);" },
    42,
  ],
  ["a first line for the shell", { "a.js": "#!/usr/bin/env tasker\nmodule.exports = (i) => i + 1;" }, 42],
  ["a byte order mark and CRLF", { "a.js": "\uFEFF// x\r\nmodule.exports = (i) => i + 1;\r\n" }, 42],
  ["a require of its own", { "a.js": "module.exports = (i) => ((require) => require('fs'))(() => i + 1);" }, 42],
  [
    "import in comments",
    { "a.js": "// Mass import (slow), import.\nmodule.exports = (i) => i + 1; /* import (\n*/" },
    42,
  ],
  ["import in an escape", { "a.js": "module.exports = (i) => '\\u0069mport(x)' ? i + 1 : 0;" }, 42],
  ["names that end in import", { "a.js": "const reimport = (i) => i + 1;\nmodule.exports = (i) => reimport(i);" }, 42],
  ["await in a helper", { "a.js": "const f = async () => await 1;\nexport default async (i) => i + await f();" }, 42],
];

for (const [what, files, expected] of accepted) {
  Deno.test(`publish accepts ${what}`, async () => assert.equal(await run(await build(files), 41), expected));
}

Deno.test("a refusal quotes the line with a caret and tells programs where it is", async () => {
  await assert.rejects(build({ "a.ts": "export default () => {\n  const b: number =\u001b[31m ;\n}" }), (error) => {
    assert.ok(error instanceof TaskerError);
    assert.deepEqual(error.details, { file: "taskcode/a.ts", line: 2, column: 20 });
    assert.equal(error.message.split("\n")[1], "      const b: number =\\u001b[31m ;");
    assert.equal(error.message.split("\n")[2], `${" ".repeat(4 + 19)}^`);
    return true;
  });
});

Deno.test("a task throws on the line its author wrote", async () => {
  const source =
    "import { help } from './b.ts';\ntype A = {\n  a: 1;\n};\n\nexport default (a: A) => {\n  help(a);\n  throw new Error('here');\n};";
  const task = await build({ "a.ts": source, "b.ts": "export const help = (a: unknown) => a;" });
  await assert.rejects(run(task), (error: Error) => /taskcode\/a\.ts:8:\d+/.test(error.stack ?? ""));
});

Deno.test("equal code gives an equal hash, in whatever folder it lies, and other code or another manifest another", async () => {
  const source =
    "import b from './b.js';\nexport default () => b;\nexport const manifest = { services: ['gapi', 'log'] };";
  const built = (text: string, folder: string, b = "export default 1;") =>
    buildTaskCode({ name: "a", filename: `${folder}a.js`, source: text, read: () => Promise.resolve(b) });
  const task = await built(source, "taskcode/");
  const { hash } = task;
  assert.match(hash, /^[0-9a-f]{64}$/);
  assert.equal(
    hash,
    createHash("sha256").update(`${task.source}\n${canonicalJson({ ...task.manifest })}`).digest("hex"),
  );
  assert.equal((await built(source, "")).hash, hash);
  assert.equal((await built(source, "/home/x/taskcode/")).hash, hash);
  assert.notEqual((await built(source.replace(", 'log'", ""), "taskcode/")).hash, hash);
  assert.notEqual((await built(source, "taskcode/", "export default 2;")).hash, hash);
});

Deno.test("every line stays where its author wrote it, through all that TypeScript and ES modules have", async () => {
  const source = [
    "import one,",
    "  {",
    "    two as zwei,",
    "    type Three,",
    "  } from './b.ts';",
    "import type {",
    "  Four,",
    "} from './b.ts';",
    "export {",
    "  two,",
    "  one as eins,",
    "} from './b.ts';",
    "interface Five {",
    "  a: Four;",
    "}",
    "declare global {",
    "  const six: number;",
    "}",
    "enum Seven {",
    "  a = 1,",
    "  b = `x",
    "y`.length,",
    "}",
    "abstract class Eight<",
    "  T,",
    "> {",
    "  declare a: T;",
    "  abstract b(",
    "  ): void;",
    "  constructor(",
    "    private c: number,",
    "    readonly d?: Three,",
    "  ) {}",
    "}",
    "function nine(a: string): void;",
    "function nine(a: number): void;",
    "function nine(a: unknown) {",
    "  return a as",
    "    | Five",
    "    | undefined;",
    "}",
    "export const ten = [one, zwei, Seven, Eight, nine] as const;",
    "export default async <",
    "  T,",
    ">(",
    "  input: T,",
    "): Promise<",
    "  T",
    "> => {",
    "  throw new Error(`${typeof input}`);",
    "};",
  ];
  const task = await build({ "a.ts": source.join("\n"), "b.ts": "export default 1;\nexport const two = 2;" });
  const line = source.findIndex((text) => text.includes("throw")) + 1;
  await assert.rejects(run(task), (error: Error) => error.stack!.includes(`taskcode/a.ts:${line}:`));
});

Deno.test("code that only V8 refuses is refused at its statement", async () => {
  const cjs = await refused({ "a.js": "const a = 1;\nconst require = 2;\nmodule.exports = () => a;" });
  assert.equal(cjs.first, "taskcode/a.js:2:1: Identifier 'require' has already been declared");
  const esm = await refused({ "a.ts": "type A = 1;\n\nexport const module: A = 1;\nexport default () => 1;" });
  assert.equal(esm.first, "taskcode/a.ts:3:1: Identifier 'module' has already been declared");
});

Deno.test("brackets that sucrase does not miss until it is done are refused at their place", async () => {
  const { first } = await refused({ "a.ts": "export default async (a: number) => {\n  return `${await a)b}`;\n};" });
  assert.equal(first, "taskcode/a.ts:2:20: Unexpected token");
});

Deno.test("a broken string in an unused import does not move the lines below it", async () => {
  const { first } = await refused({ "a.ts": "import { a } from './b\n.ts';\nexport default (i: number) => i;" });
  assert.equal(first, "taskcode/a.ts:1:19: Unexpected token");
});

Deno.test("code that is too large or too deep is refused", async () => {
  const large = await refused({ "a.js": `module.exports = () => "${"x".repeat(5 * 1024 * 1024)}";` });
  assert.equal(large.first, "taskcode/a.js:1:1: the file is 5.0 MiB, and may be 4 MiB");
  const deep = await refused({ "a.js": `module.exports = () => ${"[".repeat(100_000)}${"]".repeat(100_000)};` });
  assert.equal(deep.first, "taskcode/a.js:1:1: the code is nested too deeply to be read");
  const data = { "a.js": "module.exports = () => require('./b.json');", "b.json": `"${"x".repeat(5 * 1024 * 1024)}"` };
  assert.equal(
    (await refused(data)).first,
    "taskcode/a.js:1:1: the task with its imports is 5.0 MiB, and may be 4 MiB",
  );
});

Deno.test("control characters of a source never reach a message", async () => {
  for (const source of ["\u001b[2J", "require('\u001b[2J')", "require('./\u001b[2J.js')", "let a; \u202e"]) {
    const error = await build({ "a.js": source }).then(() => assert.fail("published"), (thrown: TaskerError) => thrown);
    // deno-lint-ignore no-control-regex
    assert.doesNotMatch(error.message + error.hint, /[\u0000-\u0009\u000b-\u001f\u202e]/);
  }
});

Deno.test("publishing runs nothing of the task", async () => {
  const global = globalThis as { published?: boolean };
  await build({
    "a.js": "globalThis.published = true;\nmodule.exports = () => 1;\nmodule.exports.manifest = { description: 'x' };",
  });
  assert.equal(global.published, undefined);
});

Deno.test("code that would close the wrapper early is refused", async () => {
  const { first } = await refused({ "a.js": "module.exports = () => 1;\n}); globalThis.x = 1; (function () {" });
  assert.equal(first, "taskcode/a.js:2:1: Unexpected token");
});

Deno.test("a type-only import vanishes with its file", async () => {
  const task = await build({
    "a.ts":
      "import type { A } from 'npm:a';\nimport { type B } from './b.ts'; import { type C } from 'node:c';\nexport default (a: A & B & C) => a;",
    "b.ts": "export type B = 1;",
  });
  assert.equal(await run(task, 5), 5);
  assert.equal(/npm:a|node:c/.test(task.source), false);
});

Deno.test("the default export is module.exports.default and the manifest is exported beside it", async () => {
  const exported = load(
    await build({ "a.ts": "export const manifest = { description: 'd' } as const;\nexport default () => 1;" }),
  );
  assert.equal(typeof exported.default, "function");
});

Deno.test("a task is named after its file", () => {
  assert.equal(taskNameFromFile("taskcode/gmail-search.ts"), "gmail-search");
  assert.equal(taskNameFromFile("C:\\tasks\\a_1.mjs"), "a_1");
  for (
    const path of [
      "taskcode/Gmail.ts",
      "a b.js",
      "-a.js",
      "a.tsx",
      "a.d.ts",
      ".ts",
      `${"a".repeat(65)}.js`,
      "a\u001b.js",
    ]
  ) {
    assert.throws(() => taskNameFromFile(path), { code: "PUBLISH_REFUSED" }, path);
  }
});
