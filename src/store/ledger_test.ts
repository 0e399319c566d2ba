import assert from "node:assert/strict";
import { sha256 } from "./sha256.ts";
import { openBench } from "./bench.ts";
import { type ChainRow, NO_HASH } from "./chain.ts";
import { checkLedger } from "./ledger_check.ts";

/** A store with 3 calls that were made, each with its page. */
function bench() {
  const bench = openBench();
  const { store, run } = bench;
  store.db.exec("DELETE FROM stack_runs");
  let last: Pick<ChainRow, "seq" | "hash"> = { seq: 0, hash: NO_HASH };
  const page = (text: string) => last = store.ledger.link(last, `{"seq":${last.seq + 1},"at":1,"epoch":1,${text}}`);
  for (const seq of [1, 2, 3]) {
    const args = `[{"q":"call ${seq}"}]`;
    const now = Date.now() + 1_000;
    const frame = store.stackRuns.insertClaimed({ run, seq, service: "http", method: "fetch", args, lane: true, now });
    const sent = `"at":1,"run":"run-1","task":"t","call":${seq},"attempt":1,"service":"http","method":"fetch","to":[]`;
    const kept = seq === 2 ? `"sha256":"${sha256(args)}","args":[{}]` : `"args":${args}`;
    page(`"through":${frame.id},"sent":[{${sent},${kept}}]`);
  }
  return { ...bench, [Symbol.dispose]: () => bench[Symbol.dispose](), page, head: () => last.hash };
}

Deno.test("a ledger whose pages are all there is right, and says the same as the journal", () => {
  using of = bench();
  const { store } = of;
  assert.deepEqual(checkLedger(store), { pages: 3, entries: 3, head: of.head(), calls: 3, problems: [] });
  const noted = of.head();
  of.page('"through":3');
  assert.deepEqual(checkLedger(store, noted).problems, []);
  assert.match(checkLedger(store, "f".repeat(64)).problems.join(), /^no page has the hash f+: the ledger was changed/);
});

Deno.test("the ledger refuses changes, and what is changed all the same is found", () => {
  for (
    const [sql, expected] of [
      ["UPDATE ledger SET entry = replace(entry, 'call 1', 'call x') WHERE seq = 1", /^page 1 was changed/],
      ["UPDATE ledger SET hash = replace(hash, substr(hash, 1, 1), 'x') WHERE seq = 2", /^page 2 was changed/],
      ["DELETE FROM ledger WHERE seq = 2", /^page 2 is missing/],
      ["DELETE FROM ledger WHERE seq < 3", /^pages 1 to 2 are missing/],
      // A tail that was cut off is missed by the calls of its runs.
      ["DELETE FROM ledger WHERE seq = 3", /^call 3 of run run-1 was made, and has no entry/],
      ["DELETE FROM ledger", /^call 1 of run run-1 was made, and has no entry/],
      [
        "UPDATE ledger SET seq = 9 WHERE seq = 1; UPDATE ledger SET seq = 1 WHERE seq = 2; UPDATE ledger SET seq = 2 WHERE seq = 9",
        /^page 1 was changed/,
      ],
      ["INSERT INTO ledger SELECT 4, entry, hash FROM ledger WHERE seq = 3", /^page 4 was changed/],
      ["UPDATE stack_runs SET args = '[]' WHERE seq = 2", /^entry 2.1: call 2 of run run-1 has other arguments/],
    ] as const
  ) {
    using of = bench();
    const { store } = of;
    if (/^(?:UPDATE|DELETE FROM) ledger/.test(sql)) assert.throws(() => store.db.exec(sql), /ledger/, sql);
    for (const trigger of ["follows", "stays", "is_kept"]) store.db.exec(`DROP TRIGGER ledger_${trigger}`);
    store.db.exec(sql);
    assert.match(checkLedger(store).problems.join("\n"), expected, sql);
  }
});

Deno.test("the last calls of a process at work, or of one that died, may have no page yet", () => {
  using of = bench();
  const { store } = of;
  store.db.exec("DROP TRIGGER ledger_is_kept; DELETE FROM ledger WHERE seq = 3");
  const epoch = store.owner.take(1, 1);
  assert.deepEqual(checkLedger(store).problems, []);
  store.owner.leave(epoch);
  assert.equal(checkLedger(store).problems.length, 1);
});
