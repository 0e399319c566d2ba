/** One module of a bundle: CommonJS, and the index of the module behind each path it requires. */
export interface BundledModule {
  /** Relative to the folder of the entry file. */
  readonly file: string;
  readonly code: string;
  readonly links: Readonly<Record<string, number>>;
}

const LOADER = "(function (modules, links) { var cache = []; " +
  "function load(index) { if (cache[index]) return cache[index].exports; " +
  "var module = cache[index] = { exports: {} }; " +
  "function require(path) { if (Object.hasOwn(links[index], path)) return load(links[index][path]); " +
  'throw new Error("Cannot find module " + JSON.stringify(path)); } ' +
  "modules[index].call(module.exports, module.exports, require, module); return module.exports; } " +
  "return load(0); })";
const OPENING = "function (exports, require, module) {";
/** What stands before the entry, on its first line. */
const HEAD = `module.exports = ${LOADER}([${OPENING}`;
const INDEX = "//tasker-modules ";

/** How many lines a text begins, counted as V8 does. */
function linesBegun(text: string): number {
  return text.split(/\r\n|[\n\r\u2028\u2029]/).length - 1;
}

function asciiJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/**
 * Puts modules into one CommonJS source. Each stays a function of its own, so names, strictness, load order and cycles are those of CommonJS.
 * The entry (the first) keeps its line numbers; the others follow it, and a last line says which line each begins at.
 * An entry that needs no other module is given back as it is.
 */
export function bundle(modules: readonly BundledModule[]): string {
  if (modules.length === 1) return modules[0]!.code;
  let source = HEAD;
  let line = 1;
  const index: { file: string; line: number }[] = [];
  modules.forEach(({ file, code }, position) => {
    if (position > 0) {
      source += `, ${OPENING}\n`;
      line++;
    }
    index.push({ file, line });
    const body = `${code}\n}`;
    source += body;
    line += linesBegun(body);
  });
  const links = modules.map((module) => module.links);
  return `${source}], ${asciiJson(links)});\n${INDEX}${asciiJson(index)}`;
}

/** An author may write code that looks like a bundle; what is no index of modules then is none. */
function readIndex(text: string): { file: string; line: number }[] {
  try {
    const index: unknown = JSON.parse(text);
    return Array.isArray(index) && index.every((part) => typeof part?.file === "string" && Number.isInteger(part.line))
      ? index
      : [];
  } catch (error) {
    if (error instanceof SyntaxError) return [];
    throw error;
  }
}

/**
 * The author's file and line behind a line of a published source: for stack traces of tasks with more than one file.
 * `file` is relative to the folder of the entry; undefined when the line belongs to the entry, whose lines are exact.
 */
export function originOf(source: string, line: number): { file: string; line: number } | undefined {
  const at = source.lastIndexOf(`\n${INDEX}`);
  if (at === -1 || !source.startsWith("module.exports = (function (modules, links)")) return undefined;
  const index = readIndex(source.slice(at + 1 + INDEX.length));
  const part = index.findLast((candidate) => candidate.line <= line);
  if (part === undefined || part === index[0]) return undefined;
  return { file: part.file, line: line - part.line + 1 };
}

/** A stack trace in which `filename:line:column` of bundled modules is the author's own file, line and column. */
export function restoreStack(stack: string, task: { source: string; filename: string }): string {
  const folder = task.filename.slice(0, task.filename.lastIndexOf("/") + 1);
  return stack.replaceAll(/:(\d+):(\d+)/g, (text, line: string, column: string, offset: number) => {
    if (!stack.slice(0, offset).endsWith(task.filename)) return text;
    const origin = originOf(task.source, Number(line));
    if (origin !== undefined) return `\u0000${origin.file}:${origin.line}:${column}`;
    return line === "1" && task.source.startsWith(HEAD) ? `:1:${Number(column) - HEAD.length}` : text;
  }).replaceAll(`${task.filename}\u0000`, folder);
}
