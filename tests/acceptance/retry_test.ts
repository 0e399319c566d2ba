import assert from "node:assert/strict";
import { Place } from "./tasker.ts";

const ORDER = `export const manifest = {
  description: "Orders a thing, and has it sent",
  services: ["records", "tasks"],
  input: { type: "object", properties: { thing: { type: "string" } } },
};
export default async function order({ thing = "tea" }) {
  await tools.records.append("order", [{ thing }]);
  return { thing, parcel: await tools.tasks.execute("send", { thing }) };
}
`;
const SEND = `export const manifest = { description: "Sends", services: [], input: { type: "object" } };
export default function send({ thing }) { return "a parcel of " + thing; }
`;

Deno.test("failed runs are retried from their failed calls: one, and all that have failed after a look", async () => {
  using place = new Place();
  const says = async (code: number, ...args: string[]) => {
    const done = await place.run(args);
    assert.equal(done.code, code, done.stderr);
    return done;
  };
  await says(0, "publish", place.write("order.js", ORDER));
  for (const thing of ["tea", "jam"]) await says(1, "run", "order", "--thing", thing);
  await says(0, "publish", place.write("send.js", SEND));

  const { stdout } = await says(0, "retry", "last", "--json", "--quiet", "--reason", "it is there now");
  assert.deepEqual(JSON.parse(stdout), { thing: "jam", parcel: "a parcel of jam" });
  const [retry, failed] = JSON.parse((await says(0, "runs", "--json")).stdout);
  assert.deepEqual([retry.retryOf, retry.records, retry.calls], [failed.id, { order: 1 }, { completed: 2 }]);
  assert.deepEqual([failed.retriedBy, failed.status, failed.error.call], [retry.id, "failed", 2]);
  const shown = (await says(0, "show", retry.id)).stdout;
  assert.match(shown, new RegExp(`retries   run ${failed.id}: call 2 again, its own from call 3 on`));
  assert.match((await says(2, "retry", failed.id)).stderr, /was retried before: run \S+ is completed/);

  for (const args of [["last", "--task", "order"], ["--failed"]]) await says(2, "retry", ...args);
  const plan = JSON.parse((await says(0, "retry", "--failed", "--task", "order", "--dry-run", "--json")).stdout);
  assert.deepEqual(
    plan.runs.map((run: object) => Object.keys(run)),
    [["id", "taskName", "endedAt", "error", "because"]],
  );
  const all = await says(0, "retry", "--failed", "--since", "1h", "--yes", "--json");
  assert.match(all.stdout, /"a parcel of tea"/);
  assert.match((await says(0, "audit", "--verify")).stdout, /4 runs of this database are as entered/);
});
