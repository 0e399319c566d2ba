import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { checkAudit } from "./audit_check.ts";
import { checkChain } from "./chain.ts";
import { apply, migrations } from "./migrations/migrations.ts";
import { openStore } from "./store.ts";

Deno.test("a file from before the log gets one, and its older runs are no gap in it", () => {
  const folder = Deno.makeTempDirSync();
  try {
    const path = `${folder}/t.db`;
    const old = new DatabaseSync(path);
    const until = migrations.findIndex((sql) => typeof sql === "string" && sql.includes("CREATE TABLE audit"));
    for (const migration of migrations.slice(0, until)) apply(old, migration);
    old.exec(
      `INSERT INTO task_functions VALUES (1, 't', 1, 'h', 't.js', '', '{}', 0, 1);
       INSERT INTO task_runs (id, function_id, task_name, status, input, seed, root_frame, runtime_version, time_zone, locale, created_at)
         VALUES ('old', 1, 't', 'running', '{}', 's', 1, 'v', 'UTC', 'en', 1);
       PRAGMA application_id = ${0x7461736b}; PRAGMA user_version = ${until};`,
    );
    old.close();
    using store = Object.assign(openStore(path), { [Symbol.dispose]: () => store.close() });
    assert.equal(store.taskRuns.byId("old")!.audit, null);
    assert.deepEqual(checkAudit(store), { entries: 0, head: null, runs: 0, problems: [] });
    store.db.transaction(() => {
      store.audit.append({ event: "ended", run: "old" }, 1);
      const audit = store.audit.append({ event: "submitted", run: "new" }, 2);
      const made = { functionId: 1, taskName: "t", input: "{}", seed: "s", parentRun: null, now: 2 };
      store.taskRuns.insert({ ...made, id: "new", audit });
    });
    const { entries, runs, problems } = checkAudit(store);
    assert.deepEqual([entries, runs, problems], [2, 1, []]);
    const { seq, hash } = store.audit.last()!;
    assert.deepEqual([seq, checkAudit(store).head], [2, hash]);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

Deno.test("entries that were written anew are found where the chain goes on", () => {
  const folder = Deno.makeTempDirSync();
  const store = openStore(`${folder}/t.db`);
  try {
    store.db.transaction(() => ["a", "b", "c"].forEach((word, at) => store.audit.append({ word }, at)));
    const rows = [...store.audit.each()];
    const problems = (changed: typeof rows) => {
      const told: string[] = [];
      checkChain({
        *each() {
          yield* changed;
        },
        hashOf: (previous, text) => store.audit.hashOf(previous, text),
      }, { tell: (problem) => told.push(problem), called: { row: "entry", rows: "entries", chain: "log" } });
      return told;
    };
    assert.deepEqual(problems(rows), []);
    // A first entry with the hash that fits it: the second one does not follow it.
    store.db.exec("DROP TRIGGER audit_is_kept; DELETE FROM audit");
    store.db.transaction(() => store.audit.append({ word: "x" }, 0));
    const [forged] = [...store.audit.each()];
    assert.match(problems([forged!, ...rows.slice(1)]).join(), /^entry 2 was changed, or what came before it/);
    assert.match(problems([rows[0]!, rows[2]!]).join(), /^entry 2 is missing,entry 3 was changed/);
    assert.match(problems([rows[1]!, rows[0]!]).join(), /entry 1 was changed/);
  } finally {
    store.close();
    Deno.removeSync(folder, { recursive: true });
  }
});
