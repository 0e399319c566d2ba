import assert from "node:assert/strict";
import { parseQuery } from "../../src/mail/query.ts";
import { composeQuery, type Conditions } from "./conditions.ts";
import type { DirectoryUser } from "./types.ts";

const HERE = { start: Date.UTC(2026, 4, 20, 12) / 1000, zone: "Europe/Berlin" };
const at = (...parts: [number, number, number, number?, number?]) => Date.UTC(...parts) / 1000;
const day = 86_400;

const ANN: DirectoryUser = {
  id: "1",
  primaryEmail: "Ann@corp.example",
  aliases: ["a.lee@corp.example"],
  nonEditableAliases: ["ann@corp-alias.example"],
};
const BOB: DirectoryUser = { id: "2", primaryEmail: "bob@corp.example" };

const TABLE: [asked: Conditions, query: string][] = [
  [{}, ""],
  // several values, several flags
  [{ from: ["ann@corp.example"] }, "from:ann@corp.example"],
  [{ from: ["ann@corp.example", "bob", "bob"] }, "{from:ann@corp.example from:bob}"],
  [{ from: ["ann"], to: ["bob", "carol"] }, "from:ann {to:bob to:carol}"],
  [{ from: [] }, ""],
  // addresses and names
  [{ from: ["Ann Lee"] }, 'from:"Ann Lee"'],
  [{ from: ["Ann Lee <ann@corp.example>"] }, "from:ann@corp.example"],
  [{ from: ["<ann+news@corp.example>"] }, "from:ann+news@corp.example"],
  [{ from: ["@corp.example"] }, 'from:"@corp.example"'],
  [{ to: ["OR", "-ann", "bob)"] }, '{to:"OR" to:"-ann" to:"bob)"}'],
  [{ from: ["ann from:bob"] }, 'from:"ann from:bob"'],
  // words and subjects
  [{ subject: "invoice" }, "subject:invoice"],
  [{ subject: "wire  transfer" }, "subject:(wire transfer)"],
  [{ subject: '"wire transfer" May' }, 'subject:("wire transfer" May)'],
  [{ subject: "“wire transfer”" }, 'subject:"wire transfer"'],
  [{ subject: "Re: Invoice #12 (EU) & more" }, 'subject:("Re:" Invoice "#12" "(EU)" more)'],
  [{ words: "wire transfer" }, "wire transfer"],
  [{ words: '"from:ann" "OR"' }, '"from:ann" "OR"'],
  [{ words: "naïve 東京" }, "naïve 東京"],
  // Message-IDs
  [{ messageId: ["<a.b@c.example>"] }, "rfc822msgid:a.b@c.example"],
  [{ messageId: ["a.b@c.example", "<a.b@c.example>"] }, "rfc822msgid:a.b@c.example"],
  [{ messageId: ["<{F}|1@[1.2.3.4]>"] }, 'rfc822msgid:"{F}|1@[1.2.3.4]"'],
  [{ messageId: ["-a@b.example"] }, 'rfc822msgid:"-a@b.example"'],
  // labels
  [{ label: ["Work/Big Deals"] }, "label:work-big-deals"],
  [{ label: ['a&b"c|d{e}'] }, "label:a-b-c-d-e-"],
  [{ label: ["(EU) deals"] }, 'label:"-eu--deals"'],
  [{ label: ["inbox", "Sent"] }, "{label:inbox label:sent}"],
  // the rest
  [{ hasAttachment: true }, "has:attachment"],
  [{ hasAttachment: false }, "-has:attachment"],
  [{ filename: ["report.pdf", "the plan.docx"] }, '{filename:report.pdf filename:"the plan.docx"}'],
  [{ larger: "5M" }, "larger:5242880"],
  [{ larger: "1.5 MB" }, "larger:1572864"],
  [{ larger: "500k" }, "larger:512000"],
  [{ larger: "1g" }, "larger:1073741824"],
  [{ larger: "1000000" }, "larger:1000000"],
  // times: Berlin is two hours before UTC in May
  [{ since: "2026-05-01" }, `after:${at(2026, 3, 30, 22)}`],
  [{ since: "2026/5/1" }, `after:${at(2026, 3, 30, 22)}`],
  [{ until: "2026-05-01" }, `before:${at(2026, 4, 1, 22)}`],
  [{ until: "2025-12-31" }, `before:${at(2025, 11, 31, 23)}`],
  [{ since: "2026-05-01", until: "2026-05-01" }, `after:${at(2026, 3, 30, 22)} before:${at(2026, 4, 1, 22)}`],
  [{ since: "2026-05-01T14:30" }, `after:${at(2026, 4, 1, 12, 30)}`],
  [{ since: "2026-05-01 14:30:00" }, `after:${at(2026, 4, 1, 12, 30)}`],
  [{ since: "2026-05-01T14:30Z" }, `after:${at(2026, 4, 1, 14, 30)}`],
  [{ until: "2026-05-01T14:30:00-05:30" }, `before:${at(2026, 4, 1, 20)}`],
  [{ since: "3d", until: "12h" }, `after:${HERE.start - 3 * day} before:${HERE.start - day / 2}`],
  [{ since: "2w" }, `after:${HERE.start - 14 * day}`],
  [{ since: "1m" }, `after:${at(2026, 3, 20, 12)}`],
  // beside a query
  [{ gmailSearchQuery: "a OR b" }, "a OR b"],
  [{ gmailSearchQuery: "a OR b", from: ["ann"], words: "c" }, "(a OR b) from:ann c"],
];

