import { forTerminal } from "../../mail/safe_text.ts";
import { displayWidth } from "./table.ts";
import { styled, type Terminal } from "./terminal.ts";
import { wrap } from "./wrap.ts";

/** Lines longer than this are hard to read, however wide the terminal is. */
const WIDEST = 100;
const NARROWEST = 40;
/** The part of a line that names may take; a longer name has a line of its own. */
const NAMES = 0.4;

/** A name (a flag with its letter, a command, an example), two blanks or more, and what it is. */
const ROW = /^( +(?:-\w )* *\S+(?: \S+)*?) {2,}(\S.*)$/;

/** Columns for help: the terminal's, and 100 where there is none or a wider one. */
export function helpWidth(terminal: Terminal): number {
  return terminal.isTerminal.out ? Math.min(WIDEST, Math.max(NARROWEST, terminal.width())) : WIDEST;
}

/** The parser's help, whose lines are as long as what they say, laid out in `width` columns. */
export function renderHelp(text: string, options: { width: number; color: boolean }): string {
  const lines = forTerminal(text).split("\n");
  const out: string[] = [];
  for (let at = 0; at < lines.length;) {
    const rows = rowsFrom(lines, at);
    if (rows.length > 0) out.push(...renderRows(rows, options));
    else out.push(...renderLine(lines[at]!, options));
    at += Math.max(1, rows.length);
  }
  return out.join("\n");
}

interface HelpRow {
  readonly name: string;
  readonly what: string;
}

function rowsFrom(lines: readonly string[], start: number): HelpRow[] {
  const rows: HelpRow[] = [];
  for (const line of lines.slice(start)) {
    const match = ROW.exec(line);
    if (match === null) break;
    rows.push({ name: match[1]!, what: match[2]! });
  }
  return rows;
}

function renderRows(rows: readonly HelpRow[], { width, color }: { width: number; color: boolean }): string[] {
  const most = Math.floor(width * NAMES);
  const names = rows.map(({ name }) => displayWidth(name)).filter((length) => length <= most);
  const column = names.length === 0 ? 6 : Math.max(...names) + 2;
  return rows.flatMap(({ name, what }) => {
    const [first, ...more] = wrap(what, width - column);
    const below = more.map((line) => " ".repeat(column) + line);
    const room = column - 2 - displayWidth(name);
    const head = styled(color, "bold", name);
    return room >= 0
      ? [`${head}${" ".repeat(room + 2)}${first}`, ...below]
      : [head, `${" ".repeat(column)}${first}`, ...below];
  });
}

function renderLine(line: string, { width, color }: { width: number; color: boolean }): string[] {
  if (/^[A-Z]+$/.test(line)) return [styled(color, "bold", line)];
  const indent = /^ */.exec(line)![0];
  return wrap(line.trim(), width - indent.length).map((part) => (indent + part).trimEnd());
}
