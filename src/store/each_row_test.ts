import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { eachRow } from "./each_row.ts";

Deno.test("all rows of a statement come, also when nobody else keeps it and memory is cleared meanwhile", () => {
  setFlagsFromString("--expose-gc");
  // A Deno that does not offer it needs no proof.
  const clear = runInNewContext("typeof gc === 'function' ? gc : () => {}") as () => void;
  const db = new DatabaseSync(":memory:");
  try {
    db.exec(`CREATE TABLE t (n);
      WITH RECURSIVE up (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM up WHERE n < 400) INSERT INTO t SELECT n FROM up`);
    const rows = () => eachRow(db.prepare("SELECT n FROM t WHERE n > ?"), 0);
    const others = [];
    let count = 0;
    for (const { n } of rows()) {
      assert.equal(n, ++count);
      if (count % 200 !== 0) continue;
      clear();
      // They come into the memory that was freed.
      for (let made = 0; made < 100; made++) others.push(db.prepare("SELECT 1"));
    }
    assert.deepEqual([count, others.length], [400, 200]);
  } finally {
    db.close();
  }
});
