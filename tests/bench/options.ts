import { parseArgs } from "node:util";
import type { Section } from "./figure.ts";
import { sections } from "./sections/sections.ts";

export interface Options {
  readonly chosen: readonly Section[];
  readonly json: boolean;
  readonly quick: boolean;
}

/** What the arguments ask for, or what to tell the person who gave them. */
export function readOptions(args: string[]): Options | { readonly help: string } | { readonly fault: string } {
  const options = {
    help: { type: "boolean", short: "h" },
    json: { type: "boolean" },
    only: { type: "string" },
    quick: { type: "boolean" },
  } as const;
  try {
    const { values } = parseArgs({ args, options });
    if (values.help) return { help: help() };
    const names = values.only?.split(",") ?? sections.map(({ name }) => name);
    const chosen = names.map((name) => {
      const section = sections.find((one) => one.name === name);
      if (section === undefined) throw new TypeError(`there is no part "${name}" of the bench`);
      return section;
    });
    return { chosen, json: values.json ?? false, quick: values.quick ?? false };
  } catch (error) {
    return { fault: `${(error as Error).message}; deno task bench --help lists what there is` };
  }
}

function wrapped(text: string, indent: string): string {
  const lines = [indent.trimEnd()];
  for (const word of text.split(/\s+/)) {
    if (`${lines.at(-1)} ${word}`.length > 100) lines.push(indent.trimEnd());
    const line = lines.at(-1)!;
    lines[lines.length - 1] = line.trim() === "" ? `${indent}${word}` : `${line} ${word}`;
  }
  return lines.join("\n");
}

function help(): string {
  const parts = sections.map(({ name, about }) => `  ${name}\n${wrapped(about, "      ")}`);
  return `deno task bench [--only NAME,…] [--quick] [--json]

Measures tasker beside what the machine allows. Contenders are processes that take turns within each
round: tasker's engine with its real server, an engineless loop (the limit), and OpenWorkflow on its
SQLite backend; all with WAL and synchronous=FULL, all with calls that are answered at once. Every
value is a median of rounds, every ratio the median of what the rounds say. Databases are made in the
temporary folder: TMPDIR says on which disk. Memory is VmHWM of a process, or VmRSS where it says so;
processor time is of all threads of a process, for one call (or run).

  --only NAME,…   only these parts
  --quick         fewer rounds, smaller sizes
  --json          one JSON document instead of lines: {deno, cores, load, quick, seconds, figures: [
                  {section, name, value, unit, limit?, openWorkflow?, bars?: [{what, is, atLeast?,
                  atMost?, isMet}], note?}]}

${parts.join("\n")}`;
}
