import assert from "node:assert/strict";
import { Place } from "./tasker.ts";

/** `tasker gmail query`: a query in plain words, and what is wrong with it. */

Deno.test("a query is explained, with its dates in the zone of the machine or the one asked for", async () => {
  using place = new Place();
  const query = 'from:ann@example.com (subject:invoice OR -label:"My Work") after:2026/05/01';
  const here = await place.run(["gmail", "query", query], { env: { TZ: "Europe/Berlin" } });
  assert.deepEqual([here.code, here.stderr], [0, ""]);
  assert.equal(
    here.stdout,
    `all of:
  from:ann@example.com  the sender's address is ann@example.com
  one of:
    subject:invoice     the subject has the word "invoice"
    -label:"My Work"    not: it has the label my-work
  after:2026/05/01      it came at or after 2026-05-01 00:00:00 Europe/Berlin (second 1777586400)

warning: label:"My Work": blanks and &()"|{}/ of a label's name are dashes in a query
  hint: write label:my-work
note: Gmail's API reads after:2026/05/01 as midnight in California, 2026-05-01 09:00:00 Europe/Berlin; gmail-search asks after:1777586400 instead
note: spam and trash are left out
  hint: in:anywhere, or --include-spam-trash, looks there too
note: an address is looked for as it is written: Gmail's API knows no aliases
  hint: --from and --to with --expand-aliases look for all addresses of a person
note: labels are each mailbox's own: one without a label of this name has no hits
note: all conditions are about one message; Gmail's own page looks at whole conversations
`,
  );
  const there = await place.run(["gmail", "query", "--timezone", "Asia/Tokyo", "--json", "--", "-before:2026/05/01"]);
  assert.equal(there.code, 0, there.stderr);
  const { meaning, usable, timezone, findings } = JSON.parse(there.stdout);
  assert.deepEqual([usable, timezone], [true, "Asia/Tokyo"]);
  assert.deepEqual(meaning, {
    text: "-before:2026/05/01",
    meaning: "not: it came before 2026-05-01 00:00:00 Asia/Tokyo (second 1777561200)",
    parts: [],
  });
  assert.deepEqual({ ...findings[0], message: "" }, {
    severity: "note",
    message: "",
    hint: null,
    start: 1,
    end: 18,
    text: "before:2026/05/01",
  });
  await assert.rejects(Deno.stat(place.db), Deno.errors.NotFound, "it needs no database");
});

Deno.test("a query that gmail-search would refuse is one that cannot be used, and its fault is shown", async () => {
  using place = new Place();
  const { code, stdout } = await place.run(["gmail", "query", 'form:ann (subject:"wire transfer" OR x']);
  assert.equal(code, 2);
  assert.match(stdout, /error: a bracket is not closed\n {2}form:ann \(subject:.*\n {11}\^\n {2}hint: close it/);
  assert.match(stdout, /warning: form: is not an operator; searched for as words\n {2}hint: did you mean from:\?/);
  const zone = await place.run(["gmail", "query", "x", "--timezone", "Mars/Base"]);
  assert.equal(zone.code, 2);
  assert.match(zone.stderr, /there is no time zone Mars\/Base \(USAGE\)/);
});
