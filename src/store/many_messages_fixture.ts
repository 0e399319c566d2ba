/** Compares many messages, and prints what came of it and by how much the process has grown: by itself, so that only this counts. */
import { MessageDiff } from "./message_diff.ts";

const [count] = Deno.args.map(Number) as [number];
const before = Deno.memoryUsage().rss;
const labels = JSON.stringify(["x".repeat(2_400)]);
using diff = new MessageDiff();
for (const side of [1, 2] as const) {
  for (let n = 0; n < 20; n++) diff.cover(side, { mailbox: `m${n}`, status: "complete", reason: "" });
  for (let n = 0; n < count; n++) {
    // Every tenth is missing in the first run, and every tenth, another one, in the second.
    if (n % 10 === side) continue;
    diff.add(side, {
      ...{ mailbox: `m${n % 20}`, id: String(n), seq: n, date: "2026-11-01T00:00:00.000Z" },
      ...{ labels, labelKind: "ids", folder: "inbox", read: side === 1 || n % 10 !== 5 },
    });
  }
}
diff.compare("2026-11-10T00:00:00.000Z");
let seen = 0;
for (const _ of diff.differences()) seen++;
console.log(JSON.stringify({ seen, totals: diff.totals(), grown: Deno.memoryUsage().rss - before }));
