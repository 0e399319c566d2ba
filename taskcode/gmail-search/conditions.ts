import { instant, startOfDay } from "./calendar.ts";
import { ago, refuse, refuseUnpaired } from "./question.ts";
import type { DirectoryUser } from "./types.ts";

/** What is asked for by flags. Of several values of one flag any will do; what several flags say must all be so. */
export interface Conditions {
  /** In Gmail's search language. */
  gmailSearchQuery?: string;
  from?: string[];
  to?: string[];
  subject?: string;
  words?: string;
  messageId?: string[];
  label?: string[];
  hasAttachment?: boolean;
  filename?: string[];
  larger?: string;
  since?: string;
  until?: string;
  timezone?: string;
  expandAliases?: boolean;
}

/** When (s since 1970) and where (IANA) it is asked. */
export interface Here {
  start: number;
  zone: string;
}

/**
 * The query that the flags come to. Whatever is a value stays a value: what the search language would act on is put in quotes or
 * refused (INVALID_INPUT). `people` are those whose addresses `expandAliases` knows.
 */
export function composeQuery(asked: Conditions, here: Here, people: readonly DirectoryUser[] = []): string {
  const query = (asked.gmailSearchQuery ?? "").trim();
  // By itself: in what it is put into, its brackets could find partners.
  refuseUnpaired(query);
  refuseZone(here.zone);
  const known = asked.expandAliases ? people : [];
  const since = asked.since === undefined ? undefined : boundary("since", asked.since, here);
  const until = asked.until === undefined ? undefined : boundary("until", asked.until, here);
  if (since !== undefined && until !== undefined && since >= until) {
    refuse(`--since ${asked.since} is not before --until ${asked.until}: no mail can be found`);
  }
  const conditions = [
    anyOf(asked.from?.flatMap((value) => addresses("from", value, known)).map((value) => `from:${value}`)),
    anyOf(asked.to?.flatMap((value) => addresses("to", value, known)).map((value) => `to:${value}`)),
    asked.subject === undefined ? "" : grouped("subject:", texts("subject", asked.subject)),
    asked.words === undefined ? "" : texts("words", asked.words).join(" "),
    anyOf(asked.messageId?.map(messageId)),
    anyOf(asked.label?.map(label)),
    asked.hasAttachment === undefined ? "" : asked.hasAttachment ? "has:attachment" : "-has:attachment",
    anyOf(asked.filename?.map((name) => `filename:${literal("filename", name)}`)),
    asked.larger === undefined ? "" : `larger:${bytes(asked.larger)}`,
    since === undefined ? "" : `after:${since}`,
    until === undefined ? "" : `before:${until}`,
  ].filter((condition) => condition !== "").join(" ");
  if (query === "" || conditions === "") return query + conditions;
  return `(${query}) ${conditions}`;
}

function anyOf(terms: string[] = []): string {
  const different = [...new Set(terms)];
  return different.length > 1 ? `{${different.join(" ")}}` : different.join("");
}

function grouped(operator: string, values: string[]): string {
  return values.length > 1 ? `${operator}(${values.join(" ")})` : operator + values.join("");
}

