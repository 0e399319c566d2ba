import assert from "node:assert/strict";
import { type MessageRecord, Searching } from "./searching.ts";

/** The question as flags. */

/** Around the first and the last minute of 1 May 2026 in Tokyo, which begins at 15:00 UTC of the day before. */
const TIMES = ["2026-04-30T14:59:00Z", "2026-04-30T15:00:00Z", "2026-05-01T14:59:59Z", "2026-05-01T15:00:00Z"];

Deno.test("flags come to one question, with all addresses of a person and days of a zone", async () => {
  const folder = await Deno.makeTempDir({ prefix: "tasker-flags-" });
  try {
    const shape = { domains: ["corp.example"], usersPerDomain: 12, messagesPerUser: 0 };
    await using plain = await Searching.open(shape);
    const person = plain.workspace.users().find(({ aliases }) => aliases.length > 0)!;
    const write = (name: string, from: string, date: string, subject: string) =>
      Deno.writeTextFile(
        `${folder}/${name}.eml`,
        [
          `From: ${from}`,
          "To: admin@corp.example",
          `Subject: ${subject}`,
          `Date: ${new Date(date).toUTCString()}`,
          "",
          name,
        ]
          .join("\r\n"),
      );
    for (const [index, time] of TIMES.entries()) {
      await write(`at-${index}`, person.aliases[0]!, time, "Quarterly report");
    }
    await write("primary", person.email, TIMES[1]!, "The quarterly report");
    await write("stranger", "x@else.example", TIMES[1]!, "Quarterly report");
    await write("elsewhere", person.email, TIMES[1]!, "Report, quarterly");

    await using bed = await Searching.open({ ...shape, mail: [folder] });
    const flags = ["--subject", '"quarterly report"', "--since", "2026-05-01", "--until", "2026-05-01"];
    const asked = ["--from", person.email, "--expand-aliases", ...flags, "--timezone", "Asia/Tokyo"];
    const { result } = await bed.result(["--users", "admin@corp.example", "-q", "in:inbox OR in:sent", ...asked]);
    const found = bed.records<MessageRecord>("message");
    assert.deepEqual(found.map(({ snippet }) => snippet).sort(), ["at-1", "at-2", "primary"]);

    const names = [person.email, ...person.aliases, person.email.replace("@corp.", "@corp-group.")];
    const addresses = names.map((address) => `from:${address}`).join(" ");
    const [from, to] = [Date.parse(TIMES[1]!) / 1000, Date.parse(TIMES[3]!) / 1000];
    assert.ok(
      result.summary.searchQuery.startsWith(
        `((in:inbox OR in:sent) {${addresses}} subject:"quarterly report" after:${from} before:${to}) before:`,
      ),
      result.summary.searchQuery,
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a flag that cannot be asked is refused before anything is called", async () => {
  await using bed = await Searching.open({ domains: 1, usersPerDomain: 1, messagesPerUser: 0 });
  const { code, stderr } = await bed.search(["--from", "ann", "--since", "yesterday"]);
  assert.equal(code, 2, stderr);
  assert.match(stderr, /--since: yesterday is not a day, .* \(INVALID_INPUT\)\n {2}hint: write 2026-05-01, /);
  assert.equal(bed.workspace.counters().requests, 0);
});
