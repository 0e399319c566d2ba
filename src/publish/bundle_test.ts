import assert from "node:assert/strict";
import { build, run } from "./fixture.ts";
import { originOf, restoreStack } from "./publish.ts";

Deno.test("ES modules, TypeScript, CommonJS and JSON are bundled and see each other as they would in files", async () => {
  const task = await build({
    "a.ts": [
      'import one, { two, type Three } from "./lib/one.ts";',
      'import * as all from "./lib/all.js";',
      'import data from "./data.json" with { type: "json" };',
      'const four = require("./lib/four");',
      "export default (input: Three) => [one, two, all.five, data.six, four(), input];",
    ].join("\n"),
    "lib/one.ts": 'export default 1;\nexport { two } from "../two.mjs";\nexport type Three = number;',
    "two.mjs": "export let two = 0;\ntwo = 2;",
    "lib/all.js": 'export * from "./five.cjs";',
    "lib/five.cjs": "exports.five = 5;",
    "lib/four.js": "module.exports = () => 4;",
    "data.json": '{ "six": 6, "__proto__": { "seven": 7 } }',
  });
  assert.deepEqual(await run(task, 3), [1, 2, 5, 6, 4, 3]);
});

Deno.test("modules that need each other see what is exported so far, as in CommonJS", async () => {
  const task = await build({
    "a.js":
      'exports.early = 1;\nconst b = require("./b.js");\nexports.default = () => [b.seen, b.late()];\nexports.late = 2;',
    "b.js": 'const a = require("./a.js");\nexports.seen = Object.keys(a);\nexports.late = () => a.late;',
  });
  assert.deepEqual(await run(task), [["early"], 2]);
});

Deno.test("a module is run once, at its first require", async () => {
  const task = await build({
    "a.js":
      'const log = require("./log.js");\nlog.push("a");\nrequire("./b.js");\nrequire("./b.js");\nmodule.exports = () => log;',
    "b.js": 'require("./log.js").push("b");',
    "log.js": "module.exports = [];",
  });
  assert.deepEqual(await run(task), ["a", "b"]);
});

Deno.test("names and strictness of one module do not reach another", async () => {
  const task = await build({
    "a.js": '"use strict";\nconst hidden = 1;\nmodule.exports = () => require("./b.js");',
    "b.js": "module.exports = [typeof hidden, (function () { return this === undefined; })()];",
  });
  assert.deepEqual(await run(task), ["undefined", false]);
});

Deno.test("a comment at the end of a file does not swallow the next one", async () => {
  const task = await build({
    "a.js": 'module.exports = () => require("./b.js"); // end',
    "b.js": "module.exports = 1 // end",
  });
  assert.equal(await run(task), 1);
});

Deno.test("the entry keeps its lines and the others are found by originOf", async () => {
  const task = await build({
    "a.js": 'const b = require("./lib/b.js");\n\nmodule.exports = () => b();',
    "lib/b.js": 'const c = require("../c.js");\nmodule.exports = () => {\n  return c();\n};',
    "c.js": '\n\nmodule.exports = () => {\n  throw new Error("deep");\n};',
  });
  const error = await run(task).then(() => assert.fail("did not throw"), (thrown: Error) => thrown);
  const stack = restoreStack(error.stack!, task);
  assert.match(stack, /taskcode\/c\.js:4:9/);
  assert.match(stack, /taskcode\/lib\/b\.js:3:10/);
  assert.match(stack, /taskcode\/a\.js:3:24/);
  assert.equal(originOf(task.source, 3), undefined);
});

Deno.test("the first line of a CommonJS entry keeps its columns, bundled or not", async () => {
  const sources = [
    "module.exports = () => { throw new Error('x'); };",
    "const b = require('./b.js'); module.exports = () => b();",
  ];
  for (const source of sources) {
    const task = await build({ "a.js": source, "b.js": "module.exports = () => { throw new Error('y'); };" });
    const error = await run(task).then(() => assert.fail("did not throw"), (thrown: Error) => thrown);
    const stack = restoreStack(error.stack!, task);
    const column = Math.max(source.indexOf("new Error"), source.indexOf("b();")) + 1;
    assert.match(stack, new RegExp(`taskcode/a\\.js:1:${column}\\b`), stack);
    assert.equal(/b\.js/.test(stack), source.includes("b();"));
    if (source.includes("b();")) assert.match(stack, /taskcode\/b\.js:1:32\b/);
  }
});

Deno.test("the index of lines is not taken from what a task's text says", async () => {
  const task = await build({ "a.js": 'module.exports = () => 1;\n//tasker-modules [{"file":"x","line":1}]' });
  assert.equal(originOf(task.source, 2), undefined);
});

Deno.test("a file is bundled once however its path is written, and the entry may be required too", async () => {
  const task = await build({
    "a.js":
      'module.exports = () => require("./lib/../b.js") === require("./b.js") && require("./b.js").a() === module.exports;',
    "b.js": 'exports.a = () => require("./a.js");',
  });
  assert.equal(await run(task), true);
});

Deno.test("code that only looks like a bundle keeps its lines", () => {
  for (const index of ["{", "null", "[1]", '[{"file":1,"line":2}]', "[]"]) {
    assert.equal(originOf(`module.exports = (function (modules, links)\n\n//tasker-modules ${index}`, 2), undefined);
  }
});
