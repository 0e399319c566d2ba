import { TaskerError } from "../../core/errors.ts";
import type { QueryFinding } from "../../mail/query_lint.ts";
import type { QueryMeaning } from "../../mail/query_meaning.ts";
import { command, type Run } from "../command.ts";
import type { Context } from "../context.ts";
import { EXIT, type ExitCode } from "../exit_codes.ts";
import { jsonFlag, parseText } from "../flags.ts";
import { safeLines } from "../output/errors.ts";
import { displayWidth } from "../output/table.ts";
import { styled } from "../output/terminal.ts";
import { zone } from "../output/times.ts";
import { printJson } from "../reading.ts";

export interface GmailQueryOptions {
  readonly query: string;
  /** IANA. */
  readonly timezone: string;
  readonly json: boolean;
}

interface Flags {
  readonly timezone?: string;
  readonly json?: boolean;
}

export const gmailQueryCommand = command<Flags>({
  brief: "Explain a query of Gmail's search language, and find what is wrong with it",
  description:
    "Explain a query of Gmail's search language in plain words, and find what is wrong with it or may not be what " +
    "was meant. Nothing is searched.\n\n" +
    "Exit code 2 when gmail-search would refuse the query; warnings do not change it. A query that begins with a dash comes " +
    "after --.",
  usage: ["QUERY", { input: "-- '-in:inbox older_than:1y'", brief: "A query that begins with a dash" }],
  flags: {
    timezone: {
      kind: "parsed",
      parse: parseText,
      optional: true,
      placeholder: "zone",
      brief: "The zone of its dates, such as Europe/Berlin [default: this machine's]",
    },
    ...jsonFlag,
  },
  positional: [{ placeholder: "query", brief: "The query, in quotes of the shell" }],
  load: () => Promise.resolve(parse),
});

const parse: Run<Flags> = (context, flags, [query]) =>
  run({ query: query!, timezone: flags.timezone ?? zone(), json: flags.json ?? false }, context);

export async function run(options: GmailQueryOptions, context: Context): Promise<ExitCode> {
  const { query: q, timezone } = options;
  checkZone(timezone);
  const { parseQuery } = await import("../../mail/query.ts");
  const { explainQuery } = await import("../../mail/query_meaning.ts");
  const { lintQuery } = await import("../../mail/query_lint.ts");
  const query = parseQuery(q);
  const here = { now: context.now(), zone: timezone };
  const meaning = explainQuery(query, here);
  const findings = lintQuery(q, query, here);
  const usable = findings.every(({ severity }) => severity !== "error");
  if (options.json) {
    printJson(context, {
      query: q,
      timezone,
      usable,
      meaning,
      findings: findings.map(({ span, ...finding }) => ({
        ...finding,
        start: span?.start ?? null,
        end: span?.end ?? null,
        text: span === null ? null : q.slice(span.start, span.end),
      })),
    });
  } else {
    const found = findings.map((finding) => findingText(q, finding, context)).join("");
    context.terminal.out(`${meaningLines(meaning).join("\n")}\n${found === "" ? "" : `\n${found}`}`);
  }
  return usable ? EXIT.ok : EXIT.usage;
}

function checkZone(timezone: string): void {
  try {
    new Intl.DateTimeFormat("en-US", { timeZone: timezone });
  } catch (cause) {
    throw new TaskerError("USAGE", `there is no time zone ${timezone}`, { hint: "write one as Europe/Berlin", cause });
  }
}

/** Conditions on the left, what they mean on the right; what joins them stands above them. */
function meaningLines(meaning: QueryMeaning): string[] {
  const rows = meaningRows(meaning, 0);
  const width = Math.max(0, ...rows.map(({ text }) => text === null ? 0 : displayWidth(text)));
  return rows.map(({ text, meaning, indent }) => {
    if (text === null) return `${indent}${meaning}:`;
    return text === "" ? meaning : `${text}${" ".repeat(width - displayWidth(text))}  ${meaning}`;
  });
}

function meaningRows(
  { text, meaning, parts }: QueryMeaning,
  depth: number,
): { text: string | null; meaning: string; indent: string }[] {
  const indent = "  ".repeat(depth);
  const shown = text === null || text === "" ? text : indent + oneLine(text);
  return [
    { text: shown, meaning: oneLine(meaning), indent },
    ...parts.flatMap((part) => meaningRows(part, depth + 1)),
  ];
}

function oneLine(text: string): string {
  return safeLines(text.replace(/\s+/g, " "));
}

function findingText(q: string, { severity, span, message, hint }: QueryFinding, { terminal }: Context): string {
  const color = terminal.color.out;
  const style = { error: "red", warning: "yellow", note: "dim" } as const;
  return [
    `${styled(color, style[severity], `${severity}:`)} ${oneLine(message)}\n`,
    ...(severity === "error" && span !== null ? placeLines(q, span.start) : []),
    ...(hint === null ? [] : [`  ${styled(color, "dim", "hint:")} ${oneLine(hint)}\n`]),
  ].join("");
}

/** Characters of the query that are shown before and after a place in it. */
const AROUND = 30;

/** The query around a place, and a mark below it. */
function placeLines(q: string, at: number): string[] {
  const before = oneLine(q.slice(Math.max(0, at - AROUND), at));
  return [`  ${before}${oneLine(q.slice(at, at + AROUND))}\n`, `  ${" ".repeat(displayWidth(before))}^\n`];
}
