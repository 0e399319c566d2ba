import assert from "node:assert/strict";
import { Running, until } from "./running.ts";
import { runsOf } from "./journal.ts";
import { Place } from "./tasker.ts";

Deno.test("tasker cancel waits for the clean-up, also over the death of the owner, and says what happened", async () => {
  using place = new Place();
  const file = place.write(
    "tidy.js",
    `export const manifest = { description: "Tidies up", services: ["records"], limits: { cleanUp: "1 h" } };
     export default async function tidy() {
       try { await tools.timer.sleep("1 day"); } finally {
         await tools.signals.wait("swept");
         await tools.records.append("tidied", [{ at: Date.now() }]);
       }
     }`,
  );
  assert.equal((await place.run(["publish", file])).code, 0);
  const submit = async () => (await place.run(["run", "tidy", "--detach"])).stdout.trim();
  const first = await submit();
  await using server = Running.start(place, ["serve"]);
  await server.says(/^serving /m);
  await until("it sleeps", () => runsOf(place.db)[0]?.status === "suspended_waiting_child" || undefined);
  await using cancelling = Running.start(place, ["cancel", first]);
  await cancelling.says(/run \w+ cleans up, until .* at most/);
  assert.match((await place.run(["show", first])).stdout, /… cancelling[^]*cleans up until [^]*✗?.*timer\.sleep/);
  server.kill("SIGKILL");
  await server.end();
  await cancelling.says(/the process that owned the database has gone/);
  assert.equal((await place.run(["signal", first, "swept"])).code, 0);
  const { code, stderr } = await cancelling.end();
  assert.equal(code, 0, stderr);
  assert.match(stderr, new RegExp(`run ${first} is cancelled\n`));
  assert.equal((await place.run(["records", first, "--format", "ndjson"])).stdout.trim().split("\n").length, 1);

  const second = await submit();
  const now = await place.run(["cancel", second, "--now", "--json"]);
  const { status, error } = JSON.parse(now.stdout);
  assert.deepEqual([status, error.code], ["cancelled", "CANCELLED"]);
});
