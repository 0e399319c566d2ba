import { forTerminal } from "../../mail/safe_text.ts";

export interface Column {
  readonly title: string;
  readonly align?: "right";
  /** The column that gives way first when the table is wider than the terminal. */
  readonly shrink?: boolean;
}

/**
 * A table of plain text: columns two blanks apart, a head, no lines. Cells are untrusted: control characters are taken
 * out. `width` 0 means as wide as needed.
 */
export function renderTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  options: { width?: number; head?: (text: string) => string } = {},
): string {
  const cells = rows.map((row) => row.map(cleanCell));
  const widths = columns.map(({ title }, index) =>
    Math.max(displayWidth(title), ...cells.map((row) => displayWidth(row[index] ?? "")))
  );
  fit(widths, columns.findIndex(({ shrink }) => shrink), options.width || Infinity);
  const line = (row: readonly string[]) =>
    columns.map(({ align }, index) => {
      const text = cut(row[index] ?? "", widths[index]!);
      const padding = " ".repeat(Math.max(0, widths[index]! - displayWidth(text)));
      return align === "right" ? padding + text : text + padding;
    }).join("  ").trimEnd();
  const head = line(columns.map(({ title }) => title));
  return [options.head?.(head) ?? head, ...cells.map(line)].join("\n") + "\n";
}

/** No column is cut below this. */
const NARROWEST = 8;

/** Makes columns narrower until all fit: first the one that gives way, then whichever is the widest. */
function fit(widths: number[], shrinking: number, most: number): void {
  const over = () => widths.reduce((sum, width) => sum + width + 2, -2) - most;
  if (shrinking >= 0 && over() > 0) {
    widths[shrinking] = Math.min(widths[shrinking]!, Math.max(NARROWEST, widths[shrinking]! - over()));
  }
  while (over() > 0) {
    const widest = widths.indexOf(Math.max(...widths));
    if (widths[widest]! <= NARROWEST) return;
    widths[widest]!--;
  }
}

function cleanCell(text: string): string {
  return forTerminal(text).replace(/\s+/g, " ").trim();
}

/** Text of at most so many columns; what is cut off is shown by `…`. */
export function cut(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  let kept = "";
  let used = 0;
  for (const character of text) {
    const next = displayWidth(character);
    if (used + next > width - 1) break;
    kept += character;
    used += next;
  }
  return `${kept}…`;
}

/** Columns that text takes on a terminal: two for East Asian wide characters and emoji, none for combining marks. */
export function displayWidth(text: string): number {
  if (/^[\x20-\x7e]*$/.test(text)) return text.length;
  let width = 0;
  for (const character of text) {
    if (/\p{Mn}|\p{Me}|\p{Cf}/u.test(character)) continue;
    width += isWide(character.codePointAt(0)!) ? 2 : 1;
  }
  return width;
}

function isWide(code: number): boolean {
  return (code >= 0x1100 && code <= 0x115f) || (code >= 0x2e80 && code <= 0xa4cf) ||
    (code >= 0xac00 && code <= 0xd7a3) ||
    (code >= 0xf900 && code <= 0xfaff) || (code >= 0xfe30 && code <= 0xfe6f) || (code >= 0xff00 && code <= 0xff60) ||
    (code >= 0xffe0 && code <= 0xffe6) || (code >= 0x1f300 && code <= 0x1f64f) ||
    (code >= 0x1f900 && code <= 0x1f9ff) ||
    (code >= 0x20000 && code <= 0x3fffd);
}
