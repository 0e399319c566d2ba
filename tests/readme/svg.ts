import type { Frame } from "./frames.ts";
import type { Cell, Style } from "./terminal.ts";

/** Pixels. A monospace letter of 13.5 px is about 8.1 px wide; the text is stretched to the cells, whatever font there is. */
const CELL = { width: 8.1, height: 18, font: 13.5, baseline: 13 };
const EDGE = 18;
const BAR = 36;

const BACKGROUND = "#161b22";
const FOREGROUND = "#d1d7e0";
/** The terminal's colours 0–15. */
const COLORS = [
  ...[
    "#484f58",
    "#ff7b72",
    "#56d364",
    "#e3b341",
    "#79c0ff",
    "#d2a8ff",
    "#56d4dd",
    "#b1bac4",
  ],
  ...[
    "#6e7681",
    "#ffa198",
    "#7ee787",
    "#f2cc60",
    "#a5d6ff",
    "#e2c5ff",
    "#b3f0ff",
    "#ffffff",
  ],
];

/** Cells that stand together: drawn as one. */
export interface Piece {
  readonly column: number;
  readonly width: number;
  readonly text: string;
  readonly style: Style;
}

/** A row cut where the style changes, at two blanks or more, and around the blocks of a progress bar. */
export function piecesOf(row: readonly Cell[]): Piece[] {
  const pieces: {
    column: number;
    width: number;
    text: string;
    style: Style;
  }[] = [];
  let open = false;
  row.forEach(({ text, style }, column) => {
    const last = pieces.at(-1);
    const blank = text === " " && !style.underline;
    const second = row[column + 1]?.text ?? " ";
    if (
      blank &&
      (!open || second === " " || isBlock(second) || isBlock(last!.text))
    ) {
      open = false;
    } else if (
      open && last !== undefined && last.style === style &&
      isBlock(last.text) === isBlock(text || "x")
    ) {
      if (isBlock(text) && !last.text.startsWith(text)) {
        pieces.push({ column, width: 1, text, style });
      } else {
        last.text += text;
        last.width++;
      }
    } else {
      pieces.push({ column, width: 1, text, style });
      open = true;
    }
  });
  return pieces;
}

/** An animated picture of a terminal window that shows the frames over and over; without animation, the last one. */
export function svgOf(
  frames: readonly Frame[],
  options: { columns: number; rows: number; title: string },
): string {
  const width = Math.round(options.columns * CELL.width + 2 * EDGE);
  const height = Math.round(options.rows * CELL.height + BAR + EDGE + 8);
  const dots = ["#ff5f57", "#febc2e", "#28c840"].map((color, at) =>
    `<circle cx="${EDGE + 6 + at * 20}" cy="${BAR / 2}" r="6" fill="${color}"/>`
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>${escaped(options.title)}</title>`,
    `<style>${stylesheet(frames)}</style>`,
    `<rect x=".5" y=".5" width="${width - 1}" height="${height - 1}" rx="9" fill="${BACKGROUND}" stroke="#30363d"/>`,
    ...dots,
    `<text class="t" x="${width / 2}" y="${BAR / 2 + 4.5}" text-anchor="middle">tasker</text>`,
    `<g transform="translate(${EDGE} ${BAR + 4})">`,
    ...frames.map((frame, at) => `<g class="f" id="f${at}">\n${drawn(frame)}\n</g>`),
    "</g>",
    "</svg>\n",
  ].join("\n");
}

function stylesheet(frames: readonly Frame[]): string {
  const total = frames.reduce((sum, { ms }) => sum + ms, 0);
  const last = frames.length - 1;
  const percent = (ms: number) => `${(ms / total * 100).toFixed(3).replace(/\.?0+$/, "")}%`;
  let from = 0;
  const animations = frames.map(({ ms }, at) => {
    const [begin, end] = [percent(from), percent(from += ms)];
    const hidden = "{visibility:hidden}";
    return `#f${at}{animation:k${at} ${(total / 1_000).toFixed(2)}s step-end infinite}` +
      `@keyframes k${at}{${at === 0 ? "" : `0%${hidden}`}${begin}{visibility:visible}${
        at === last ? "" : `${end}${hidden}`
      }}`;
  });
  return [
    "",
    `text{font:${CELL.font}px ui-monospace,SFMono-Regular,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono","Liberation Mono",monospace;fill:${FOREGROUND};white-space:pre}`,
    ".t{fill:#8b949e;font-size:13px}.b{font-weight:bold;fill:#fff}.d{opacity:.6}.i{font-style:italic}.u{text-decoration:underline}",
    ...COLORS.map((color, at) => `.c${at}{fill:${color}}`),
    `.f{visibility:hidden}#f${last}{visibility:visible}`,
    // Whoever wants no motion sees the result.
    `@media (prefers-reduced-motion:no-preference){${frames.length > 1 ? animations.join("\n") : ""}}`,
    "",
  ].join("\n");
}

function drawn({ screen, cursor }: Frame): string {
  const rows = screen.flatMap((row, at) => piecesOf(row).map((piece) => drawnPiece(piece, at)));
  const caret = `<rect x="${at(cursor.column * CELL.width)}" y="${at(cursor.row * CELL.height)}" width="${
    at(CELL.width)
  }" height="${at(CELL.height - 1.5)}" fill="${FOREGROUND}" opacity=".55"/>`;
  return [...rows, caret].join("\n");
}

function drawnPiece(
  { column, width, text, style }: Piece,
  row: number,
): string {
  const x = at(column * CELL.width);
  const span = at(width * CELL.width);
  if (isBlock(text)) {
    // Fonts differ in how high and wide these are: a bar is drawn, not written.
    const opacity = text.startsWith("█") ? "" : ' opacity=".22"';
    return `<rect x="${x}" y="${at(row * CELL.height + 3)}" width="${span}" height="${at(CELL.height - 6)}" class="c${
      style.color ?? 2
    }"${opacity}/>`;
  }
  const classes = [
    ...(style.bold ? ["b"] : []),
    ...(style.dim ? ["d"] : []),
    ...(style.italic ? ["i"] : []),
    ...(style.underline ? ["u"] : []),
    ...(style.color === undefined ? [] : [`c${style.color}`]),
  ];
  const named = classes.length === 0 ? "" : ` class="${classes.join(" ")}"`;
  const y = at(row * CELL.height + CELL.baseline);
  const stretched = ` textLength="${span}" lengthAdjust="spacingAndGlyphs"`;
  return `<text x="${x}" y="${y}"${stretched}${named}>${escaped(text)}</text>`;
}

/** The characters of tasker's progress bar. */
function isBlock(text: string): boolean {
  return /^[█░]/.test(text);
}

/** A coordinate in as few digits as show. */
function at(pixels: number): string {
  return String(Math.round(pixels * 10) / 10);
}

/** Text as XML may have it: markup escaped, characters that XML forbids replaced. */
export function escaped(text: string): string {
  return text
    .replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    // deno-lint-ignore no-control-regex -- these are the ones to be taken out
    .replace(/[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, "\ufffd");
}
