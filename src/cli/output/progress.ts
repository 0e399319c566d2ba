import type { RunView } from "../../server/api.ts";
import { isRunEnded } from "../../core/states.ts";
import { forTerminal } from "../../mail/safe_text.ts";
import { addSample, progressText, type Sample } from "./progress_text.ts";
import { cut, displayWidth } from "./table.ts";
import { styled, type Terminal } from "./terminal.ts";
import { wrap } from "./wrap.ts";

/** Between two pictures on a terminal, and between two lines elsewhere, ms. */
const REDRAW = 200;
const PLAIN = 10_000;
/** Columns of the bar: what the words leave of them, or none. */
const BAR = { widest: 24, narrowest: 6 } as const;
/** What stands between the parts of a line. */
const GAP = "  ";
/** What is waited for is indented, and takes so many lines at most. */
const INDENT = "  ";
const WAIT_LINES = 3;

/** Shows on stderr how far the followed runs are: a picture that is drawn over on a terminal, a line now and then elsewhere. */
export class Progress {
  readonly #terminal: Terminal;
  readonly #now: () => number;
  readonly #quiet: boolean;
  readonly #views = new Map<string, RunView>();
  #samples: Sample[] = [];
  #drawn = 0;
  #last = -Infinity;
  #lastText = "";

  constructor(terminal: Terminal, options: { now: () => number; quiet: boolean }) {
    this.#terminal = terminal;
    this.#now = options.now;
    this.#quiet = options.quiet;
  }

  update(view: RunView): void {
    this.#views.set(view.id, view);
    if (view.progress !== null && this.#shown()?.id === view.id) {
      this.#samples = addSample(this.#samples, { at: this.#now(), done: view.progress.done });
    }
    this.tick();
  }

  /** Draws anew when it is time to: what is waited for, rate and ETA change without news of the run. */
  tick(): void {
    const view = this.#shown();
    if (this.#quiet || view === undefined) return;
    const now = this.#now();
    if (this.#last === -Infinity && !this.#terminal.isTerminal.err) this.#last = now;
    const terminal = this.#terminal.isTerminal.err;
    if (now - this.#last < (terminal ? REDRAW : PLAIN)) return;
    if (terminal) this.#draw(view);
    else {
      const text = this.#lines(view, 0).join(";");
      if (text !== this.#lastText) this.#terminal.err(`${text}\n`);
      this.#lastText = text;
    }
    this.#last = now;
  }

  /** Writes something else; on a terminal the picture comes back below it. */
  write(text: string): void {
    this.clear();
    this.#terminal.err(text);
  }

  /** Takes the picture away. */
  clear(): void {
    if (this.#drawn > 0) this.#terminal.err(`\r${this.#drawn > 1 ? `\x1b[${this.#drawn - 1}A` : ""}\x1b[J`);
    // Drawn again at the next chance; lines that were written stay.
    if (this.#drawn > 0) this.#last = -Infinity;
    this.#drawn = 0;
  }

  #shown(): RunView | undefined {
    const views = [...this.#views.values()];
    return views.find(({ status }) => !isRunEnded(status) && status !== "held") ?? views.at(-1);
  }

  #lines(view: RunView, bar: number): string[] {
    const lines = progressText(view, { now: this.#now(), samples: this.#samples, bar }).map(forTerminal);
    const others = [...this.#views.values()].filter((other) => other !== view && !isRunEnded(other.status)).length;
    if (others > 0) lines[0] += `${GAP}(+${others} more)`;
    return lines;
  }

  #draw(view: RunView): void {
    const width = this.#terminal.width() - 1;
    this.clear();
    const room = width - GAP.length - displayWidth(this.#lines(view, 0)[0] ?? "");
    const [first = "", ...waits] = this.#lines(view, room < BAR.narrowest ? 0 : Math.min(BAR.widest, room));
    const what = folded(first, width);
    // Why nothing goes on is worth a second line; a picture taller than the terminal could not be taken away again.
    const why = waits.flatMap((line) => firstLines(wrap(line.trim(), width - INDENT.length - " …".length)))
      .map((line) => styled(this.#terminal.color.err, "yellow", cut(INDENT + line, width)));
    this.#terminal.err([...what, ...why].join("\n"));
    this.#drawn = what.length + why.length;
  }
}

/** The parts of a line on one or two lines, so that rate and ETA, which come last, are seen on a narrow terminal too. */
function folded(line: string, width: number): string[] {
  if (displayWidth(line) <= width) return [line];
  const parts = line.split(GAP).map((part) => part.trim()).filter((part) => part !== "");
  let first = parts.shift() ?? "";
  while (parts.length > 0 && displayWidth(first + GAP + parts[0]) <= width) first += GAP + parts.shift();
  return [first, ...(parts.length === 0 ? [] : [INDENT + parts.join(GAP)])].map((text) => cut(text, width));
}

/** As many lines as may be shown; what is left out is shown by `…`. */
function firstLines(lines: readonly string[]): string[] {
  const shown = lines.slice(0, WAIT_LINES);
  return shown.map((line, index) => index === WAIT_LINES - 1 && lines.length > WAIT_LINES ? `${line} …` : line);
}
