import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { checkAudit } from "../../src/store/audit_check.ts";
import { openStore } from "../../src/store/store.ts";
import { Running, until } from "./running.ts";
import { Place } from "./tasker.ts";

const COUNT = `export default async ({ to }) => {
  for (let row = 0; row < to; row++) {
    await tools.records.append("row", { row });
    await tools.timer.sleep(1);
  }
  return to;
};`;
const TO = 300;

function records(db: string): number {
  const file = new DatabaseSync(db, { readOnly: true });
  try {
    return file.prepare("SELECT count(*) AS n FROM records").get()!.n as number;
  } finally {
    file.close();
  }
}

Deno.test("a backup made while a run is at work is whole, and restored the run goes on from there", async () => {
  using place = new Place();
  const backup = `${place.folder}/backup.db`;
  await place.run(["publish", place.write("count.js", COUNT)]);
  let id: string;
  {
    await using server = Running.start(place, ["serve"]);
    await server.says(/serving/);
    await place.run(["schedule", "add", "0 7 1 1 *", "count", "--input", '{"to":1}']);
    id = (await place.run(["run", "count", "--detach", "--input", `{"to":${TO}}`])).stdout.trim();
    await until("rows", () => records(place.db) > 20 ? true : undefined);
    const made = await place.run(["backup", "backup.db", "--json"]);
    assert.equal(made.code, 0, made.stderr);
    assert.equal(JSON.parse(made.stdout).unfinished, 1);
    assert.equal(Deno.statSync(backup).mode! & 0o777, 0o600);
    const again = await place.run(["backup", "backup.db"]);
    assert.deepEqual([again.code, /there is a file .*--force to replace it/s.test(again.stderr)], [2, true]);
    const owned = await place.run(["restore", "backup.db", "--force"]);
    assert.deepEqual([owned.code, /owns .* nothing was restored/.test(owned.stderr)], [7, true]);
    await until("more rows", () => records(place.db) > records(backup) + 5 ? true : undefined);
    server.kill("SIGKILL");
    await server.end();
  }
  const atBackup = records(backup);
  const before = records(place.db);
  assert.ok(atBackup > 0 && atBackup < before && before < TO, `${atBackup}, ${before}`);

  assert.equal((await place.run(["restore", "backup.db"])).code, 2, "a database that is there is not replaced unasked");
  const restored = await place.run(["restore", "backup.db", "--force", "--json"]);
  assert.equal(restored.code, 0, restored.stderr);
  const { held, paused, keptAs } = JSON.parse(restored.stdout);
  assert.deepEqual([held, paused], [[id], ["count"]]);
  assert.equal(records(keptAs), before);
  assert.equal(Deno.statSync(place.db).mode! & 0o777, 0o600);
  assert.deepEqual([...Deno.readDirSync(place.folder)].filter(({ name }) => /\.part|-wal/.test(name)), []);

  const [run] = JSON.parse((await place.run(["runs", "--json"])).stdout);
  assert.deepEqual([run.status, run.records.row], ["held", atBackup]);
  const resumed = await place.run(["resume", id, "--json", "--quiet"]);
  assert.equal(resumed.code, 0, resumed.stderr);
  const store = openStore(place.db);
  try {
    const rows = [...store.records.each({ run: store.taskRuns.byId(id)!.run })].map(({ data }) =>
      (data as { row: number }).row
    );
    assert.deepEqual(rows, Array.from({ length: TO }, (_, row) => row));
    assert.deepEqual(checkAudit(store).problems, []);
  } finally {
    store.close();
  }
});

Deno.test("a backup becomes the database where there is none, and the keystore opens with its key", async () => {
  using place = new Place();
  await place.run(["keystore", "set", "A"], { stdin: "x" });
  const made = await place.run(["backup", "sound.db"]);
  assert.match(made.stderr, /sound\.db: 0 runs, .* KiB, checked$/m);
  const other = await place.run(["restore", "sound.db", "--db", "fresh/tasker.db"]);
  assert.equal(other.code, 0, other.stderr);
  Deno.copyFileSync(`${place.db}.key`, `${place.folder}/fresh/tasker.db.key`);
  const opened = await place.run(["keystore", "get", "A", "--reveal", "--db", "fresh/tasker.db"]);
  assert.equal(opened.stdout.trim(), "x", opened.stderr);
});
