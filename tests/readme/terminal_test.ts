import assert from "node:assert/strict";
import { framesOf } from "./frames.ts";
import { escaped, piecesOf, svgOf } from "./svg.ts";
import { Terminal } from "./terminal.ts";

const GREEN = "\x1b[32m";

function shown(text: string, columns = 10, rows = 3): string[] {
  const terminal = new Terminal({ columns, rows });
  terminal.write(text);
  return terminal.lines();
}

Deno.test("a line feed goes down and keeps the column, a carriage return goes to the first column", () => {
  assert.deepEqual(shown("ab\ncd\r\nef\rg"), ["ab", "  cd", "gf"]);
});

Deno.test("text that is longer than a row goes on in the next one, but a full row alone does not scroll", () => {
  assert.deepEqual(shown("0123456789"), ["0123456789", "", ""]);
  assert.deepEqual(shown("0123456789abc"), ["0123456789", "abc", ""]);
  assert.deepEqual(shown("0123456789\r\nx"), ["0123456789", "x", ""]);
});

Deno.test("the screen scrolls when a line feed comes in the last row", () => {
  assert.deepEqual(shown("1\r\n2\r\n3\r\n4"), ["2", "3", "4"]);
});

Deno.test("a progress picture of two lines is taken away as the program does it", () => {
  assert.deepEqual(shown("kept\r\none\r\ntwo\r\x1b[1A\x1b[Jnew"), ["kept", "new", ""]);
});

Deno.test("a line is erased from the cursor on, up to it, or as a whole", () => {
  assert.deepEqual(shown("abcdef\x1b[3D\x1b[K")[0], "abc");
  assert.deepEqual(shown("abcdef\x1b[3D\x1b[1K")[0], "    ef");
  assert.deepEqual(shown("abcdef\x1b[3D\x1b[2K")[0], "");
});

Deno.test("the screen is erased from the cursor on, up to it, or as a whole", () => {
  const filled = "aaa\r\nbbb\r\nccc\x1b[2;2H";
  assert.deepEqual(shown(`${filled}\x1b[J`), ["aaa", "b", ""]);
  assert.deepEqual(shown(`${filled}\x1b[1J`), ["", "  b", "ccc"]);
  assert.deepEqual(shown(`${filled}\x1b[2J`), ["", "", ""]);
});

Deno.test("the cursor moves within the screen only", () => {
  const terminal = new Terminal({ columns: 10, rows: 3 });
  for (
    const [keys, row, column] of [
      ["\x1b[9B", 2, 0],
      ["\x1b[99C", 2, 9],
      ["\x1b[A", 1, 9],
      ["\x1b[4D", 1, 5],
      ["\b", 1, 4],
      ["\x1b[2G", 1, 1],
      ["\t", 1, 8],
      ["\x1b[9A", 0, 8],
      ["\x1b[H", 0, 0],
    ] as const
  ) {
    terminal.write(keys);
    assert.deepEqual(terminal.cursor, { row, column }, JSON.stringify(keys));
  }
});

Deno.test("styles begin and end where they are switched", () => {
  const terminal = new Terminal({ columns: 10, rows: 1 });
  terminal.write(`a\x1b[1;31mb\x1b[22mc\x1b[39md${GREEN}\x1b[2;4me\x1b[22mE\x1b[mf\x1b[95mg`);
  const styles = terminal.screen()[0]!.slice(0, 8).map(({ style }) =>
    `${style.bold ? "b" : ""}${style.dim ? "d" : ""}${style.underline ? "u" : ""}${style.color ?? ""}`
  );
  assert.deepEqual(styles, ["", "b1", "1", "", "du2", "u2", "", "13"]);
});

Deno.test("an escape sequence may come in pieces", () => {
  const terminal = new Terminal({ columns: 10, rows: 1 });
  for (const piece of ["ab\r\x1b", "[", "K", `${GREEN.slice(0, 3)}`, "2mx"]) terminal.write(piece);
  assert.deepEqual(terminal.lines(), ["x"]);
  assert.equal(terminal.screen()[0]![0]!.style.color, 2);
});

