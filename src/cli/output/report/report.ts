import { Buffer } from "node:buffer";
import { isJsonObject, type Json, type JsonObject } from "../../../core/json.ts";
import { sha256 } from "../../../store/sha256.ts";
import { forTerminal } from "../../../mail/safe_text.ts";
import { jsonText } from "../json.ts";
import { formatCount, plural } from "../numbers.ts";
import { columnsOf, flatten } from "../rows.ts";
import type { Sink } from "../sink.ts";
import { page } from "./page.js";
import { STYLE } from "./style.ts";

export interface Report {
  readonly title: string;
  /** What else there is to say of the run, line by line. */
  readonly facts: readonly string[];
  /** Why the run is not done, when it is not. */
  readonly unfinished: string | undefined;
  /** The coverage ledger; no row when the run has none. */
  coverage(): Iterable<Json>;
  rows(): Iterable<Json>;
  /** All columns, when they are known. */
  readonly columns?: readonly string[];
  /** Columns of the table; the others are seen one row at a time. */
  readonly shown?: readonly string[];
}

/** Rows in one piece of the page. */
const PAGE = 500;
/** Columns of a table whose rows say nothing of it. */
const SHOWN = 6;

/**
 * Writes one HTML file that holds everything it needs: nothing is loaded when it is opened, and its own policy lets nothing
 * but its own script run, whatever the mail says. Rows are written as they come.
 */
export function writeReport(sink: Sink, report: Report): number {
  const script = `(${page})();`;
  const policy = `default-src 'none'; style-src '${hash(STYLE)}'; script-src '${
    hash(script)
  }'; base-uri 'none'; form-action 'none'`;
  sink.write(
    `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="referrer" content="no-referrer">
<meta name="viewport" content="width=device-width">
<title>${escaped(report.title)}</title>
<style>${STYLE}</style>
</head>
<body>
<header>
<h1>${escaped(report.title)}</h1>
${report.facts.map((fact) => `<p class="facts">${escaped(fact)}</p>`).join("\n")}
</header>
`,
  );
  writeCoverage(sink, report);
  const columns = report.columns ?? columnsOf(report.rows());
  sink.write(
    `<section id="charts"><div id="times"></div><div id="users"></div></section>
<section>
<div id="tools" hidden>
<input id="words" type="search" placeholder="Rows with all these words" aria-label="Rows with all these words">
<span id="picks"></span> <output id="count"></output>
<button id="previous" type="button">‹</button> <span id="page"></span> <button id="next" type="button">›</button>
</div>
<noscript><p>The rows are in this file, and shown by its script: allow it to run.</p></noscript>
<table id="rows"><thead><tr id="head"></tr></thead><tbody id="body"></tbody></table>
</section>
<script type="application/json" id="about">${embedded({ columns, shown: shownOf(columns, report.shown) })}</script>
`,
  );
  const count = writeRows(sink, report.rows(), columns);
  sink.write(`<script>${script}</script>\n</body>\n</html>\n`);
  return count;
}

function writeRows(sink: Sink, rows: Iterable<Json>, columns: readonly string[]): number {
  let piece: string[][] = [];
  let count = 0;
  const write = () => {
    if (piece.length > 0) sink.write(`<script type="application/json" class="rows">${embedded(piece)}</script>\n`);
    piece = [];
  };
  for (const row of rows) {
    const cells = flatten(row);
    piece.push(columns.map((name) => forTerminal(cells.get(name) ?? "")));
    if (++count % PAGE === 0) write();
  }
  write();
  return count;
}

/** Places of the columns that the table has. */
function shownOf(columns: readonly string[], wanted: readonly string[] = []): number[] {
  const places = wanted.map((name) => columns.indexOf(name)).filter((place) => place >= 0);
  return places.length > 0 ? places : [...columns.keys()].slice(0, SHOWN);
}

/** What could not be read comes before anything that was. */
function writeCoverage(sink: Sink, report: Report): void {
  const counts = new Map<string, number>();
  for (const line of report.coverage()) {
    const status = textOf(line, "status");
    counts.set(status, (counts.get(status) ?? 0) + 1);
  }
  const of = (status: string) => counts.get(status) ?? 0;
  const failed = of("failed");
  const isBad = failed > 0 || report.unfinished !== undefined;
  if (counts.size === 0 && !isBad) return;
  const isCut = of("truncated") > 0;
  const heading = failed > 0
    ? `NOT READ: ${plural(failed, "mailbox or domain", "mailboxes or domains")}. The answer is incomplete`
    : report.unfinished !== undefined
    ? "The run has not completed. The answer is incomplete"
    : isCut
    ? `${plural(of("truncated"), "mailbox has", "mailboxes have")} more than was fetched`
    : "Every selected mailbox was read to the end";
  sink.write(
    `<section id="coverage" class="${isBad ? "bad" : isCut ? "some" : "good"}">\n<h2>${escaped(heading)}</h2>\n`,
  );
  if (report.unfinished !== undefined) sink.write(`<p>${escaped(report.unfinished)}</p>\n`);
  const all = [...counts].map(([status, count]) => `${formatCount(count)} ${status}`).join(", ");
  if (all !== "") sink.write(`<p>Coverage: ${escaped(all)}</p>\n`);
  if (failed > 0) writeLedger(sink, report, (status) => status === "failed");
  if (isCut) {
    sink.write("<details><summary>Truncated</summary>\n");
    writeLedger(sink, report, (status) => status === "truncated");
    sink.write("</details>\n");
  }
  if (counts.size > 0) {
    sink.write("<details><summary>Every user</summary>\n");
    writeLedger(sink, report, () => true);
    sink.write("</details>\n");
  }
  sink.write("</section>\n");
}

const LEDGER = ["email", "domain", "status", "reason", "message", "hint", "messages"];

function writeLedger(sink: Sink, report: Report, isMeant: (status: string) => boolean): void {
  const row = (name: string, cells: readonly string[]) =>
    `<tr>${cells.map((cell) => `<${name}><bdi>${escaped(cell)}</bdi></${name}>`).join("")}</tr>\n`;
  sink.write(`<table><thead>${row("th", LEDGER)}</thead><tbody>\n`);
  for (const line of report.coverage()) {
    if (isMeant(textOf(line, "status"))) sink.write(row("td", LEDGER.map((name) => textOf(line, name))));
  }
  sink.write("</tbody></table>\n");
}

function textOf(line: Json, name: string): string {
  const value = isJsonObject(line) ? (line as JsonObject)[name] : undefined;
  return value === undefined || value === null ? "" : String(value);
}

function hash(text: string): string {
  return `sha256-${Buffer.from(sha256(text), "hex").toString("base64")}`;
}

/** JSON inside a `<script>`: nothing in it ends the element, begins a comment or steers a terminal. */
function embedded(value: unknown): string {
  return jsonText(value).replace(/[<>&]/g, (character) => `\\u00${character.charCodeAt(0).toString(16)}`);
}

/** Text as HTML, also inside an attribute. */
function escaped(text: string): string {
  return forTerminal(text).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
