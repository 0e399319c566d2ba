import assert from "node:assert/strict";
import { withRuns } from "./kept_runs_for_tests.ts";
import { FoundRecords } from "./record_search.ts";

const ROWS = [
  { id: 1, subject: "Project Granite: the budget", headers: { From: "Zoë <zoe@globex.example>" } },
  { id: 2, subject: "granite countertops", headers: { From: "shop@stone.example" } },
  { id: 3, subject: "四半期の報告書です", labels: ["zoe@globex.example"] },
  { id: 4, subject: "ends with project", headers: { From: "granite@stone.example" } },
  // More than are indexed at a time.
  ...Array.from({ length: 1_200 }, (_, n) => ({ id: 1_000 + n, subject: `other ${n}` })),
];

Deno.test("rows are found by their words, in whatever field, case, accent and script", () => {
  withRuns([{ message: ROWS, note: ["granite"] }, { message: [{ id: 5, subject: "granite" }] }], ({ records }) => {
    const table: readonly (readonly [string, readonly number[]])[] = [
      ["GRANITE", [1, 2, 4]],
      ["granite project", [1, 4]],
      ['"project granite"', [1]],
      ["granite -project", [2]],
      ["zoe@globex.example", [1, 3]],
      ["zoë -granite OR countertops", [2, 3]],
      ["報告", [3]],
      ["告報", []],
      ["coun*", [2]],
      ["other 1199", [2_199]],
      ["subject", []],
    ];
    for (const [words, expected] of table) {
      using found = new FoundRecords(records, { run: 1, kind: "message", words });
      assert.deepEqual([...found.each("message")].map(({ data }) => (data as { id: number }).id), expected, words);
    }
    using all = new FoundRecords(records, { run: 1, kind: undefined, words: "granite" });
    assert.deepEqual([...all.kinds()], [["message", 3], ["note", 1]]);
    assert.deepEqual([...all.each()].map(({ kind, seq }) => `${kind} ${seq}`), [
      "message 1",
      "message 2",
      "message 4",
      "note 1",
    ]);
  });
});
