import { monthsBefore, startOfDay } from "./calendar.ts";

const AGE = /(?<=(?:^|[\s(){}|])[-−]?)(older_than|newer_than):\s*(\d+)([hdmy])(?![\w/-])/gi;
const DATE =
  /(?<=(?:^|[\s(){}|])[-−]?)(after|before|newer|older):\s*(?:(\d{4})([/-])(\d\d?)\3(\d\d?)|(\d\d?)([/-])(\d\d?)\7(\d{4}))(?![\w/-])/gi;

/** Whether the question has dates, whose days begin when they begin in somebody's time zone. */
export function namesDays(query: string): boolean {
  return unquoted(query).some((part) => part.search(DATE) >= 0 || part.search(AGE) >= 0);
}

/**
 * `(q) before:<start>`: mail that arrives meanwhile changes no page. `older_than:` and `newer_than:` are made absolute; so are
 * dates, as the beginnings of days in `zone`: Gmail's API would take Pacific time's. Throws as `refuseUnpaired` does.
 *
 * @param start s since 1970
 * @param zone IANA
 */
export function freeze(query: string, start: number, zone: string): string {
  refuseUnpaired(query);
  const text = pieces(query).map((part) => isQuoted(part) ? part : absolute(part, start, zone)).join("");
  return text === "" ? `before:${start}` : `(${text}) before:${start}`;
}

/** Throws INVALID_INPUT when brackets or quotes do not pair: they would take in what is added to the question. */
export function refuseUnpaired(query: string): void {
  const open: string[] = [];
  const marks = unquoted(query).join("").match(/["“”„(){}]/g) ?? [];
  const isPaired = marks.every((mark) => {
    if (mark === "(" || mark === "{") return open.push(mark === "(" ? ")" : "}") > 0;
    return open.pop() === mark;
  });
  if (isPaired && open.length === 0) return;
  refuse(`the brackets or quotes of the query do not pair: ${query}`, "`tasker gmail query '…'` shows which of them");
}

export function refuse(message: string, hint?: string): never {
  throw Object.assign(new Error(message), { code: "INVALID_INPUT" }, hint === undefined ? {} : { hint });
}

/** Typographic quotes are pasted from documents; any of them ends a phrase. */
const QUOTED = /(["“”„][^"“”„]*["“”„])/;

function pieces(query: string): string[] {
  return query.split(QUOTED);
}

function isQuoted(part: string): boolean {
  return QUOTED.test(part);
}

function unquoted(query: string): string[] {
  return pieces(query).filter((part) => !isQuoted(part));
}

function absolute(text: string, start: number, zone: string): string {
  return text
    .replace(AGE, (_all, name: string, amount: string, unit: string) => {
      return `${bound(name)}:${ago(start, Number(amount), unit.toLowerCase(), zone)}`;
    })
    .replace(DATE, (all, name: string, y1, _1, m1, d1, m2, _2, d2, y2) => {
      const seconds = startOfDay(Number(y1 ?? y2), Number(m1 ?? m2), Number(d1 ?? d2), zone);
      return seconds === undefined ? all : `${bound(name)}:${seconds}`;
    });
}

function bound(name: string): "before" | "after" {
  return ["older_than", "older", "before"].includes(name.toLowerCase()) ? "before" : "after";
}

/** Epoch seconds so many hours, days, weeks, months or years before the start; what lies before 1970 finds the same mail as 1970. */
export function ago(start: number, amount: number, unit: string, zone: string): number {
  if (unit === "h") return Math.max(0, start - amount * 3_600);
  if (unit === "d") return Math.max(0, start - amount * 86_400);
  if (unit === "w") return Math.max(0, start - amount * 604_800);
  return Math.max(0, monthsBefore(start, amount * (unit === "y" ? 12 : 1), zone));
}
