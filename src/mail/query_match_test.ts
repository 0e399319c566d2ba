import assert from "node:assert/strict";
import { composeMessage, type ComposeParams } from "./compose.ts";
import type { MailMessage } from "./message.ts";
import { parseMessage } from "./mime.ts";
import { parseQuery } from "./query.ts";
import { compileMatcher, type MatchContext } from "./query_match.ts";
import { labelQueryForm } from "./query_terms.ts";

const NOW = Date.UTC(2026, 10, 20, 12);
const bytes = (text: string) => new TextEncoder().encode(text);

interface Spec extends Partial<ComposeParams> {
  labels?: string[];
  size?: number;
}

function mail(id: string, { labels = ["INBOX"], size, ...parts }: Spec): [string, MailMessage] {
  const date = parts.date ?? Date.UTC(2026, 10, 1, 12);
  const raw = composeMessage({
    from: { name: "Zed Zero", address: "zed@zero.test" },
    to: ["admin@corp.example"],
    subject: "nothing",
    messageId: `${id}@mail.test`,
    body: "empty",
    ...parts,
    date,
  });
  const { payload } = parseMessage(raw);
  const rest = { threadId: id, snippet: "", historyId: "1", internalDate: date, sizeEstimate: size ?? 50_000 };
  return [id, { id, labelIds: labels, payload, raw, ...rest }];
}

const attachment = (filename: string, mimeType = "application/octet-stream") => ({
  attachments: [{ filename, mimeType, content: bytes("content") }],
});

const MESSAGES = new Map<string, MailMessage>([
  mail("amy", { from: { name: "Amy Adams", address: "amy.adams@corp.example" }, subject: "Dinner on Friday" }),
  mail("bob", {
    from: { name: "Bob", address: "bob@partner.example" },
    subject: "Movie night",
    body: "see you at ten",
  }),
  mail("jimbob", { from: "jim-bob@partner.example", subject: "Re: movie", body: "at ten you see stars" }),
  mail("sub", { from: "robot@mail.partner.example", subject: "Daily build: passed" }),
  mail("notpartner", { from: "x@notpartner.example" }),
  mail("resume", { subject: "Mein Résumé", body: "Grüße von der Hauptstraße" }),
  mail("tokyo", { subject: "会議のお知らせ", body: "東京都で会議を行います。" }),
  mail("cc", { cc: [{ name: "Carol C.", address: "carol@corp.example" }] }),
  mail("bcc", { headers: [{ name: "Bcc", value: "dave@corp.example" }], labels: ["SENT"] }),
  mail("pdf", { subject: "Offer", ...attachment("Quarterly_Report-2026.pdf", "application/pdf") }),
  mail("doc", { subject: "Plan", ...attachment("homework.txt", "text/plain") }),
  mail("umlaut-file", { ...attachment("Übersicht März.xlsx"), labels: ["INBOX", "Label_1"] }),
  mail("list", { headers: [{ name: "List-ID", value: "Devs <dev.lists.example>" }], subject: "patch" }),
  mail("delivered", { headers: [{ name: "Delivered-To", value: "alias@corp.example" }] }),
  mail("near", { body: "Our holiday plans: the long summer vacation starts soon" }),
  mail("far", { body: `holiday ${"word ".repeat(30)} vacation` }),
  mail("unread", { labels: ["INBOX", "UNREAD", "IMPORTANT"] }),
  mail("starred", { labels: ["STARRED", "CATEGORY_UPDATES"] }),
  mail("primary", { labels: ["INBOX", "CATEGORY_PERSONAL"] }),
  mail("spam", { labels: ["SPAM"], subject: "Winner!!!" }),
  mail("trash", { labels: ["TRASH"], subject: "Old" }),
  mail("draft", { labels: ["DRAFT"], subject: "Unsent" }),
  mail("labelled", { labels: ["INBOX", "Label_2"] }),
  mail("big", { size: 12 * 1024 * 1024 }),
  mail("tiny", { size: 400 }),
  mail("may", { date: Date.UTC(2026, 4, 1, 7, 30), subject: "May first, Pacific" }),
  mail("april", { date: Date.UTC(2026, 4, 1, 6, 30), subject: "April thirtieth, Pacific" }),
  mail("fresh", { date: NOW - 3_600_000 }),
  mail("old", { date: Date.UTC(2024, 0, 15) }),
  mail("html", {
    body: {
      text: "plain words",
      html: '<p>Click <a href="https://docs.google.com/document/d/1/edit">h<b>e</b>re</a></p>',
    },
  }),
  mail("url", { body: "look at https://www.youtube.com/watch?v=1 now" }),
]);

const CONTEXT: MatchContext = {
  now: NOW,
  labels: new Map(
    [["Work/Big Deals", "Label_1"], ["todo", "Label_2"]].map(([name = "", id = ""]) => [labelQueryForm(name), id]),
  ),
  ownAddress: "admin@corp.example",
};

