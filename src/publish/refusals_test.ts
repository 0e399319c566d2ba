import assert from "node:assert/strict";
import { refused } from "./fixture.ts";

const refusals: [string, Record<string, string>, string, RegExp?][] = [
  [
    "no export",
    { "a.js": "const a = 1;" },
    "taskcode/a.js:1:1: a task needs one default export or module.exports, and this file has none",
    /export default async/,
  ],
  [
    "no default export",
    { "a.js": "export const a = 1;" },
    "taskcode/a.js:1:1: a task needs one default export, and this file has none",
  ],
  [
    "both kinds of export",
    { "a.js": "export default () => 1;\n module.exports = 1;" },
    "taskcode/a.js:2:2: a task has either a default export or module.exports, and this file has both",
  ],
  [
    "module.exports in an ES module",
    { "a.mjs": "module.exports = () => 1;" },
    "taskcode/a.mjs:1:1: a file with `import` or `export` is an ES module, where module.exports has no effect",
  ],
  [
    "two default exports",
    { "a.js": "export default () => 1;\nexport default () => 2;" },
    "taskcode/a.js:2:8: Duplicate export 'default'",
  ],
  [
    "an export that is no function",
    { "a.js": "export default { a: 1 };" },
    "taskcode/a.js:1:1: the default export is not a function",
  ],
  [
    "module.exports that is no function",
    { "a.js": "\n  module.exports = 'x';" },
    "taskcode/a.js:2:3: module.exports is not a function",
  ],
  ["bad syntax", { "a.js": "export default () => {\n  const b = ;\n};" }, "taskcode/a.js:2:13: Unexpected token"],
  [
    "bad syntax in CommonJS",
    { "a.js": "module.exports = () => {\n  const b = ;\n};" },
    "taskcode/a.js:2:13: Unexpected token",
  ],
  [
    "bad syntax in TypeScript",
    { "a.ts": "export default (a: number) => {\n  const b: string = ;\n};" },
    "taskcode/a.ts:2:21: Unexpected token",
  ],
  ["bad syntax deep in TypeScript", {
    "a.ts": "export default (a: number) => {\n  const f = (b: string) => {\n    return `${b}` +;\n  };\n};",
  }, "taskcode/a.ts:3:20: Unexpected token"],
  ["what only a real parser sees", {
    "a.ts": "export default (a: number) => {\n  let b: string = ''; let b: number;\n};",
  }, "taskcode/a.ts:2:27: Identifier 'b' has already been declared"],
  ["an open bracket", { "a.js": "export default () => {\n" }, "taskcode/a.js:2:1: Unexpected token"],
  [
    "await outside a function",
    { "a.js": "let a = 1;\n  await a;\nexport default () => a;" },
    "taskcode/a.js:2:3: await outside a function is not possible in a task",
  ],
  [
    "await outside a function, without exports",
    { "a.js": "const a =\n await fetch('x');" },
    "taskcode/a.js:2:2: await outside a function is not possible in a task",
  ],
  [
    "import()",
    { "a.ts": "export default (a: string) => import(a);" },
    "taskcode/a.ts:1:31: import() is not possible in a task",
  ],
  [
    "import() in a CommonJS file",
    { "a.cjs": "module.exports = (a) => import/* */ (a);" },
    "taskcode/a.cjs:1:25: import() is not possible in a task",
  ],
  [
    "import.meta",
    { "a.js": "export default () => import.meta.url;" },
    "taskcode/a.js:1:22: import.meta is not possible in a task",
  ],
  [
    "import( in a string",
    { "a.js": "export default () =>\n  'import (x)';" },
    "taskcode/a.js:2:4: `import` before ( or . is not possible in a task, not even in a string",
    /\\u0069mport/,
  ],
  ["import( that a parser takes for a regular expression", {
    "a.js": 'var await=1; await/import("x")/1; module.exports = () => 1;',
  }, "taskcode/a.js:1:20: import() is not possible in a task"],
  [
    "import( behind an HTML comment",
    { "a.cjs": "module.exports = () => import<!-- x\n('y');" },
    "taskcode/a.cjs:1:24: import() is not possible in a task",
  ],
  [
    "an escaped import",
    { "a.cjs": "module.exports = () => \\u0069mport('y');" },
    "taskcode/a.cjs:1:24: Escape sequence in keyword import",
  ],
  [
    "npm:",
    { "a.ts": "import x from 'npm:googleapis@1';\nexport default () => x;" },
    'taskcode/a.ts:1:15: "npm:googleapis@1" is a package of npm; a task can import relative files only',
    /tools\.gapi/,
  ],
  [
    "jsr:",
    { "a.ts": "import x from 'jsr:@std/csv';\nexport default () => x;" },
    'taskcode/a.ts:1:15: "jsr:@std/csv" is a package of jsr; a task can import relative files only',
  ],
  [
    "https:",
    { "a.ts": "export * from 'https://x.test/y.ts';\nexport default () => 1;" },
    'taskcode/a.ts:1:15: "https://x.test/y.ts" is a web address; a task can import relative files only',
    /tools\.http/,
  ],
  [
    "node:",
    { "a.ts": "import 'node:fs';\nexport default () => 1;" },
    'taskcode/a.ts:1:8: "node:fs" is a module of Node; a task can import relative files only',
    /tools\.records/,
  ],
  [
    "npm: that nothing uses, in TypeScript",
    { "a.ts": "type A = 1; import { b } from 'npm:b';\nexport default (a: A) => a;" },
    'taskcode/a.ts:1:31: "npm:b" is a package of npm; a task can import relative files only',
    /import type/,
  ],
  [
    "node: that only types use",
    { "a.ts": "import * as fs from 'node:fs';\nexport default (a: fs.Stats) => a;" },
    'taskcode/a.ts:1:21: "node:fs" is a module of Node; a task can import relative files only',
    /import type/,
  ],
  [
    "a package that nothing uses in an imported file",
    {
      "a.ts": "import b from './b.ts';\nexport default () => b;",
      "b.ts": "import c = require('c');\nexport default 1;",
    },
    'taskcode/b.ts:1:20: "c" is a package; a task can import relative files only',
  ],
  [
    "a bare name",
    { "a.js": "const {\n x } = require('axios/lib');\nmodule.exports = () => x;" },
    'taskcode/a.js:2:16: "axios/lib" is a package; a task can import relative files only',
    /fetch\(\)/,
  ],
  [
    "an absolute path",
    { "a.js": "export { default } from '/etc/x.js';" },
    'taskcode/a.js:1:25: "/etc/x.js" is an absolute path; a task can import relative files only',
  ],
  [
    "file:",
    { "a.js": "export { default } from 'file:///x.js';" },
    'taskcode/a.js:1:25: "file:///x.js" is a file: address; a task can import relative files only',
  ],
  [
    "a computed require",
    { "a.js": "module.exports = (i) => require(i);" },
    "taskcode/a.js:1:25: require() needs one path in quotes",
  ],
  [
    "a missing file",
    { "a.ts": "type A = 1;\nimport b from './b.ts';\nexport default () => b;" },
    'taskcode/a.ts:2:15: "./b.ts" cannot be read: no file taskcode/b.ts',
  ],
  [
    "a file out of bounds",
    { "a.js": "module.exports = require('../../etc/x.js');" },
    'taskcode/a.js:1:26: "../../etc/x.js" cannot be read: no file ../etc/x.js',
  ],
  ["a fault in an imported file", {
    "a.ts": "import b from './lib/b.ts';\nexport default b;",
    "lib/b.ts": "export default 1 +;",
  }, "taskcode/lib/b.ts:1:19: Unexpected token"],
  ["a package in an imported file", {
    "a.ts": "import b from './b.ts';\nexport default b;",
    "b.ts": "export { default } from 'lodash';",
  }, 'taskcode/b.ts:1:25: "lodash" is a package; a task can import relative files only'],
  [
    "data that is not JSON",
    { "a.js": "module.exports = () => require('./b.json');", "b.json": "{\n  a: 1 }" },
    "taskcode/b.json:2:3: Expected property name or '}' in JSON at position 4 (line 2 column 3)",
  ],
  [
    "a namespace",
    { "a.ts": "let a = 1;\n  namespace N { export const b = 1; }\nexport default () => N.b;" },
    "taskcode/a.ts:2:3: namespace N cannot be turned into JavaScript",
  ],
  ["a file with types only", { "a.d.ts": "export default 1;" }, "taskcode/a.d.ts:1:1: this is not a code file"],
  ["JSX", { "a.tsx": "export default () => <a/>;" }, "taskcode/a.tsx:1:1: this is not a code file"],
];

for (const [what, files, first, hint] of refusals) {
  Deno.test(`publish refuses ${what}`, async () => {
    const answer = await refused(files);
    assert.equal(answer.first, first);
    assert.match(answer.hint, hint ?? /./);
  });
}
