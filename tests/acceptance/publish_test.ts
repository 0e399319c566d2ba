import assert from "node:assert/strict";
import { Place } from "./tasker.ts";

/** `tasker publish`: what is checked before code is stored. */

const GOOD = `export default async function good(input: { n?: number }) { return (input.n ?? 1) + 1; }\n`;

const refusals: [what: string, file: string, source: string, place: string, words: RegExp][] = [
  ["bad syntax", "a.js", "export default async () => {\n  const b = ;\n};", "2:13", /Unexpected token/],
  [
    "bad syntax in TypeScript",
    "a.ts",
    "export default (a: number) => {\n  let b: = 1;\n};",
    "2:10",
    /Unexpected token/,
  ],
  ["two default exports", "a.mjs", "export default () => 1;\nexport default () => 2;", "2:8", /[Dd]uplicate export/],
  ["an empty file", "a.js", "", "1:1", /has none \(PUBLISH_REFUSED\)/],
  ["no export", "a.js", "const a = 1;", "1:1", /needs one default export or module\.exports/],
  ["an export that is no function", "a.ts", "export default 3;", "1:1", /not a function/],
  ["an npm package", "a.ts", 'import x from "npm:left-pad";\nexport default () => x;', "1:15", /npm:left-pad/],
  ["a bare package", "a.js", '\nimport x from "lodash";\nexport default () => x;', "2:15", /lodash/],
  ["a jsr package", "a.ts", 'import { x } from "jsr:@std/path";\nexport default () => x;', "1:19", /jsr:@std\/path/],
  [
    "an http module",
    "a.ts",
    'import x from "https://x.example/a.ts";\nexport default () => x;',
    "1:15",
    /https:\/\/x\.example/,
  ],
  ["a node module", "a.ts", 'import fs from "node:fs";\nexport default () => fs;', "1:16", /node:fs/],
  ["require of a node module", "a.cjs", 'const fs = require("fs");\nmodule.exports = () => fs;', "1:20", /fs/],
  ["import()", "a.js", "export default (a) => import(a);", "1:23", /import\(\) is not possible/],
  ["import() with a comment inside", "a.cjs", "module.exports = (a) =>\n  import/* x */ (a);", "2:3", /import\(\)/],
  ["await outside a function", "a.js", "await 1;\nexport default () => 1;", "1:1", /await outside a function/],
  [
    "a relative import that is not there",
    "a.ts",
    'import x from "./b.ts";\nexport default () => x;',
    "1:15",
    /"\.\/b\.ts" cannot be read: there is no such file\n/,
  ],
  [
    "a manifest with an unknown member",
    "a.ts",
    'export const manifest = { description: "x", colour: 1 };\nexport default () => 1;',
    "1:45",
    /colour/,
  ],
  [
    "a manifest that is computed",
    "a.ts",
    "export const manifest = { description: String(1) };\nexport default () => 1;",
    "1:40",
    /manifest/,
  ],
  [
    "a service that does not exist",
    "a.ts",
    'export const manifest = { services: ["gapy"] };\nexport default () => 1;',
    "1:38",
    /gapy/,
  ],
];

Deno.test("publish refuses what is no task with file, line and column, every file for its own reason", async (t) => {
  using place = new Place();
  const files = refusals.map(([, file, source], index) => {
    const name = `refused${index}.${file.split(".")[1]}`;
    place.write(name, source);
    return name;
  });
  const { code, stdout, stderr } = await place.run(["publish", ...files]);
  assert.deepEqual([code, stdout], [2, ""], stderr);
  const errors = stderr.split(/^(?=error: )/m);
  assert.equal(errors.length, refusals.length);
  for (const [index, [what, , , at, words]] of refusals.entries()) {
    await t.step(what, () => {
      const error = errors[index]!;
      assert.ok(error.startsWith(`error: ${files[index]}:${at}: `), `${at} is not in: ${error}`);
      assert.match(error, words);
      assert.match(error, /hint: /);
    });
  }
  assert.doesNotMatch((await place.run(["publish", "--list"])).stdout, /refused/);
});

Deno.test("publishing prints name, version and hash; unchanged code makes no new version; a refusal keeps the old one", async () => {
  using place = new Place();
  const path = place.write("good.ts", GOOD);
  const first = await place.run(["publish", path]);
  assert.equal(first.code, 0, first.stderr);
  const [, hash] = /^good {2}v1 {2}([0-9a-f]{12})\n$/.exec(first.stdout)!;
  assert.equal((await place.run(["publish", path])).stdout, `good  v1  ${hash}  unchanged\n`);

  place.write("good.ts", GOOD.replace("+ 1", "+ 2"));
  const second = await place.run(["publish", path, "--json"]);
  const [published] = JSON.parse(second.stdout);
  assert.deepEqual(Object.keys(published), ["name", "version", "hash", "file", "isNew"]);
  assert.deepEqual([published.version, published.isNew], [2, true]);

  place.write("good.ts", "export default async () => {");
  assert.equal((await place.run(["publish", path])).code, 2);
  const run = await place.run(["run", "good", "--input", '{"n":40}']);
  assert.equal(run.stdout.trim(), "42");

  place.write("good.ts", GOOD);
  assert.match((await place.run(["publish", path])).stdout, /^good {2}v[13] /);
  assert.equal((await place.run(["run", "good"])).stdout.trim(), "2");
});

