import assert from "node:assert/strict";
import type { RunDiffView } from "../../src/cli/run_diff_view.ts";
import { keep } from "./keeping.ts";
import { Place } from "./tasker.ts";

/** `tasker diff` of runs that are no searches: where they part. */

const COUNTING = `export const manifest = { description: "Counts", services: ["records"], input: { type: "object" } };
/** Keeps what it counts: more than is read of a journal at a time. */
export default async function counting({ until = 120, last = "\\u202eend" }) {
  let sum = 0;
  for (let i = 1; i <= until; i++) sum += (await tools.records.append("number", { i })).last;
  if (sum < 0) throw new Error("less than nothing");
  await tools.records.append("last", { last });
  return { sum };
}
`;

Deno.test("two runs of a task part at the first call that differs", async () => {
  using place = new Place();
  const started = async (...args: string[]) => {
    const { stderr } = await place.run(args);
    return /\b[0-9a-f-]{36}\b/.exec(stderr)![0];
  };
  const diff = (...args: string[]) => place.run(["diff", ...args]);
  const json = async (...args: string[]) => {
    const { code, stdout, stderr } = await diff(...args, "--json");
    assert.equal(stderr, "");
    return { code, view: JSON.parse(stdout) as RunDiffView };
  };
  assert.equal((await place.run(["publish", place.write("counting.js", COUNTING)])).code, 0);
  const first = await started("run", "counting");
  const again = await started("run", "counting");
  const forked = await started("fork", first, "--set", '2={"appended":1,"last":40}');
  const failed = await started("fork", first, "--set", '120={"appended":1,"last":-9000}');
  const other = await started("run", "counting", "--input", '{"until":119,"last":"z"}');

  const same = await json(first, again);
  assert.equal(same.code, 0);
  assert.deepEqual(Object.keys(same.view), [
    ...["taskName", "first", "second", "same", "calls", "difference", "input", "result", "records"],
  ]);
  assert.deepEqual(Object.keys(same.view.second), ["run", "status", "code", "calls", "end"]);
  assert.deepEqual([same.view.same, same.view.calls, same.view.difference, same.view.records], [true, 121, null, {}]);
  assert.match(
    (await diff(first, again)).stdout,
    /^same: runs \S{8} and \S{8} of counting have made the same 121 calls with the same answers, and both are completed\n$/,
  );

  const edited = await diff(first, forked);
  assert.deepEqual([edited.code, edited.stderr], [1, ""]);
  assert.match(
    edited.stdout,
    /^runs \S{8} and \S{8} of counting part at call 2, after 1 call that is the same\n {2}call 2: records\.append\("number",\{"i":2\}\)\n {2}answer\.last: 2 → 40\n {2}result\.sum: 7260 → 7298\n$/,
  );
  const { view } = await json(first, forked);
  assert.deepEqual([view.same, view.calls, view.result], [false, 1, [{ path: ".sum", first: 7260, second: 7298 }]]);
  const { type, result, second } = view.difference!;
  assert.deepEqual([type, result, second], ["answer", [{ path: ".last", first: 2, second: 40 }], {
    ...{ seq: 2, service: "records", method: "append", args: ["number", { i: 2 }], status: "completed" },
    answer: { type: "completed", result: { appended: 1, last: 40 } },
  }]);

  const failing = await diff(forked, failed);
  assert.match(
    failing.stdout,
    /\n {2}end: completed: \{"sum":7298\} → failed: \w+: less than nothing\n {2}rows of last: 1 → 0\n$/,
  );
  const further = await json(failed, other);
  assert.deepEqual([further.code, further.view.calls, further.view.difference?.type], [1, 119, "call"]);
  assert.deepEqual(further.view.input, [{ path: ".until", second: 119 }, { path: ".last", second: "z" }]);
  assert.deepEqual(further.view.records, { last: { first: 0, second: 1 }, number: { first: 120, second: 119 } });

  place.write("counting.js", COUNTING.replace(/.*append\("last".*\n/, ""));
  assert.equal((await place.run(["publish", "counting.js"])).code, 0);
  const shorter = await diff(first, await started("run", "counting"), "--output", "parted.txt");
  assert.deepEqual([shorter.code, shorter.stdout], [1, ""]);
  assert.match(
    Deno.readTextFileSync(`${place.folder}/parted.txt`),
    /part at call 121, after 120 calls that are the same\n {2}first {3}call 121: records\.append\("last",\{"last":"end"\}\)\n {2}second {2}the run ended without a further call\n {2}code: v1 → v2\n {2}rows of last: 1 → 0\n$/,
  );

  const refused = await diff(first, again, "--format", "csv");
  assert.deepEqual([refused.code, refused.stdout], [2, ""]);
  assert.match(refused.stderr, /csv is for two searches, and these runs are none/);
  await keep(place, { word: [1] });
  const strangers = await diff(first, "last");
  assert.equal(strangers.code, 2);
  assert.match(strangers.stderr, /is one of counting, run \S{8} is one of kept/);
});
