/**
 * `(q) before:<start>`: mail that arrives meanwhile changes no page. `older_than:` and `newer_than:` are made absolute.
 * A question whose brackets or quotes do not pair is refused, since they would take in what is added.
 */
export function freeze(query: string, start: number): string {
  let depth = 0;
  let text = "";
  for (const part of query.split(/("[^"]*")/)) {
    if (part.length > 1 && part.startsWith('"') && part.endsWith('"')) {
      text += part;
      continue;
    }
    for (const character of part) {
      if (character === '"') depth = Number.NEGATIVE_INFINITY;
      if (character === "(" || character === "{") depth += 1;
      if (character === ")" || character === "}") depth = depth === 0 ? Number.NEGATIVE_INFINITY : depth - 1;
    }
    text += part.replace(
      /\b(older_than|newer_than):(\d+)([dmy])\b/gi,
      (_all: string, name: string, amount: string, unit: string) =>
        `${name.toLowerCase() === "older_than" ? "before" : "after"}:${ago(start, Number(amount), unit.toLowerCase())}`,
    );
  }
  if (depth !== 0) {
    throw Object.assign(new Error(`the brackets or quotes of the query do not pair: ${query}`), {
      code: "INVALID_INPUT",
    });
  }
  return text === "" ? `before:${start}` : `(${text}) before:${start}`;
}

/** Epoch seconds so many days, months or years before the start. */
function ago(start: number, amount: number, unit: string): number {
  if (unit === "d") return start - amount * 86_400;
  const date = new Date(start * 1000);
  if (unit === "m") date.setUTCMonth(date.getUTCMonth() - amount);
  else date.setUTCFullYear(date.getUTCFullYear() - amount);
  return Math.floor(date.getTime() / 1000);
}
