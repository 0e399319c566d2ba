import assert from "node:assert/strict";
import type { Finding } from "../../src/store/finding.ts";
import { Running } from "./running.ts";
import { Place } from "./tasker.ts";

async function examine(place: Place): Promise<{ code: number; found: Record<string, Finding> }> {
  const { code, stdout, stderr } = await place.run(["doctor", "--json"]);
  assert.equal(stderr, "");
  const { ok, findings } = JSON.parse(stdout) as { ok: boolean; findings: Finding[] };
  assert.equal(code, ok ? 0 : 1);
  return { code, found: Object.fromEntries(findings.map((finding) => [finding.check, finding])) };
}

Deno.test("doctor finds a frozen owner, open permissions, a lost key and damage, and says what to do", async () => {
  using place = new Place();
  assert.equal((await place.run(["doctor"])).code, 3);
  await place.run(["keystore", "set", "A"], { stdin: "x" });
  {
    await using owner = Running.start(place, ["serve"]);
    await owner.says(/serving/);
    const well = await place.run(["doctor"]);
    assert.equal(well.code, 0, well.stdout);
    assert.match(
      well.stdout,
      new RegExp(`^OK {4}owner: process ${owner.pid} at http://127\\.0\\.0\\.1:\\d+ answers$`, "m"),
    );
    owner.kill("SIGSTOP");
    const { code, found } = await examine(place);
    assert.deepEqual([code, found.owner!.status], [1, "fail"]);
    assert.match(found.owner!.message, new RegExp(`^process ${owner.pid} owns`));
    assert.match(found.owner!.hint!, new RegExp(`kill -CONT ${owner.pid}`));
    owner.kill("SIGKILL");
    await owner.end();
  }
  Deno.chmodSync(place.db, 0o644);
  Deno.removeSync(`${place.db}.key`);
  const { found } = await examine(place);
  assert.match(found.permissions!.hint!, /^run chmod 600 ".*tasker\.db"$/);
  assert.deepEqual([found.keystore!.status, found.owner!.status, found.integrity!.status], ["fail", "ok", "ok"]);

  const file = Deno.openSync(place.db, { write: true });
  file.writeSync(new TextEncoder().encode("no longer a database"));
  file.close();
  const damaged = await examine(place);
  assert.equal(damaged.found.file!.status, "fail");
  assert.match(damaged.found.file!.hint!, /restore/);
});
