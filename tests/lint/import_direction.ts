/**
 * A plugin of `deno lint` that keeps the rooms of `src/` apart: see `rooms.ts`.
 * In deno.json: `"lint": { "plugins": ["./tests/lint/import_direction.ts"] }`.
 */
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { mayUseDeno, refusedImport, seatOf } from "./rooms.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const HINT = "The rooms and their directions are in tests/lint/rooms.ts and src/README.md.";

type Context = Deno.lint.RuleContext;

function pathOf(context: Context): string {
  return relative(ROOT, context.filename).replaceAll("\\", "/");
}

/** The text of a literal, also of one in a type such as `import("./a.ts").A`. Asks for `type`: all nodes share the same keys. */
function textOf(node: Deno.lint.Node | null | undefined): string | undefined {
  if (node?.type === "TSLiteralType") return textOf(node.literal);
  return node?.type === "Literal" && typeof node.value === "string" ? node.value : undefined;
}

function create(context: Context): Deno.lint.LintVisitor {
  const path = pathOf(context);
  const check = (node: Deno.lint.Node, source: Deno.lint.Node | null | undefined) => {
    const specifier = textOf(source);
    if (specifier === undefined) return;
    const message = refusedImport(path, specifier);
    if (message !== undefined) context.report({ node, message, hint: HINT });
  };
  return {
    ImportDeclaration: (node) => check(node, node.source),
    ExportAllDeclaration: (node) => check(node, node.source),
    ExportNamedDeclaration: (node) => check(node, node.source),
    ImportExpression: (node) => check(node, node.source),
    TSImportType: (node) => check(node, node.argument),
    TSExternalModuleReference: (node) => check(node, node.expression),
    // A worker's entry or a file that is read: new URL("./worker_entry.ts", import.meta.url).
    NewExpression(node) {
      const [address, base] = node.arguments;
      const isUrl = node.callee.type === "Identifier" && node.callee.name === "URL" &&
        base?.type === "MemberExpression";
      if (isUrl && base.object.type === "MetaProperty" && textOf(address)?.endsWith(".ts")) check(node, address);
    },
  };
}

/** Whether an identifier is a use of the global, and not a key or a member of something else. */
function isGlobal(node: Deno.lint.Identifier): boolean {
  const { parent } = node;
  if (parent.type === "MemberExpression" && parent.property === node && !parent.computed) {
    return parent.object.type === "Identifier" && parent.object.name === "globalThis";
  }
  return !(parent.type === "Property" && parent.key === node && !parent.computed && !parent.shorthand);
}

function createPure(context: Context): Deno.lint.LintVisitor {
  if (mayUseDeno(pathOf(context))) return {};
  const report = (node: Deno.lint.Node) => {
    context.report({ node, message: "core and mail are pure: they may not use Deno", hint: "Pass in what is needed." });
  };
  return {
    Identifier(node) {
      if (node.name === "Deno" && isGlobal(node)) report(node);
    },
    MemberExpression(node) {
      if (node.computed && textOf(node.property) === "Deno") report(node);
    },
  };
}

/** What a service sends goes through `send`, which the ledger knows of. */
function createEntered(context: Context): Deno.lint.LintVisitor {
  const path = pathOf(context);
  const seat = seatOf(path);
  if (seat?.room !== "services" || seat.isTest || path === "src/services/outgoing.ts") return {};
  return {
    Identifier(node) {
      if (node.name !== "fetch" || !isGlobal(node)) return;
      const { parent } = node;
      const isUse = (parent.type === "CallExpression" && parent.callee === node) ||
        (parent.type === "LogicalExpression" && parent.right === node) || parent.type === "MemberExpression" ||
        (parent.type === "VariableDeclarator" && parent.init === node);
      if (isUse) {
        context.report({
          node,
          message: "services may not use fetch",
          hint: "Send it with `send` of services/outgoing.ts.",
        });
      }
    },
  };
}

const plugin: Deno.lint.Plugin = {
  name: "tasker",
  rules: {
    "import-direction": { create },
    "pure-rooms": { create: createPure },
    "entered-requests": { create: createEntered },
  },
};
export default plugin;