Deno.test("flags come to a query that is read without a warning", () => {
  for (const [asked, query] of TABLE) {
    assert.equal(composeQuery(asked, HERE), query, JSON.stringify(asked));
    assert.deepEqual(parseQuery(query).warnings, [], query);
  }
});

Deno.test("what cannot be meant, or cannot be looked for, is refused", () => {
  const table: [asked: Conditions, message: RegExp][] = [
    [{ from: ['ann" OR "bob'] }, /--from: a quotation mark/],
    [{ filename: ["a“b"] }, /--filename: a quotation mark/],
    [{ to: ["!!!"] }, /--to: there is no letter or digit/],
    [{ subject: '"wire' }, /--subject: a quotation mark has no partner/],
    [{ subject: "&" }, /--subject: there is no letter or digit/],
    [{ words: "" }, /--words: there is no letter/],
    [{ words: "a OR b" }, /--words takes words, and OR is more/],
    [{ words: "invoice -draft" }, /and -draft is more/],
    [{ words: "from:ann" }, /and from:ann is more/],
    [{ subject: "{a b}" }, /and \{a is more/],
    [{ messageId: ["a@b c@d"] }, /not one Message-ID/],
    [{ messageId: ["<>"] }, /--message-id/],
    [{ label: ["/"] }, /--label/],
    [{ larger: "huge" }, /--larger: huge is not a size/],
    [{ larger: "-1" }, /not a size/],
    [{ since: "yesterday" }, /--since: yesterday is not a day/],
    [{ since: "2026-02-30" }, /is not a day/],
    [{ until: "2026-05-01T25:00" }, /--until: there is no such time/],
    [{ since: "2026-05-02", until: "2026-05-01" }, /--since 2026-05-02 is not before --until 2026-05-01/],
    [{ gmailSearchQuery: "a) OR (b", from: ["ann"] }, /do not pair/],
  ];
  for (const [asked, message] of table) {
    assert.throws(() => composeQuery(asked, HERE), { code: "INVALID_INPUT", message }, JSON.stringify(asked));
  }
  assert.throws(() => composeQuery({}, { ...HERE, zone: "Mars/Base" }), { message: /no time zone Mars\/Base/ });
});

Deno.test("an address of somebody in the directory stands for all of theirs, when that is asked for", () => {
  const all = "{from:ann@corp.example from:a.lee@corp.example from:ann@corp-alias.example}";
  for (const address of ["ann@corp.example", "A.LEE@corp.example", "Ann <ann@corp-alias.example>"]) {
    const asked = { from: [address], expandAliases: true };
    assert.equal(composeQuery(asked, HERE, [BOB, ANN]), all, address);
  }
  const to = { to: ["bob@corp.example", "a.lee@corp.example", "x@else.example"], expandAliases: true };
  assert.equal(
    composeQuery(to, HERE, [BOB, ANN]),
    "{to:bob@corp.example to:ann@corp.example to:a.lee@corp.example to:ann@corp-alias.example to:x@else.example}",
  );
  assert.equal(composeQuery({ ...to, expandAliases: false }, HERE, [BOB, ANN]).includes("corp-alias"), false);
  assert.equal(composeQuery({ from: ["ann"], expandAliases: true }, HERE, [ANN]), "from:ann");
});