Deno.test("relative imports are bundled in, TypeScript is stripped, and errors keep their own file and line", async () => {
  using place = new Place();
  Deno.mkdirSync(`${place.folder}/parts`);
  place.write(
    "parts/words.ts",
    "export interface Word { text: string }\nexport const word: Word = { text: 'hello' };\n",
  );
  place.write(
    "parts/deep.ts",
    'import { word } from "./words.ts";\nexport function deep(fail: boolean): string {\n  if (fail) throw new Error("deep");\n  return word.text;\n}\n',
  );
  place.write(
    "whole.ts",
    'import { deep } from "./parts/deep.ts";\nimport type { Word } from "./parts/words.ts";\n' +
      "export default async (input: { fail?: boolean }): Promise<Word> => ({ text: deep(input.fail === true) });\n",
  );
  assert.equal((await place.run(["publish", "whole.ts"])).code, 0);
  Deno.removeSync(`${place.folder}/parts`, { recursive: true });
  assert.deepEqual(JSON.parse((await place.run(["run", "whole"])).stdout), { text: "hello" });
  const failed = await place.run(["run", "whole", "--input", '{"fail":true}']);
  assert.equal(failed.code, 1);
  assert.match(failed.stderr, /parts\/deep\.ts:3:/);
  assert.match(failed.stderr, /whole\.ts:3:/);
});

Deno.test("--all publishes ./taskcode and goes on after a file that is refused", async () => {
  using place = new Place();
  const none = await place.run(["publish", "--all"]);
  assert.equal(none.code, 3);
  assert.match(none.stderr, /there is no folder \.\/taskcode/);
  Deno.mkdirSync(`${place.folder}/taskcode/parts`, { recursive: true });
  place.write("taskcode/good.ts", GOOD);
  place.write("taskcode/bad.js", "export default ;");
  place.write("taskcode/Bad Name.js", GOOD);
  place.write("taskcode/old.js", "module.exports = async () => 'old';");
  place.write("taskcode/_part.js", "export const part = 1;");
  place.write("taskcode/parts/inner.js", "export const part = 1;");
  place.write("taskcode/readme.md", "no code");
  const done = await place.run(["publish", "--all"]);
  assert.equal(done.code, 2);
  assert.match(done.stderr, /taskcode\/bad\.js:1:16/);
  assert.match(done.stderr, /taskcode\/Bad Name\.js: "Bad Name" cannot be a task's name/);
  assert.match(done.stdout, /^good {2}v1 [\s\S]*^old {2}v1 /m);
  const list = await place.run(["publish", "--list"]);
  assert.deepEqual(
    list.stdout.trimEnd().split("\n").map((line) => line.split(/ +/)[0]),
    ["TASK", "gmail-export", "gmail-search", "good", "old"],
  );
});

Deno.test("files, --all and --list exclude each other, and a file that is not there is exit code 3", async () => {
  using place = new Place();
  place.write("good.ts", GOOD);
  assert.equal((await place.run(["publish"])).code, 2);
  assert.equal((await place.run(["publish", "--all", "good.ts"])).code, 2);
  assert.equal((await place.run(["publish", "--all", "--list"])).code, 2);
  const absent = await place.run(["publish", "absent.ts"]);
  assert.equal(absent.code, 3);
  assert.match(absent.stderr, /there is no file absent\.ts/);
  const wrong = await place.run(["publish", place.write("notes.txt", "x")]);
  assert.equal(wrong.code, 2);
  assert.match(wrong.stderr, /not a code file/);
});

Deno.test("every version stays; a run in flight stays with its own, a new one is of the newest", async () => {
  using place = new Place();
  const publish = (text: string) => place.run(["publish", place.write("late.js", text)]);
  await publish("export default async () => { await tools.timer.sleep('1h'); return 'first'; };");
  const id = (await place.run(["run", "late", "--detach"])).stdout.trim();
  await publish("export default async () => 'second';");
  const done = await place.run(["run", "late", "--json", "--detach"]);
  const second = JSON.parse(done.stdout).taskRunId;
  await place.run(["cancel", second]);
  type Shown = { version: number; newest: boolean; inFlight: number; ended: number };
  const shown = JSON.parse((await place.run(["versions", "late", "--json"])).stdout) as Shown[];
  assert.deepEqual(
    shown.map(({ version, newest, inFlight, ended }) => ({ version, newest, inFlight, ended })),
    [
      { version: 1, newest: false, inFlight: 1, ended: 0 },
      { version: 2, newest: true, inFlight: 0, ended: 1 },
    ],
  );
  const runs = JSON.parse((await place.run(["runs", "--json"])).stdout) as { id: string; taskVersion: number }[];
  assert.deepEqual(runs.map((run) => [run.id, run.taskVersion]), [[second, 2], [id, 1]]);

  const differs = await place.run(["resume", id, "--latest"]);
  assert.equal(differs.code, 1);
  assert.match(
    differs.stderr,
    /late v2 does not fit run .*: call 1 was timer\.sleep, and it makes none \(NON_DETERMINISM\)/,
  );
  await publish("export default async () => { await tools.timer.sleep('1h'); return 'third'; };");
  const goesOn = await place.run(["resume", id, "--latest", "--patience", "1m"]);
  assert.equal(goesOn.code, 6, goesOn.stderr);
  const [, , third] = JSON.parse((await place.run(["versions", "late", "--json"])).stdout) as Shown[];
  assert.deepEqual([third!.version, third!.inFlight], [3, 1]);
  const none = await place.run(["versions", "lat"]);
  assert.deepEqual([none.code, /Did you mean "late"/.test(none.stderr)], [3, true]);
});
