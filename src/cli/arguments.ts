import { TaskerError } from "../core/errors.ts";

/** `max-users-per-domain` → `maxUsersPerDomain`. */
export function toCamelCase(name: string): string {
  return name.replace(/-+(.)/g, (_all, character: string) => character.toUpperCase());
}

/** `maxUsersPerDomain` → `max-users-per-domain`. */
export function toKebabCase(name: string): string {
  return name.replace(/[A-Z]/g, (character) => `-${character.toLowerCase()}`);
}

/**
 * Arguments as the parser compares them best: every `--flag-name` in camel case, `--n` as `-n`, `--flag=` with its empty value apart.
 * What follows `--` is left alone.
 */
export function normalizeArguments(args: readonly string[]): string[] {
  const end = args.indexOf("--");
  const flags = end < 0 ? args : args.slice(0, end);
  const normal = flags.flatMap((arg) => {
    const match = /^--([A-Za-z][\w-]*)(=[\s\S]*)?$/.exec(arg);
    if (match === null) return [arg];
    // The parser takes one letter after one dash only.
    const name = match[1]!.length === 1 ? `-${match[1]}` : `--${toCamelCase(match[1]!)}`;
    if (match[2] === undefined) return [name];
    // The parser's own `--flag=value` knows neither empty values nor lines.
    return match[2].length > 1 && !match[2].includes("\n") ? [name + match[2]] : [name, match[2].slice(1)];
  });
  return [...normal, ...(end < 0 ? [] : args.slice(end))];
}

/** Takes `--db` from before the command, where it may stand too. */
export function takeLeadingDatabase(args: readonly string[]): { database: string | undefined; rest: string[] } {
  const rest = [...args];
  let database: string | undefined;
  for (;;) {
    const [first] = rest;
    if (first?.startsWith("--db=")) database = rest.shift()!.slice("--db=".length);
    else if (first === "--db") {
      if (rest.length < 2) throw new TaskerError("USAGE", "--db needs the path of a file", { hint: "write --db PATH" });
      rest.shift();
      database = rest.shift()!;
    } else return { database, rest };
  }
}

/**
 * The task's name among the arguments of `tasker run`, which may come after flags. `valueFlags` are the flags (camel case)
 * that take a value; one that is not known is taken to stand after the name.
 */
export function findTaskName(
  args: readonly string[],
  flags: { readonly values: readonly string[]; readonly switches: readonly string[] },
): { name: string; rest: string[] } | undefined {
  for (let index = 0; index < args.length; index++) {
    const arg = args[index]!;
    if (!arg.startsWith("-")) return { name: arg, rest: [...args.slice(0, index), ...args.slice(index + 1)] };
    const name = arg.replace(/^--?/, "");
    if (flags.values.includes(name)) index++;
    else if (!arg.includes("=") && !flags.switches.includes(name)) return undefined;
  }
  return undefined;
}

/** The value of `--db` among arguments. */
export function databaseAmong(args: readonly string[]): string | undefined {
  const index = args.findIndex((arg) => arg === "--db" || arg.startsWith("--db="));
  if (index < 0) return undefined;
  return args[index] === "--db" ? args[index + 1] : args[index]!.slice("--db=".length);
}
