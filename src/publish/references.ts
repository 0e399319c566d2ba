import type { AnyNode } from "acorn";
import type { ParsedModule } from "./parse.ts";
import { refusal } from "./refusal.ts";
import { refusedSpecifier } from "./specifiers.ts";
import { binds, declares, findTopLevelAwait, isFunction, walk } from "./syntax.ts";

/** A relative file that a module imports or requires. */
export interface Reference {
  readonly specifier: string;
  /** Where it is written: an offset in the module's code. */
  readonly offset: number;
}

/** Whether `require` means something else inside this node: a parameter or a declaration of that name. */
function redefinesRequire(node: AnyNode): boolean {
  if (isFunction(node) && "params" in node) return node.params.some((param) => binds(param, "require"));
  if (node.type === "Program" || node.type === "BlockStatement") return declares(node.body, "require");
  return false;
}

/** The nodes that load another module, each with the specifier's node; scopes with a `require` of their own are left out. */
export function loads(program: AnyNode): { node: AnyNode; from: AnyNode | undefined }[] {
  const found: { node: AnyNode; from: AnyNode | undefined }[] = [];
  const collect = (root: AnyNode, ownRequire: boolean) => {
    walk(root, (node) => {
      if (node !== root && !ownRequire && redefinesRequire(node)) {
        collect(node, true);
        return false;
      }
      if (node.type === "ImportDeclaration" || node.type === "ExportAllDeclaration") {
        found.push({ node, from: node.source });
      } else if (node.type === "ExportNamedDeclaration" && node.source) {
        found.push({ node, from: node.source });
      } else if (
        !ownRequire && node.type === "CallExpression" && node.callee.type === "Identifier" &&
        node.callee.name === "require"
      ) {
        found.push({ node, from: node.arguments[0] });
      }
    });
  };
  collect(program, redefinesRequire(program));
  return found;
}

/**
 * The relative files a module needs, in order of the source.
 * Refuses what a task cannot have: other specifiers, `import()`, `import.meta` and `await` outside a function.
 */
export function referencesOf(module: ParsedModule): Reference[] {
  const refuse = (node: AnyNode, problem: string, hint: string) => refusal(module.place(node.start), problem, hint);
  walk(module.program, (node) => {
    if (node.type === "ImportExpression") {
      throw refuse(
        node,
        "import() is not possible in a task",
        'Import the file at the top: import { x } from "./file.ts".',
      );
    }
    if (node.type === "MetaProperty" && node.meta.name === "import") {
      throw refuse(node, "import.meta is not possible in a task", "A task has no file of its own when it runs.");
    }
  });
  const awaited = findTopLevelAwait(module.program);
  if (awaited !== undefined) {
    throw refuse(awaited, "await outside a function is not possible in a task", "Move it into the task function.");
  }
  return loads(module.program).map(({ node, from }) => {
    if (from?.type !== "Literal" || typeof from.value !== "string") {
      throw refuse(node, "require() needs one path in quotes", 'Write the path out: require("./file.js").');
    }
    const refused = refusedSpecifier(from.value);
    if (refused !== undefined) throw refuse(from, refused.problem, refused.hint);
    return { specifier: from.value, offset: from.start };
  });
}