Deno.test("wide characters take two columns and accents none", () => {
  const terminal = new Terminal({ columns: 4, rows: 2 });
  terminal.write("e\u0301漢字");
  assert.deepEqual(terminal.lines(), ["e\u0301漢", "字"]);
  assert.deepEqual(terminal.cursor, { row: 1, column: 2 });
});

Deno.test("what the terminal does not know is an error, and modes are passed over", () => {
  assert.deepEqual(shown("\x1b[?25la\x07b\x1b[?2004h")[0], "ab");
  for (const text of ["\x1b[5S", "\x1b]0;title\x07", "\x1b[48m", "\x1b[3J", "\x1bc", "\x01"]) {
    assert.throws(() => shown(text), /does not know/, JSON.stringify(text));
  }
});

Deno.test("a picture that is cleared and drawn anew is one frame, and the last frame stays", () => {
  const received = [
    { at: 0, text: "one" },
    { at: 300, text: "\r\x1b[J" },
    { at: 301, text: "two" },
    { at: 900, text: "\r\nend" },
  ];
  const frames = framesOf(received, { columns: 10, rows: 2, limit: 25, last: 5_000 });
  const seen = frames.map(({ screen, ms }) => [screen[0]!.map(({ text }) => text).join("").trim(), ms]);
  assert.deepEqual(seen, [["one", 300], ["two", 599], ["two", 5_000]]);
});

Deno.test("of too many frames the shortest go, and no time is lost", () => {
  const received = [0, 100, 160, 400, 450, 900].map((at, index) => ({ at, text: String(index) }));
  const frames = framesOf(received, { columns: 10, rows: 1, limit: 4, last: 1_000 });
  const seen = frames.map(({ screen, ms }) => [screen[0]!.map(({ text }) => text).join("").trim(), ms]);
  assert.deepEqual(seen, [["0", 160], ["012", 290], ["01234", 450], ["012345", 1_000]]);
});

Deno.test("a row is cut at columns, styles and bars, and every piece keeps its place", () => {
  const terminal = new Terminal({ columns: 30, rows: 1 });
  terminal.write("a b  c\x1b[1md\x1b[22m ██░  9% 漢x");
  const pieces = piecesOf(terminal.screen()[0]!).map(({ column, width, text }) => [column, width, text]);
  assert.deepEqual(pieces, [
    [0, 3, "a b"],
    [5, 1, "c"],
    [6, 1, "d"],
    [8, 2, "██"],
    [10, 1, "░"],
    [13, 6, "9% 漢x"],
  ]);
});

Deno.test("markup in a message is text in the picture", () => {
  assert.equal(escaped(`<a href="x">&\x1b\ufffe`), "&lt;a href=&quot;x&quot;&gt;&amp;\ufffd\ufffd");
  const received = [{ at: 0, text: "<script>&" }];
  const size = { columns: 20, rows: 1 };
  const svg = svgOf(framesOf(received, { ...size, limit: 5, last: 1_000 }), { ...size, title: "a < b" });
  assert.match(svg, /&lt;script&gt;&amp;<\/text>/);
  assert.match(svg, /<title>a &lt; b<\/title>/);
  assert.doesNotMatch(svg, /<script|@keyframes/);
});

Deno.test("the frames of an animation follow each other without a gap, and the last one needs no animation", () => {
  const received = [{ at: 0, text: "a" }, { at: 1_000, text: "b" }, { at: 2_000, text: "c" }];
  const size = { columns: 20, rows: 1 };
  const svg = svgOf(framesOf(received, { ...size, limit: 5, last: 2_000 }), { ...size, title: "t" });
  const keys = [...svg.matchAll(/@keyframes k(\d){(.*)}/g)].map(([, at, steps]) => `${at} ${steps}`);
  assert.match(keys[0]!, /^0 0%\{visibility:visible\}25%\{visibility:hidden\}/);
  assert.match(keys[1]!, /^1 0%\{visibility:hidden\}25%\{visibility:visible\}50%\{visibility:hidden\}/);
  assert.match(keys[2]!, /^2 0%\{visibility:hidden\}50%\{visibility:visible\}\}/);
  assert.match(svg, /#f2\{visibility:visible\}/);
  assert.match(svg, /animation:k0 4\.00s step-end infinite/);
});
