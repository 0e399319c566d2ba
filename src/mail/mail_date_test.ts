import assert from "node:assert/strict";
import { formatMailDate, parseMailDate } from "./mail_date.ts";

const EIGHT = Date.UTC(2026, 4, 5, 8, 0, 0);

Deno.test("dates are read in the forms mail has", () => {
  const texts = [
    "Tue, 5 May 2026 10:00:00 +0200",
    "Tue, 05 May 2026 08:00:00 GMT (comment)",
    "5 May 2026 08:00 +0000",
    "Tue, 5 May 26 03:00:00 EST",
    "Tue, 5 May 2026 08:00:00",
    "Tue,  5-May-2026 01:00:00 PDT",
    "by mx with ESMTP id 1; Tue, 5 May 2026 13:30:00 +0530",
  ];
  for (const text of texts) assert.equal(parseMailDate(text), EIGHT, text);
  assert.equal(parseMailDate("1 Jan 99 00:00:00 +0000"), Date.UTC(1999, 0, 1));
});

Deno.test("what is no date gives none", () => {
  for (
    const text of [
      "",
      "yesterday",
      "31 Feb 2026 10:00:00 +0000",
      "5 Foo 2026 10:00",
      "5 May 2026 25:00",
      "2026-05-05T08:00:00Z",
    ]
  ) {
    assert.equal(parseMailDate(text), undefined, text);
  }
});

Deno.test("a written date is read back", () => {
  assert.equal(formatMailDate(EIGHT), "Tue, 05 May 2026 08:00:00 +0000");
  for (let ms = 0; ms < 2e12; ms += 98_765_432_000) assert.equal(parseMailDate(formatMailDate(ms)), ms);
});
