import assert from "node:assert/strict";
import { compileFunction } from "node:vm";
import { importsIn } from "./import_guard.ts";
import { refused } from "./fixture.ts";

const reaching = [
  "import('x')",
  "import ('x')",
  "import\n\t('x')",
  "import\u00a0\ufeff\u2028('x')",
  "import/**/('x')",
  "import /* ( */ /***/ // (\n ('x')",
  "import //\r('x')",
  "import<!-- x\n('x')",
  "import\n--> x\n('x')",
];

for (const code of reaching) {
  Deno.test(`the guard sees ${JSON.stringify(code)}, which V8 takes for import()`, () => {
    compileFunction(code);
    assert.deepEqual(importsIn(code), [0]);
  });
}

Deno.test("the guard sees import.meta and what stands in strings, comments and templates", () => {
  assert.deepEqual(importsIn("import.meta"), [0]);
  assert.deepEqual(importsIn("import /* */ . meta"), [0]);
  assert.deepEqual(importsIn("'import(' + `import (` // import ("), [1, 13, 26]);
});

Deno.test("the guard lets other uses of the word pass", () => {
  assert.deepEqual(importsIn("important() reimport() $import() _import() imports() import_() 'import' import"), []);
  assert.deepEqual(importsIn("\\u0069mport('x')"), []);
  assert.throws(() => compileFunction("\\u0069mport('x')"), SyntaxError);
});

Deno.test("long runs of comments cost no more than their length", () => {
  const text = `import ${"// /* */ ".repeat(20_000)}\n${"/**/".repeat(20_000)}x`;
  assert.deepEqual(importsIn(text), []);
});

const disguises = [
  "const a = 1; a/import('x')/1; module.exports = () => 1;",
  "let yield_ = `${import('x')}`; module.exports = () => 1;",
  "module.exports = () => 1; /a/.test(/* */ import /* */ ('x'));",
  "module.exports = () => 1; class A { static x = import('x') }",
  "module.exports = () => 1; ({ [import('x')]: 1 });",
  "module.exports = () => 1; // \u2028import('x')",
  "module.exports = () => 1; /* \n */ --> x\nimport('x')",
  "module.exports = () => 1; if (1) /x/g\nimport('x')",
  "module.exports = (i) => i.import('x');",
];

for (const code of disguises) {
  Deno.test(`a task is refused for ${JSON.stringify(code)}`, async () => {
    assert.match((await refused({ "a.js": code })).first, /taskcode\/a\.js:\d+:\d+: /);
  });
}
