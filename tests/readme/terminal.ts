import { displayWidth } from "../../src/cli/output/table.ts";

/** How a character looks. `color` is one of the 16 colours of a terminal (0–7, bright 8–15), undefined the default one. */
export interface Style {
  readonly bold: boolean;
  readonly dim: boolean;
  readonly italic: boolean;
  readonly underline: boolean;
  readonly color: number | undefined;
}

/** One column of one row. A wide character has its text in its first cell and "" in the second. */
export interface Cell {
  readonly text: string;
  readonly style: Style;
}

export const PLAIN: Style = {
  bold: false,
  dim: false,
  italic: false,
  underline: false,
  color: undefined,
};

const BLANK: Cell = { text: " ", style: PLAIN };
// deno-lint-ignore no-control-regex -- control characters are what a terminal is about
const SEQUENCE = /^\x1b\[([?>=]?)([\d;]*)([@-~])/;
// deno-lint-ignore no-control-regex -- as above
const UNFINISHED = /^\x1b(\[[?>=]?[\d;]*)?$/;
const TAB = 8;

/**
 * A screen that does what a terminal (ECMA-48, as xterm understands it) does with what a program writes. It knows what
 * tasker and a shell use; anything else is an error, so that a picture is never quietly wrong.
 */
export class Terminal {
  readonly columns: number;
  readonly rows: number;
  #cells: Cell[][];
  #row = 0;
  /** Equal to `columns` after a character in the last one: the line is wrapped only when the next character comes. */
  #column = 0;
  #style = PLAIN;
  #rest = "";

  constructor(size: { columns: number; rows: number }) {
    this.columns = size.columns;
    this.rows = size.rows;
    this.#cells = Array.from({ length: size.rows }, () => this.#blankRow());
  }

  get cursor(): { readonly row: number; readonly column: number } {
    return { row: this.#row, column: Math.min(this.#column, this.columns - 1) };
  }

  /** The screen as it is now; a copy. */
  screen(): Cell[][] {
    return this.#cells.map((row) => [...row]);
  }

  /** The rows' text without the blanks at their ends. */
  lines(): string[] {
    return this.#cells.map((row) => row.map(({ text }) => text).join("").trimEnd());
  }

  /** Takes what a program wrote; an escape sequence may be continued by the next call. */
  write(text: string): void {
    let left = this.#rest + text;
    this.#rest = "";
    while (left !== "") {
      if (left.startsWith("\x1b")) {
        if (UNFINISHED.test(left)) {
          this.#rest = left;
          return;
        }
        left = left.slice(this.#escape(left));
      } else {
        const character = String.fromCodePoint(left.codePointAt(0)!);
        if (!this.#control(character)) this.#put(character);
        left = left.slice(character.length);
      }
    }
  }

  /** Does one escape sequence and gives its length. */
  #escape(text: string): number {
    const [whole, prefix, numbers, final] = SEQUENCE.exec(text) ?? [];
    if (whole === undefined) throw unknown(text.slice(0, 8));
    const given = numbers === "" ? [] : numbers!.split(";").map(Number);
    if (prefix !== "") {
      // Modes (hidden cursor, bracketed paste) show nothing by themselves.
      if (final !== "h" && final !== "l") throw unknown(whole);
      return whole.length;
    }
    const count = Math.max(1, given[0] ?? 1);
    switch (final) {
      case "m":
        this.#style = (given.length === 0 ? [0] : given).reduce(
          restyled,
          this.#style,
        );
        break;
      case "A":
        this.#move(this.#row - count, this.cursor.column);
        break;
      case "B":
        this.#move(this.#row + count, this.cursor.column);
        break;
      case "C":
        this.#move(this.#row, this.cursor.column + count);
        break;
      case "D":
        this.#move(this.#row, this.cursor.column - count);
        break;
      case "G":
        this.#move(this.#row, count - 1);
        break;
      case "H":
        this.#move(count - 1, Math.max(1, given[1] ?? 1) - 1);
        break;
      case "J":
        this.#eraseScreen(given[0] ?? 0, whole);
        break;
      case "K":
        this.#eraseLine(given[0] ?? 0, whole);
        break;
      default:
        throw unknown(whole);
    }
    return whole.length;
  }

  /** Does one control character; false when it is none. */
  #control(character: string): boolean {
    if (character === "\r") this.#column = 0;
    else if (character === "\n") this.#lineFeed();
    else if (character === "\b") {
      this.#column = Math.max(0, this.cursor.column - 1);
    } else if (character === "\t") {
      this.#column = Math.min(
        this.columns - 1,
        (Math.floor(this.#column / TAB) + 1) * TAB,
      );
    } else if (character === "\x07") return true;
    else if (character < " " || character === "\x7f") throw unknown(character);
    else return false;
    return true;
  }

  #put(character: string): void {
    const width = displayWidth(character);
    if (width === 0) return this.#combine(character);
    if (this.#column + width > this.columns) {
      this.#column = 0;
      this.#lineFeed();
    }
    const row = this.#cells[this.#row]!;
    row[this.#column++] = { text: character, style: this.#style };
    if (width === 2) row[this.#column++] = { text: "", style: this.#style };
  }

  /** Accents and joiners belong to the character before them. */
  #combine(character: string): void {
    const row = this.#cells[this.#row]!;
    let column = this.#column - 1;
    if (row[column]?.text === "") column--;
    const before = row[column];
    if (before !== undefined) {
      row[column] = { ...before, text: before.text + character };
    }
  }

  #lineFeed(): void {
    if (this.#row < this.rows - 1) this.#row++;
    else this.#cells = [...this.#cells.slice(1), this.#blankRow()];
  }

  #move(row: number, column: number): void {
    this.#row = Math.min(this.rows - 1, Math.max(0, row));
    this.#column = Math.min(this.columns - 1, Math.max(0, column));
  }

  #eraseScreen(how: number, sequence: string): void {
    this.#eraseLine(how, sequence);
    for (let row = 0; row < this.rows; row++) {
      const erased = how === 2 ||
        (how === 0 ? row > this.#row : row < this.#row);
      if (erased) this.#cells[row] = this.#blankRow();
    }
  }

  /** From the cursor on (0), up to it and with it (1), or all (2). */
  #eraseLine(how: number, sequence: string): void {
    if (how > 2) throw unknown(sequence);
    const { row, column } = this.cursor;
    this.#cells[row] = this.#cells[row]!.map((cell, at) =>
      how === 2 || (how === 0 ? at >= column : at <= column) ? BLANK : cell
    );
  }

  #blankRow(): Cell[] {
    return Array.from({ length: this.columns }, () => BLANK);
  }
}

/** The style after one parameter of "select graphic rendition". */
function restyled(style: Style, parameter: number): Style {
  if (parameter === 0) return PLAIN;
  if (parameter === 1) return { ...style, bold: true };
  if (parameter === 2) return { ...style, dim: true };
  if (parameter === 3) return { ...style, italic: true };
  if (parameter === 4) return { ...style, underline: true };
  if (parameter === 22) return { ...style, bold: false, dim: false };
  if (parameter === 23) return { ...style, italic: false };
  if (parameter === 24) return { ...style, underline: false };
  if (parameter >= 30 && parameter <= 37) {
    return { ...style, color: parameter - 30 };
  }
  if (parameter === 39) return { ...style, color: undefined };
  if (parameter >= 90 && parameter <= 97) {
    return { ...style, color: parameter - 90 + 8 };
  }
  throw unknown(`SGR ${parameter}`);
}

function unknown(sequence: string): Error {
  return new Error(
    `the terminal picture does not know ${JSON.stringify(sequence)}: teach tests/readme/terminal.ts`,
  );
}
