import assert from "node:assert/strict";
import { cut, displayWidth, renderTable } from "./table.ts";

Deno.test("wide characters, emoji and combining marks are measured as a terminal shows them", () => {
  assert.equal(displayWidth("abc"), 3);
  assert.equal(displayWidth("日本"), 4);
  assert.equal(displayWidth("e\u0301"), 1);
  assert.equal(displayWidth("😀"), 2);
});

Deno.test("text that is too wide is cut at a whole character", () => {
  assert.equal(cut("hello", 5), "hello");
  assert.equal(cut("hello!", 5), "hell…");
  assert.equal(cut("日本語", 4), "日…");
});

Deno.test("the column that may shrink gives way to the terminal's width", () => {
  const text = renderTable([{ title: "ID" }, { title: "NOTE", shrink: true }], [["1", "a long note that goes on"]], {
    width: 20,
  });
  assert.deepEqual(text.split("\n"), ["ID  NOTE", "1   a long note tha…", ""]);
});

Deno.test("a table is never wider than its width, whichever columns are long", () => {
  const rows = [["a".repeat(50), "b".repeat(90), "c".repeat(40)]];
  const columns = [{ title: "A" }, { title: "B" }, { title: "C", shrink: true }];
  for (const width of [100, 60, 40]) {
    const [head, line] = renderTable(columns, rows, { width }).split("\n");
    assert.equal(displayWidth(line!), width);
    assert.ok(displayWidth(head!) <= width);
  }
  assert.equal(renderTable([{ title: "SHRINK", shrink: true }], [["x"]], { width: 4 }), "SHRINK\nx\n");
});
