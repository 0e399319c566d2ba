import { METHOD_TABLE } from "../../src/services/gapi/method_table.ts";
import { LOCAL_METHODS } from "../../src/services/gapi/methods.ts";

interface Resource {
  readonly methods: string[];
  readonly resources: Map<string, Resource>;
}

/** What `taskcode/tasker.d.ts` must say of the Google methods that are known by name. */
export function gapiTypes(): string {
  const root = resource();
  for (const [path, _verb, _scope, names] of METHOD_TABLE) {
    for (const name of names.split(" ")) add(root, [...path.split("."), name]);
  }
  for (const path of LOCAL_METHODS) add(root, path.split("."));
  return `  interface Gapi ${text(root, "  ")}`;
}

function resource(): Resource {
  return { methods: [], resources: new Map() };
}

function add(root: Resource, path: readonly string[]): void {
  let at = root;
  for (const segment of path.slice(0, -1)) {
    const next = at.resources.get(segment) ?? resource();
    at.resources.set(segment, next);
    at = next;
  }
  at.methods.push(path.at(-1)!);
}

function text({ methods, resources }: Resource, indent: string): string {
  const inner = `${indent}  `;
  const lines = [
    ...methods.sort().map((name) => `${inner}${name}: GoogleMethod;`),
    ...[...resources].sort(([a], [b]) => a < b ? -1 : 1).map(([name, below]) =>
      `${inner}${name}: ${text(below, inner)}`
    ),
  ];
  return `{\n${lines.join("\n")}\n${indent}}${indent === "  " ? "" : ";"}`;
}
