import assert from "node:assert/strict";
import { forCsvCell, forTerminal } from "./safe_text.ts";

Deno.test("nothing a terminal acts on is left", () => {
  const table: [string, string][] = [
    ["plain\ttext\nline", "plain\ttext\nline"],
    ["\x1b[31mred\x1b[0m", "red"],
    ["a\x1b[2J\x1b[1;1Hb", "ab"],
    ["\x1b]0;title\x07x", "x"],
    ["\x1b]8;;https://evil.example\x1b\\link\x1b]8;;\x1b\\", "link"],
    ["\x1bP+q544e\x1b\\x", "x"],
    ["\x1b]0;never ended", "0;never ended"],
    ["\x9b31mred", "red"],
    ["\x9d0;title\x9cx", "x"],
    ["\x1bc\x1b(Bx", "x"],
    ["over\rwrite\b\x00\x7f\x85", "overwrite"],
    ["invoice\u202egpj.exe", "invoicegpj.exe"],
    ["a\u2066b\u2069\u200fc\u2028d", "abcd"],
    ["end\x1b", "end"],
    ["\x1b\x1b[31m[31m", "[31m"],
    ["\x1b[\x1b[31m31mx", "31mx"],
    ["Grüße 会議 😀 שלום", "Grüße 会議 😀 שלום"],
  ];
  for (const [text, expected] of table) assert.equal(forTerminal(text), expected, JSON.stringify(text));
});

Deno.test("random bytes leave no control character", () => {
  let seed = 11;
  const alphabet = ["\x1b", "[", "]", "\x07", "3", "m", "\x9b", "\x9d", "\\", "P", "\u202e", "a", "\n", "\r", "\x9c"];
  for (let round = 0; round < 3000; round++) {
    let text = "";
    for (let n = 0; n < 15; n++) text += alphabet[(seed = (seed * 48271) % 2147483647) % alphabet.length];
    // deno-lint-ignore no-control-regex -- they must be gone
    assert.doesNotMatch(forTerminal(text), /[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]/);
  }
});

Deno.test("cells that a spreadsheet would run get a quote mark in front", () => {
  for (const text of ["=1+1", "+1", "-1+1", "-1.", "-A1", "@SUM(A1)", "\tx", "\rx", " =1", "\n=1", "＝1"]) {
    assert.equal(forCsvCell(text), `'${text}`);
  }
  for (const text of ["", "a=b", "1-2", "a@x", " a", "'=1", "-1", "-20.5"]) assert.equal(forCsvCell(text), text);
});
