import type { Options } from "sucrase";
import { keepColumns } from "./keep_columns.ts";
import type { ReadCode } from "./read_code.ts";
import { type Place, placeAt, refusal } from "./refusal.ts";
import { deepestFault, syntaxFault } from "./typescript_fault.ts";

/**
 * JavaScript on the same lines, and as a rule in the same columns, as the TypeScript it came from; where columns move,
 * `columnOf` moves them back.
 */
export interface Stripped {
  readonly code: string;
  /** The code as a module, when it has been read as one. */
  readonly read: ReadCode | undefined;
  /** Column (from 0) in the TypeScript of a column (from 0) in `code`, on the same line (from 0). */
  columnOf(line: number, column: number): number;
}

/** One step of a line of a source map: where a token stands in the output, and where it stood. */
interface Step {
  readonly to: number;
  readonly from: number;
}

const BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** The numbers of one segment of a source map (base64 VLQ, https://tc39.es/ecma426/). */
function decodeVlq(segment: string): number[] {
  const numbers: number[] = [];
  let value = 0;
  let shift = 0;
  for (const character of segment) {
    const digit = BASE64.indexOf(character);
    value |= (digit & 31) << shift;
    shift += 5;
    if ((digit & 32) === 0) {
      numbers.push(value & 1 ? -(value >> 1) : value >> 1);
      value = shift = 0;
    }
  }
  return numbers;
}

function decodeMappings(mappings: string): Step[][] {
  let from = 0;
  return mappings.split(";").map((line) => {
    let to = 0;
    return line.split(",").filter((segment) => segment !== "").map((segment) => {
      const [toDelta = 0, , , fromDelta = 0] = decodeVlq(segment);
      to += toDelta;
      from += fromDelta;
      return { to, from };
    });
  });
}

/** sucrase drops `namespace N { … }` without a word, and the task would fail when it runs. */
function refuseNamespaces(filename: string, source: string, code: string): void {
  const output = code.split("\n");
  for (const match of source.matchAll(/^[ \t]*(?:export[ \t]+)?((?:namespace|module)[ \t]+[\w$.]+)[ \t]*\{/gm)) {
    const place = placeAt(filename, source, match.index + match[0].indexOf(match[1]!));
    if (output[place.line - 1]?.includes(match[1]!)) continue;
    throw refusal(place, `${match[1]} cannot be turned into JavaScript`, "Use a module of its own, or an object.");
  }
}

/**
 * Takes the types out of TypeScript, and with them the imports that nothing uses unless they are to be kept.
 * Throws PUBLISH_REFUSED when the file cannot be read as TypeScript.
 */
export async function stripTypes(
  filename: string,
  source: string,
  { keepUnusedImports = false } = {},
): Promise<Stripped> {
  const { transform } = await import("sucrase");
  const strip = (text: string, options: Pick<Options, "sourceMapOptions"> = {}) =>
    transform(text, {
      transforms: ["typescript"],
      disableESTransforms: true,
      keepUnusedImports,
      filePath: "task.ts",
      ...options,
    });
  let stripped: ReturnType<typeof strip>;
  try {
    stripped = strip(source);
  } catch (error) {
    const { offset, problem } = await deepestFault(source, strip, await syntaxFault(source, error));
    throw refusal(placeAt(filename, source, offset), problem, "Correct the syntax and publish again.");
  }
  if (stripped.code.split("\n").length !== source.split("\n").length) {
    // sucrase takes text in quotes over several lines, and may have dropped it with an unused import.
    const { offset, problem } = await syntaxFault(source, new Error("lines were lost"));
    throw refusal(placeAt(filename, source, offset), problem, "Correct the syntax and publish again.");
  }
  refuseNamespaces(filename, source, stripped.code);
  const spaced = await keepColumns(stripped.code, source);
  // Only a refusal asks for places, so only that pays for the map.
  const steps = () => {
    const { sourceMap } = strip(source, { sourceMapOptions: { compiledFilename: "task.js" } });
    return decodeMappings(sourceMap?.mappings ?? "");
  };
  return {
    code: spaced?.code ?? stripped.code,
    read: spaced?.read,
    columnOf(line, column) {
      if (spaced?.isKept[line]) return column;
      const step = steps()[line]?.findLast(({ to }) => to <= column);
      return step === undefined ? column : step.from + column - step.to;
    },
  };
}

/** Where the author wrote what stands at an offset of the stripped code. */
export function placeBefore(stripped: Stripped, file: { filename: string; source: string }, offset: number): Place {
  const { line, column } = placeAt(file.filename, stripped.code, offset);
  const end = (file.source.split("\n")[line - 1] ?? "").length;
  return { ...file, line, column: Math.min(stripped.columnOf(line - 1, column - 1), end) + 1 };
}

/** Turns an ES module into CommonJS on the same lines. `code` is known to be valid. */
export async function toCommonJs(filename: string, code: string): Promise<string> {
  const { transform } = await import("sucrase");
  try {
    return transform(code, { transforms: ["imports"], disableESTransforms: true }).code;
  } catch (error) {
    const fault = await syntaxFault(code, error);
    const problem = `this cannot be turned into CommonJS: ${fault.problem}`;
    throw refusal(placeAt(filename, code, fault.offset), problem, "Write it in a plainer way and publish again.");
  }
}