function matching(q: string, context: MatchContext = CONTEXT): string[] {
  const matches = compileMatcher(parseQuery(q), context);
  return [...MESSAGES].filter(([, message]) => matches(message)).map(([id]) => id);
}

const all = [...MESSAGES.keys()];
const except = (...ids: string[]) => all.filter((id) => !ids.includes(id));

const TABLE: [q: string, ids: string[]][] = [
  // words and phrases
  ["", all],
  ["dinner", ["amy"]],
  ["DINNER friday", ["amy"]],
  ["dinn", []],
  ["movie", ["bob", "jimbob"]],
  ['"see you"', ["bob"]],
  ['"you see"', ["jimbob"]],
  ["see you", ["bob", "jimbob"]],
  ["“see you”", ["bob"]],
  ['"see you', ["bob"]],
  ["+movie +night", ["bob"]],
  ["!!!", all],
  ["winner!!!", ["spam"]],
  ["resume", ["resume"]],
  ["RÉSUMÉ", ["resume"]],
  ["grusse hauptstrasse", ["resume"]],
  ["gruße hauptstraße", ["resume"]],
  ["hauptstrasse", ["resume"]],
  ["会議", ["tokyo"]],
  ["東京", ["tokyo"]],
  ["議会", []],
  ["build:passed", ["sub"]],
  ["homework", ["doc"]],
  ["here", ["html"]],
  ["h", []],
  // booleans
  ["dinner OR winner", ["amy", "spam"]],
  ["dinner | winner", ["amy", "spam"]],
  ["dinner|winner", ["amy", "spam"]],
  ["dinner or winner", []],
  ["movie night OR stars", ["bob", "jimbob"]],
  ["night OR stars movie", ["bob", "jimbob"]],
  ["dinner OR movie night", ["bob"]],
  ["dinner OR (movie night)", ["amy", "bob"]],
  ["dinner AND friday", ["amy"]],
  ["{dinner winner}", ["amy", "spam"]],
  ["{dinner (movie night)}", ["amy", "bob"]],
  ["{dinner winner} -in:spam", ["amy"]],
  ["movie -night", ["jimbob"]],
  ["movie -(night OR stars)", []],
  ["movie -{night stars}", []],
  ['movie -"you see"', ["bob"]],
  ["movie - night", ["bob"]],
  ["movie NOT", []],
  ["OR dinner", ["amy"]],
  ["dinner OR", ["amy"]],
  ["dinner OR OR winner", ["amy", "spam"]],
  ["(dinner", ["amy"]],
  ["dinner)", ["amy"]],
  ["({dinner) OR winner}", ["amy", "spam"]],
  ["() dinner", ["amy"]],
  // addresses
  ["from:amy", ["amy"]],
  ["from:adams", ["amy"]],
  ['from:"Amy Adams"', ["amy"]],
  ['from:"Adams Amy"', []],
  ["from:amy.adams@corp.example", ["amy"]],
  ["FROM:AMY.ADAMS@CORP.EXAMPLE", ["amy"]],
  ["from:<amy.adams@corp.example>", ["amy"]],
  ["from:adams@corp.example", []],
  ['from:"Amy Adams <amy.adams@corp.example>"', ["amy"]],
  ["from:amy.adams@corp.example,bob@partner.example", []],
  ["from:bob", ["bob", "jimbob"]],
  ["from:bob@partner.example", ["bob"]],
  ["from:partner.example", ["bob", "jimbob", "sub"]],
  ["from:@partner.example", ["bob", "jimbob"]],
  ["from:partner", ["bob", "jimbob", "sub"]],
  ["from: amy", ["amy"]],
  ["from:(amy OR bob)", ["amy", "bob", "jimbob"]],
  ["from:{amy bob@partner.example}", ["amy", "bob"]],
  ["from:(amy adams)", ["amy"]],
  ["-from:zero.test", ["amy", "bob", "jimbob", "sub", "notpartner"]],
  ["from:(-zero.test -partner.example)", ["amy", "notpartner"]],
  ["to:carol", ["cc"]],
  ["cc:carol@corp.example", ["cc"]],
  ["cc:dave", []],
  ["bcc:dave@corp.example", ["bcc"]],
  ["to:dave", ["bcc"]],
  ["from:me", []],
  ["-to:me", []],
  ["deliveredto:alias@corp.example", ["delivered"]],
  ["list:dev.lists.example", ["list"]],
  ["list:dev@lists.example", ["list"]],
  ["rfc822msgid:bob@mail.test", ["bob"]],
  ["rfc822msgid:<bob@mail.test>", ["bob"]],
  ["rfc822msgid:ob@mail.test", []],
  // subject
  ["subject:dinner", ["amy"]],
  ["subject:ten", []],
  ['subject:"movie night"', ["bob"]],
  ["subject:(night movie)", ["bob"]],
  ["subject:movie ten", ["bob", "jimbob"]],
  ["subject:{dinner winner}", ["amy", "spam"]],
  ["subject:会議", ["tokyo"]],
  ["subject:", all],
  // attachments
  ["has:attachment", ["pdf", "doc", "umlaut-file"]],
  ["-has:attachment subject:plan", []],
  ["filename:pdf", ["pdf"]],
  ["filename:homework.txt", ["doc"]],
  ["filename:report", ["pdf"]],
  ["filename:ubersicht", ["umlaut-file"]],
  ['filename:"märz.xlsx"', ["umlaut-file"]],
  ["filename:(pdf OR txt)", ["pdf", "doc"]],
  ["has:document", ["html"]],
  ["has:drive", ["html"]],
  ["has:spreadsheet", []],
  ["has:youtube", ["url"]],
  // labels and places
  ["in:anywhere", all],
  ["in:spam", ["spam"]],
  ["in:trash", ["trash"]],
  ["in:sent", ["bcc"]],
  ["in:draft", ["draft"]],
  ["in:drafts", ["draft"]],
  ["is:draft", ["draft"]],
  ["label:spam", ["spam"]],
  ["-in:inbox", ["bcc", "starred", "spam", "trash", "draft"]],
  ["in:archive", ["starred"]],
  ["is:unread", ["unread"]],
  ["-is:read", ["unread"]],
  ["is:important", ["unread"]],
  ["is:starred", ["starred"]],
  ["is:bogus", []],
  ["label:todo", ["labelled"]],
  ["in:todo", ["labelled"]],
  ["label:work-big-deals", ["umlaut-file"]],
  ['label:"Work/Big Deals"', ["umlaut-file"]],
  ["label:(todo OR work-big-deals)", ["umlaut-file", "labelled"]],
  ["label:nosuch", []],
  ["-label:nosuch dinner", ["amy"]],
  ["has:userlabels", ["umlaut-file", "labelled"]],
  ["has:nouserlabels", except("umlaut-file", "labelled")],
  ["category:updates", ["starred"]],
  ["category:primary", ["primary"]],
  // sizes
  ["larger:10M", ["big"]],
  ["size:10000000", ["big"]],
  ["larger:12M", []],
  ["smaller:401", ["tiny"]],
  ["smaller:400", []],
  ["smaller:1K smaller:401", ["tiny"]],
  // dates: midnight Pacific of 1 May 2026 is 07:00 UTC
  ["before:2026/05/01", ["april", "old"]],
  ["before:2026-05-01", ["april", "old"]],
  ["older:05/01/2026", ["april", "old"]],
  ["after:2026/5/1 before:2026/5/2", ["may"]],
  ["newer:2026/05/01 older:2026/05/02", ["may"]],
  ["after:1777618800 before:1777618801", []],
  ["after:1777620600 before:1777620601", ["may"]],
  ["after:2026/02/30", []],
  ["newer_than:1d", ["fresh"]],
  ["newer_than:2h", ["fresh"]],
  ["newer_than:30m -newer_than:1m", ["may", "april"]],
  ["older_than:1y", ["old"]],
  ["older_than:6m", ["may", "april", "old"]],
  // nearness
  ["holiday AROUND 10 vacation", ["near"]],
  ["vacation AROUND 10 holiday", ["near"]],
  ["holiday AROUND 4 vacation", []],
  ["holiday AROUND 100 vacation", ["near", "far"]],
  ["holiday AROUND vacation", ["near"]],
  ['"holiday AROUND 10 vacation"', ["near"]],
  ['"vacation AROUND 10 holiday"', []],
  ["subject:(movie AROUND 2 night)", ["bob"]],
];

Deno.test("a query finds exactly the messages that answer it", () => {
  const wrong = TABLE
    .map(([q, ids]) => ({ q, expected: ids, found: matching(q) }))
    .filter(({ expected, found }) => expected.join() !== found.join());
  assert.deepEqual(wrong, []);
});

Deno.test("dates mean midnight of the zone that is given", () => {
  const berlin = { ...CONTEXT, zone: "Europe/Berlin" };
  assert.deepEqual(matching("after:2026/05/01 before:2026/05/02", berlin), ["may", "april"]);
  assert.deepEqual(matching("after:2026/05/01 before:2026/05/02", { ...CONTEXT, zone: "Pacific/Honolulu" }), []);
});

Deno.test("without an own address `me` is a word like any other", () => {
  const { ownAddress: _, ...anonymous } = CONTEXT;
  assert.deepEqual(matching("to:me", anonymous), []);
  assert.deepEqual(matching("to:me"), all);
});
