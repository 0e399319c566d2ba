/** A syntax fault that sucrase reported: its message and its offset. */
export interface Fault {
  readonly offset: number;
  readonly problem: string;
}

/** Makes of what sucrase threw a fault; undefined when it names no place. */
function placedFault(error: unknown): Fault | undefined {
  if (!(error instanceof SyntaxError) || !("pos" in error) || typeof error.pos !== "number") return undefined;
  return {
    offset: error.pos,
    problem: error.message.replace(/^Error transforming [^:]*: /, "").replace(/ \(\d+:\d+\)$/, ""),
  };
}

/** The first closing bracket without its opening one, or the last opening one without its end; 0 when all match. */
async function unbalanced(source: string): Promise<number> {
  const { tokenizer } = await import("acorn");
  const open: { closing: string; start: number }[] = [];
  const closings: Readonly<Record<string, string>> = { "(": ")", "[": "]", "{": "}", "${": "}" };
  try {
    for (const { start, end } of tokenizer(source, { ecmaVersion: "latest", sourceType: "module" })) {
      const text = source.slice(start, end);
      if (Object.hasOwn(closings, text)) open.push({ closing: closings[text]!, start });
      else if (/^[)\]}]$/.test(text) && open.pop()?.closing !== text) return start;
    }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return "pos" in error && typeof error.pos === "number" ? error.pos : 0;
  }
  return open.at(-1)?.start ?? 0;
}

/** The fault behind what sucrase threw. It finds some only when it writes its output, and then knows no place. */
export async function syntaxFault(source: string, error: unknown): Promise<Fault> {
  if (!(error instanceof Error) || error instanceof RangeError) throw error;
  return placedFault(error) ?? { offset: await unbalanced(source), problem: "Unexpected token" };
}

/** Whether the bracket that opens at `start` is still open at `end`. */
async function isInside(source: string, start: number, end: number): Promise<boolean> {
  const { tokenizer, tokTypes } = await import("acorn");
  let depth = 0;
  try {
    for (const token of tokenizer(source.slice(start), { ecmaVersion: "latest" })) {
      if (start + token.start >= end) return true;
      if (token.type === tokTypes.braceL || token.type === tokTypes.dollarBraceL) depth++;
      if (token.type === tokTypes.braceR && --depth === 0) return false;
    }
  } catch (error) {
    // What cannot be cut into tokens has no closing bracket before its fault.
    if (!(error instanceof SyntaxError)) throw error;
  }
  return true;
}

/**
 * The fault behind a fault. sucrase tries `(a: A) => {…}` as an arrow function; when something in the body is wrong it goes back, reads
 * the parameters as an expression and complains about their colon. So the body is read again as that of a plain function.
 */
export async function deepestFault(source: string, parse: (source: string) => void, fault: Fault): Promise<Fault> {
  let deepest = fault;
  const head = "async function _()";
  for (let arrow = /=>\s*\{/g, rounds = 0; rounds < 20; rounds++) {
    arrow.lastIndex = deepest.offset;
    const match = arrow.exec(source);
    if (match === null) break;
    const start = match.index + match[0].length - 1;
    try {
      parse(head + source.slice(start));
      break;
    } catch (error) {
      const inner = placedFault(error);
      if (inner === undefined) break;
      const offset = inner.offset - head.length + start;
      if (offset <= deepest.offset || !await isInside(source, start, offset)) break;
      deepest = { offset, problem: inner.problem };
    }
  }
  return deepest;
}
