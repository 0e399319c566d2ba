import assert from "node:assert/strict";
import { quoteCode } from "./code_quote.ts";

Deno.test("a line of code is quoted with its neighbours, and a caret under its column", () => {
  const source = Array.from({ length: 11 }, (_, index) => `\tline ${index + 1}`).join("\r\n");
  assert.equal(
    quoteCode({ source, line: 9, column: 2 }),
    `   7 |  line 7
   8 |  line 8
>  9 |  line 9
     |  ^
  10 |  line 10
  11 |  line 11
`,
  );
  assert.equal(quoteCode({ source: "one", line: 1, column: 4 }), "> 1 | one\n    |    ^\n");
  assert.equal(quoteCode({ source: "one\n\n", line: 2, column: 1 }), "  1 | one\n> 2 |\n    | ^\n");
  const steering = `${"\x1b[31m".repeat(3)}bad()`;
  assert.equal(quoteCode({ source: steering, line: 1, column: 16 }), "> 1 | bad()\n    | ^\n");
  const long = `${"a".repeat(500)}!${"b".repeat(500)}`;
  const [line, caret] = quoteCode({ source: long, line: 1, column: 501 }).split("\n");
  assert.ok(line!.length < 130);
  assert.equal(line![caret!.indexOf("^")], "!");
});
