/** stdout was closed by its reader (`| head`): the command ends quietly. */
export class OutputClosed extends Error {
  override readonly name = "OutputClosed";
}

/** The two streams of the process and what they can show. */
export interface Terminal {
  /** Writes to stdout; throws OutputClosed when nobody reads it any more. */
  out(text: string): void;
  /** Writes to stderr; a closed stderr is nobody's loss. */
  err(text: string): void;
  readonly isTerminal: { readonly out: boolean; readonly err: boolean };
  readonly color: { readonly out: boolean; readonly err: boolean };
  /** Columns of the terminal; 80 when there is none. */
  width(): number;
}

/** What begins a style and what ends it: https://en.wikipedia.org/wiki/ANSI_escape_code#Select_Graphic_Rendition_parameters */
const CODES = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  magenta: [35, 39],
  cyan: [36, 39],
} as const;
export type Style = keyof typeof CODES | readonly (keyof typeof CODES)[];

/** Text in a style, or as it is when colours are off. Node's `styleText` would cost every start its module. */
export function styled(color: boolean, style: Style, text: string): string {
  if (!color) return text;
  const names = typeof style === "string" ? [style] : style;
  return names.reduceRight((inner, name) => `\x1b[${CODES[name][0]}m${inner}\x1b[${CODES[name][1]}m`, text);
}

/** Colours only on a terminal, never with NO_COLOR (https://no-color.org) or TERM=dumb. */
export function mayColor(isTerminal: boolean, env: (name: string) => string | undefined): boolean {
  return isTerminal && (env("NO_COLOR") ?? "") === "" && env("TERM") !== "dumb";
}

/** The terminal of this process. */
export function terminalOf(): Terminal {
  const isTerminal = { out: Deno.stdout.isTerminal(), err: Deno.stderr.isTerminal() };
  const env = (name: string) => Deno.env.get(name);
  const encoder = new TextEncoder();
  return {
    out(text) {
      try {
        writeAll(Deno.stdout, encoder.encode(text));
      } catch (error) {
        if (error instanceof Deno.errors.BrokenPipe) throw new OutputClosed();
        throw error;
      }
    },
    err(text) {
      try {
        writeAll(Deno.stderr, encoder.encode(text));
      } catch (error) {
        if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
      }
    },
    isTerminal,
    color: { out: mayColor(isTerminal.out, env), err: mayColor(isTerminal.err, env) },
    width() {
      try {
        return Deno.consoleSize().columns || 80;
      } catch {
        // No terminal at all: consoleSize has no other way to say so.
        return 80;
      }
    },
  };
}

function writeAll(stream: { writeSync(bytes: Uint8Array): number }, bytes: Uint8Array): void {
  for (let written = 0; written < bytes.length;) written += stream.writeSync(bytes.subarray(written));
}
