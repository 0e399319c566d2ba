import assert from "node:assert/strict";
import { Running } from "./running.ts";
import { Place } from "./tasker.ts";

const HALVE = `module.exports = ({ n }) => n / 2;
module.exports.manifest = { services: [], input: { type: "object" } };`;

const HALF = `export async function half(n: number): Promise<number> {
  return await tools.tasks.execute("halve", { n }) as number;
}
`;

const SUM = `import { half } from "./lib/half";
export const manifest = {
  services: ["tasks", "records"],
  input: { type: "object", properties: { upTo: { type: "integer", default: 3 } } },
};
export default async function sum({ upTo }: { upTo: number }) {
  let sum = 0;
  for (let n = 1; n <= upTo; n++) sum += await half(n);
  await tools.records.append("sum", { sum });
  return { sum };
}
`;

Deno.test("a task is tried at every save with recorded answers, however it is saved; it is run for real only if that is said", async () => {
  using place = new Place();
  Deno.mkdirSync(`${place.folder}/lib`);
  place.write("lib/half.ts", HALF);
  /** As many editors do it. */
  const save = (name: string, text: string) => {
    place.write("saved.tmp", text);
    Deno.renameSync(`${place.folder}/saved.tmp`, `${place.folder}/${name}`);
  };
  save("sum.ts", SUM);
  place.write("halve.js", HALVE);
  // There is no database yet: there are just no answers.
  const alone = await place.run(["dev", "sum.ts"]);
  assert.deepEqual([alone.code, alone.stderr], [1, ""]);
  assert.match(
    alone.stdout,
    /sum\.ts {2}no recorded answers\n├─ {4}1 {2}no answer {2}tasks\.execute\("halve",\{"n":1\}\)/,
  );
  await using serve = Running.start(place, ["serve"]);
  await serve.says(/^serving /);
  assert.equal((await place.run(["publish", "sum.ts", "halve.js"])).code, 0);
  assert.equal((await place.run(["run", "sum", "--quiet"])).code, 0);

  await using dev = Running.start(place, ["dev", "sum.ts", "--watch"]);
  await dev.says(
    /answers of run [0-9a-f]{8}\n(?:├─.*\n){4}└─ ✓ completed {2}\{"sum":3\}\n {3}records {2}1 sum\n/,
    "stdout",
  );
  await dev.says(/^watching sum\.ts and 1 file that it imports; Ctrl-C stops$/m);
  save("sum.ts", SUM.replace("await half(n)", "await half(n))"));
  await dev.says(/✗ refused .*\n {3}sum\.ts:8:55\n(?: {6}.*\n){2} {3}> {2}8 \| .*\n {8}\| {55}\^\n {5} 9 \|/, "stdout");
  save("sum.ts", SUM.replace("return { sum }", 'console.log("right again"); return { sum: -sum }'));
  await dev.says(/│ {8}right again\n└─ ✓ completed {2}\{"sum":-3\}\n.*\n {3}result\.sum: 3 → -3\n/, "stdout");
  save("sum.ts", SUM.replace("return", 'throw new RangeError("too much");'));
  await dev.says(/✗ failed {2}RangeError: too much\n {3}sum\.ts:10:9\n/, "stdout");
  Deno.removeSync(`${place.folder}/sum.ts`);
  await dev.says(/there is no file sum\.ts: waiting until it is there again/);
  place.write("sum.ts", SUM);
  save("lib/half.ts", HALF.replace("{ n }", "{ n: n * 2 }"));
  const stuck = await dev.says(/waits for call 2.*\n(?: {3}.*\n)+/, "stdout");
  assert.match(
    stuck[0],
    /^ {3}lib\/half\.ts:2:28\n[^]* {3}at half \(lib\/half\.ts:2:28\)\n {3}at (?:async )?sum \(sum\.ts:8:\d+\)\n {3}hint: /m,
  );
  dev.kill("SIGINT");
  assert.equal((await dev.end()).code, 0);

  const json = await place.run(["dev", "sum.ts", "--up-to", "1", "--json", "--against", "last"]);
  assert.deepEqual([json.code, json.stderr], [0, ""]);
  const events = json.stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
  assert.deepEqual(events.map(({ event, seq, answer }) => [event, seq, answer].filter((part) => part !== undefined)), [
    ...[["code"], ["call", 1, "recorded"], ["call", 2, "new"], ["missing", 1], ["missing", 3], ["missing", 4], ["end"]],
  ]);
  assert.deepEqual(Object.keys(events[0]), ["event", "time", "file", "taskName", "hash", "against", "run", "input"]);
  assert.deepEqual(Object.keys(events[1]), [
    ...["event", "seq", "service", "method", "args", "at", "answer", "failed"],
  ]);
  assert.deepEqual({ ...events[6], event: undefined }, {
    ...{ event: undefined, type: "completed", result: { sum: 1 }, records: { sum: 1 }, place: null },
    differs: [{ path: ".sum", recorded: 3, now: 1 }],
  });
  // Made for real, by the owner that is there; nothing is asked twice, and nothing is published.
  const live = async () => {
    const { code, stdout } = await place.run(["dev", "sum.ts", "--live", "--json"]);
    assert.equal(code, 0);
    const [{ against, run }, ...told] = stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
    const calls = told.filter(({ event }) => event === "call").map(({ answer }) => answer);
    return { against, run, calls, ...told.at(-1), event: undefined, place: undefined };
  };
  const first = await live();
  const { run } = first;
  const sum = { type: "completed", result: { sum: 6 }, records: { sum: 1 }, event: undefined, place: undefined };
  assert.deepEqual(first, {
    ...{ ...sum, run, against: events[0].against, calls: ["recorded", "live", "live", "new"] },
    differs: [{ path: ".sum", recorded: 3, now: 6 }],
  });
  assert.deepEqual(await live(), { ...sum, run: null, against: run, calls: Array(4).fill("recorded"), differs: [] });
  const versions = JSON.parse((await place.run(["versions", "sum", "--json"])).stdout);
  assert.deepEqual(versions.map(({ ended }: { ended: number }) => ended), [1]);
});
