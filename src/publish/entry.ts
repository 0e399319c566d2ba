import type { AnyNode } from "acorn";
import type { ParsedModule } from "./parse.ts";
import { refusal } from "./refusal.ts";
import { dottedName, propertyName, walk } from "./syntax.ts";

/** What the entry file of a task gives: its function, and the expression of its manifest if it has one. */
export interface Entry {
  readonly manifest: AnyNode | undefined;
}

const EXPECTED = "Write `export default async function (input) {…}`, or `module.exports = async function (input) {…}`.";
const DEFAULT_TARGETS = ["module.exports.default", "exports.default"];
const MANIFEST_TARGETS = ["module.exports.manifest", "exports.manifest"];

/** What cannot be a function, as far as one sees without running it. */
function notAFunction(node: AnyNode): boolean {
  if (node.type === "ObjectExpression") {
    return !node.properties.some((property) =>
      property.type === "SpreadElement" || propertyName(property) === "default"
    );
  }
  return ["Literal", "TemplateLiteral", "ArrayExpression", "ClassDeclaration", "ClassExpression"].includes(node.type);
}

/** What a top-level `const name = …` holds. */
function constant(module: ParsedModule, name: string): AnyNode | undefined {
  for (const statement of module.program.body) {
    const inner = statement.type === "ExportNamedDeclaration" ? statement.declaration : statement;
    if (inner?.type !== "VariableDeclaration" || inner.kind !== "const") continue;
    const declarator = inner.declarations.find(({ id }) => id.type === "Identifier" && id.name === name);
    if (declarator?.init) return declarator.init;
  }
  return undefined;
}

/** Assignments to a dotted name, in order of the source. */
function assignments(module: ParsedModule): { target: string; node: AnyNode; value: AnyNode }[] {
  const found: { target: string; node: AnyNode; value: AnyNode }[] = [];
  walk(module.program, (node) => {
    if (node.type !== "AssignmentExpression" || node.operator !== "=") return;
    const target = dottedName(node.left);
    let value: AnyNode = node.right;
    while (value.type === "AssignmentExpression") value = value.right;
    if (target !== undefined) found.push({ target, node, value });
  });
  return found;
}

/** Every export of an ES module: its name, where it stands, and the expression it gives when that is known. */
function* exportsOf(module: ParsedModule): Generator<{ name: string; node: AnyNode; value: AnyNode | undefined }> {
  for (const node of module.program.body) {
    if (node.type === "ExportDefaultDeclaration") yield { name: "default", node, value: node.declaration };
    if (node.type !== "ExportNamedDeclaration") continue;
    if (node.declaration?.type === "VariableDeclaration") {
      for (const { id, init } of node.declaration.declarations) {
        if (id.type === "Identifier") yield { name: id.name, node: id, value: init ?? undefined };
      }
    } else if (node.declaration) {
      yield { name: node.declaration.id.name, node: node.declaration, value: node.declaration };
    }
    for (const specifier of node.specifiers) {
      const { exported, local } = specifier;
      const name = exported.type === "Identifier" ? exported.name : String(exported.value);
      const value = !node.source && local.type === "Identifier" ? constant(module, local.name) : undefined;
      yield { name, node: specifier, value: value ?? (node.source || name !== "manifest" ? undefined : specifier) };
    }
  }
}

function esmEntry(module: ParsedModule): Entry {
  const exported = [...exportsOf(module)];
  const main = exported.find(({ name }) => name === "default");
  const assigned = assignments(module).find(({ target }) =>
    target === "module.exports" || DEFAULT_TARGETS.includes(target)
  );
  if (main !== undefined && assigned !== undefined) {
    const problem = "a task has either a default export or module.exports, and this file has both";
    throw refusal(module.place(assigned.node.start), problem, EXPECTED);
  }
  if (main === undefined) {
    const problem = assigned === undefined
      ? "a task needs one default export, and this file has none"
      : "a file with `import` or `export` is an ES module, where module.exports has no effect";
    throw refusal(module.place(assigned?.node.start ?? 0), problem, EXPECTED);
  }
  if (main.value !== undefined && notAFunction(main.value)) {
    throw refusal(module.place(main.node.start), "the default export is not a function", EXPECTED);
  }
  const manifest = exported.find(({ name }) => name === "manifest");
  return { manifest: manifest === undefined ? undefined : manifest.value ?? manifest.node };
}

function cjsEntry(module: ParsedModule): Entry {
  const assigned = assignments(module);
  const main = assigned.find(({ target }) => target === "module.exports") ??
    assigned.find(({ target }) => DEFAULT_TARGETS.includes(target));
  if (main === undefined) {
    throw refusal(
      module.place(0),
      "a task needs one default export or module.exports, and this file has none",
      EXPECTED,
    );
  }
  if (notAFunction(main.value)) {
    throw refusal(module.place(main.node.start), `${main.target} is not a function`, EXPECTED);
  }
  const manifests = assigned.filter(({ target }) => MANIFEST_TARGETS.includes(target));
  if (manifests[1] !== undefined) {
    const hint = "Keep one module.exports.manifest.";
    throw refusal(module.place(manifests[1].node.start), "the manifest is given twice", hint);
  }
  const beside = main.value.type === "ObjectExpression"
    ? main.value.properties.find((property) => property.type === "Property" && propertyName(property) === "manifest")
    : undefined;
  const value = manifests[0]?.value ?? (beside?.type === "Property" ? beside.value : undefined);
  const named = value?.type === "Identifier" ? constant(module, value.name) : undefined;
  return { manifest: named ?? value };
}

/** Checks that a task's entry file gives exactly one function, and finds its manifest. */
export function checkEntry(module: ParsedModule): Entry {
  return module.kind === "esm" ? esmEntry(module) : cjsEntry(module);
}

/** The text of the first JSDoc block up to its first tag, on one line. */
export function firstDescription(module: ParsedModule): string {
  const block = module.comments.find(({ type, value }) => type === "Block" && value.startsWith("*"));
  const lines = (block?.value.slice(1) ?? "").split(/\r?\n/).map((line) => line.replace(/^\s*\*? ?/, "").trim());
  const tag = lines.findIndex((line) => line.startsWith("@"));
  const text = (tag === -1 ? lines : lines.slice(0, tag)).join(" ").replace(/\s+/g, " ").trim();
  const described = /^@(?:description|desc|fileoverview)\s+(.*)$/.exec(lines[tag] ?? "");
  return text === "" && described !== null ? described[1]! : text;
}
