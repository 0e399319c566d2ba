import assert from "node:assert/strict";
import { parseQuery } from "./query.ts";
import { explainQuery, type QueryMeaning } from "./query_meaning.ts";

const HERE = { now: Date.UTC(2026, 4, 20, 12), zone: "Europe/Berlin" };

/** `text = meaning` of conditions, `meaning(parts)` of what joins them. */
function shown({ text, meaning, parts }: QueryMeaning): string {
  return text === null ? `${meaning}(${parts.map(shown).join("; ")})` : `${text} = ${meaning}`;
}

Deno.test("every condition has plain words", () => {
  const table: [q: string, meaning: string][] = [
    ["", " = every message"],
    ["invoice", 'invoice = the message has the word "invoice"'],
    ["+invoice!", '+invoice! = the message has the word "invoice"'],
    ['"wire transfer"', '"wire transfer" = the message has the phrase "wire transfer"'],
    ["from:ann", `from:ann = the sender's name or address has the word "ann"`],
    ["FROM:Ann@x.example", "from:Ann@x.example = the sender's address is ann@x.example"],
    ["to:@x.example", "to:@x.example = a recipient's address (to, cc or bcc) ends with @x.example"],
    ["cc:me", "cc:me = a cc recipient's address is that of the mailbox"],
    ["subject:a-b", `subject:a-b = the subject has the phrase "a-b"`],
    ["filename:pdf", `filename:pdf = an attachment's name has the word "pdf"`],
    ["a AROUND 3 b", 'a AROUND 3 b = the message has "a" and "b" at most 3 words apart'],
    [
      'subject:"a AROUND 3 b"',
      `subject:"a AROUND 3 b" = the subject has "a" and "b" at most 3 words apart, in this order`,
    ],
    ["in:spam", "in:spam = it is in spam"],
    ["is:unread", "is:unread = it is unread"],
    ["has:attachment", "has:attachment = it has an attachment"],
    ["has:red-star", "has:red-star = it is marked with the red-star"],
    ["label:Work", "label:Work = it has the label work"],
    ["category:forums", "category:forums = it is in the category forums"],
    ["larger:5M", "larger:5M = it is larger than 5,242,880 bytes"],
    ["rfc822msgid:<a@b>", "rfc822msgid:<a@b> = its Message-ID is <a@b>"],
    [
      "after:2026/05/01",
      "after:2026/05/01 = it came at or after 2026-05-01 00:00:00 Europe/Berlin (second 1777586400)",
    ],
    ["before:1777586400", "before:1777586400 = it came before 2026-05-01 00:00:00 Europe/Berlin (second 1777586400)"],
    [
      "newer_than:1d",
      "newer_than:1d = it came at or after 2026-05-19 14:00:00 Europe/Berlin (second 1779192000), which is 1 day ago",
    ],
  ];
  for (const [q, meaning] of table) assert.equal(shown(explainQuery(parseQuery(q), HERE)), meaning, q);
});

Deno.test("conditions are joined as the query joins them", () => {
  const word = (text: string) => `${text} = the message has the word "${text}"`;
  const table: [q: string, meaning: string][] = [
    ["a b OR c", `all of(${word("a")}; one of(${word("b")}; ${word("c")}))`],
    ["-a", '-a = not: the message has the word "a"'],
    ["-(a b)", `not all of(${word("a")}; ${word("b")})`],
    ["-{a b}", `none of(${word("a")}; ${word("b")})`],
    [
      "subject:(a -b)",
      'all of(subject:a = the subject has the word "a"; -subject:b = not: the subject has the word "b")',
    ],
  ];
  for (const [q, meaning] of table) assert.equal(shown(explainQuery(parseQuery(q), HERE)), meaning, q);
});