/** What the search language takes for a quotation mark, within quotes too. */
const QUOTE = /["“”„]/;
const PLAIN = /^[\p{L}\p{N}][\p{L}\p{N}\p{M}@._%+'#&=-]*$/u;
const KEYWORD = /^(?:OR|AND|AROUND)$/;
const STEERS =
  /^[-−+]|[{}|]|^(?:from|to|cc|bcc|subject|filename|list|deliveredto|rfc822msgid|in|is|has|label|category|larger|smaller|size|after|before|newer|older|newer_than|older_than):\S/i;

/** One value as it was given: as a word, or in quotes. */
function literal(flag: string, given: string): string {
  const text = given.trim().replace(/\s+/g, " ");
  if (QUOTE.test(text)) refuse(`--${flag}: a quotation mark cannot be looked for, in ${given}`);
  if (!hasWord(text)) refuse(`--${flag}: there is no letter or digit to look for in "${given}"`);
  return PLAIN.test(text) && !KEYWORD.test(text) ? text : `"${text}"`;
}

function hasWord(text: string): boolean {
  return /[\p{L}\p{N}]/u.test(text);
}

/** Words, and phrases in quotes. */
function texts(flag: string, given: string): string[] {
  const parts = given.split(QUOTE);
  if (parts.length % 2 === 0) refuse(`--${flag}: a quotation mark has no partner in ${given}`);
  const found = parts.flatMap((part, index) => {
    if (index % 2 === 1) return hasWord(part) ? [`"${part.trim().replace(/\s+/g, " ")}"`] : [];
    return part.split(/\s+/).filter(hasWord).map((word) => {
      if (KEYWORD.test(word) || STEERS.test(word)) {
        refuse(
          `--${flag} takes words, and ${word} is more to Gmail`,
          `put it in quotes to look for it: --${flag} '"${word}"'; what it is to do belongs in --query`,
        );
      }
      return literal(flag, word);
    });
  });
  if (found.length === 0) refuse(`--${flag}: there is no letter or digit to look for in "${given}"`);
  return found;
}

/** An address, part of one, or a name. Of `Ann Lee <ann@example.com>` it is the address. */
function addresses(flag: string, given: string, people: readonly DirectoryUser[]): string[] {
  const address = (/<([^<>\s]+@[^<>\s]+)>\s*$/.exec(given)?.[1] ?? given).trim();
  const person = people.map(allAddresses).find((all) => all.includes(address.toLowerCase()));
  return (person ?? [address]).map((one) => literal(flag, one));
}

function allAddresses({ primaryEmail, aliases = [], nonEditableAliases = [] }: DirectoryUser): string[] {
  return [primaryEmail, ...aliases, ...nonEditableAliases].map((address) => address.toLowerCase());
}

function messageId(given: string): string {
  const id = given.trim().replace(/^</, "").replace(/>$/, "");
  if (/[<>\s]/.test(id)) refuse(`--message-id: ${given} is not one Message-ID`);
  return `rfc822msgid:${literal("message-id", id)}`;
}

/** A label's name as the search language writes it. */
function label(given: string): string {
  const name = given.trim().replace(/[\s&()"|{}/]/g, "-").toLowerCase();
  return `label:${literal("label", name)}`;
}

function bytes(given: string): number {
  const [, amount, unit = ""] = /^(\d{1,12}(?:\.\d{1,3})?)\s?([kmg]?)(?:i?b)?$/i.exec(given.trim()) ?? [];
  if (amount === undefined) return refuse(`--larger: ${given} is not a size such as 500K, 5M or 1G`);
  return Math.round(Number(amount) * 1024 ** ["", "k", "m", "g"].indexOf(unit.toLowerCase()));
}

function refuseZone(zone: string): void {
  try {
    new Intl.DateTimeFormat("en-US", { timeZone: zone });
  } catch {
    refuse(`there is no time zone ${zone}: write one as Europe/Berlin`);
  }
}

const DATE =
  /^(\d{4})([/-])(\d\d?)\2(\d\d?)(?:(?:T|\s+)(\d\d?):(\d\d)(?::(\d\d)(?:\.\d+)?)?\s*(?:(Z)|([+-])(\d\d):?(\d\d))?)?$/i;

/** The second (since 1970) at which the time begins or ends. A day that is the end is part of it. */
function boundary(flag: "since" | "until", given: string, { start, zone }: Here): number {
  const text = given.trim();
  const [, amount, unit = ""] = /^(\d{1,5})([hdwmy])$/i.exec(text) ?? [];
  if (amount !== undefined) return ago(start, Number(amount), unit.toLowerCase(), zone);
  const parts = DATE.exec(text) ?? [];
  const [year, month, day] = [parts[1], parts[3], parts[4]].map(Number) as [number, number, number];
  const midnight = parts.length === 0 ? undefined : startOfDay(year, month, day, zone);
  if (midnight === undefined) {
    return refuse(
      `--${flag}: ${given} is not a day, a time or an age`,
      "write 2026-05-01, 2026-05-01T14:30 (with Z or +02:00 if not local), or an age: 12h, 3d, 2w, 6m, 1y",
    );
  }
  const [hour, minute, second] = [parts[5], parts[6], parts[7]].map((part) => Number(part ?? 0)) as [
    number,
    number,
    number,
  ];
  if (parts[5] === undefined) {
    if (flag === "since") return midnight;
    const next = new Date(Date.UTC(year, month - 1, day + 1));
    return startOfDay(next.getUTCFullYear(), next.getUTCMonth() + 1, next.getUTCDate(), zone)!;
  }
  const [offsetHours, offsetMinutes] = [Number(parts[10] ?? 0), Number(parts[11] ?? 0)];
  if (hour > 23 || minute > 59 || second > 59 || offsetHours > 14 || offsetMinutes > 59) {
    return refuse(`--${flag}: there is no such time: ${given}`);
  }
  const wall = Date.UTC(year, month - 1, day, hour, minute, second) / 1000;
  if (parts[8] !== undefined) return wall;
  if (parts[9] === undefined) return instant(wall, zone);
  return wall - (parts[9] === "-" ? -1 : 1) * (offsetHours * 3_600 + offsetMinutes * 60);
}
