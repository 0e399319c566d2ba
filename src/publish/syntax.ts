import type { AnyNode, Expression, Node, Pattern, Program } from "acorn";

const FUNCTIONS = ["FunctionDeclaration", "FunctionExpression", "ArrowFunctionExpression"];

function isNode(value: unknown): value is AnyNode {
  return typeof value === "object" && value !== null && typeof (value as Node).type === "string";
}

/** The nodes directly under a node, in the order of the source. */
function childrenOf(node: AnyNode): AnyNode[] {
  const children: AnyNode[] = [];
  for (const key in node) {
    const value: unknown = node[key as keyof AnyNode];
    if (isNode(value)) children.push(value);
    else if (Array.isArray(value)) { for (const item of value) if (isNode(item)) children.push(item); }
  }
  return children;
}

/** Visits every node under `node`, itself first; `visit` may return false to leave a node's inside out. */
export function walk(node: AnyNode, visit: (node: AnyNode) => void | false): void {
  const pending = [node];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (visit(next) !== false) pending.push(...childrenOf(next).reverse());
  }
}

export function isFunction(node: AnyNode): boolean {
  return FUNCTIONS.includes(node.type);
}

export function isModuleDeclaration(node: AnyNode): boolean {
  return node.type === "ImportDeclaration" || node.type.startsWith("Export");
}

/** The first such node outside any function. */
function findTopLevel(program: Program, isSuch: (node: AnyNode) => boolean): AnyNode | undefined {
  let found: AnyNode | undefined;
  walk(program, (node) => {
    if (found !== undefined || isFunction(node)) return false;
    if (isSuch(node)) found = node;
  });
  return found;
}

/** The first `await` (or `for await`) outside any function. */
export function findTopLevelAwait(program: Program): AnyNode | undefined {
  return findTopLevel(
    program,
    (node) => node.type === "AwaitExpression" || (node.type === "ForOfStatement" && node.await),
  );
}

/** The first `return` outside any function. */
export function findTopLevelReturn(program: Program): AnyNode | undefined {
  return findTopLevel(program, (node) => node.type === "ReturnStatement");
}

/** `a.b.c` or `a["b"].c` as a dotted name, or undefined for anything else. */
export function dottedName(node: AnyNode): string | undefined {
  if (node.type === "Identifier") return node.name;
  if (node.type !== "MemberExpression") return undefined;
  const object = dottedName(node.object);
  const { property } = node;
  const name = !node.computed && property.type === "Identifier"
    ? property.name
    : property.type === "Literal" && typeof property.value === "string"
    ? property.value
    : undefined;
  return object === undefined || name === undefined ? undefined : `${object}.${name}`;
}

/** The name of an object literal's property, or undefined when it is computed. */
export function propertyName(property: { computed: boolean; key: AnyNode }): string | undefined {
  if (property.computed) return undefined;
  if (property.key.type === "Identifier") return property.key.name;
  return property.key.type === "Literal" ? String(property.key.value) : undefined;
}

/** Whether a pattern (a parameter, the left side of a declaration) binds a name. */
export function binds(pattern: Pattern | Expression, name: string): boolean {
  switch (pattern.type) {
    case "Identifier":
      return pattern.name === name;
    case "ObjectPattern":
      return pattern.properties.some((property) =>
        binds(property.type === "Property" ? property.value : property, name)
      );
    case "ArrayPattern":
      return pattern.elements.some((element) => element !== null && binds(element, name));
    case "RestElement":
      return binds(pattern.argument, name);
    case "AssignmentPattern":
      return binds(pattern.left, name);
    default:
      return false;
  }
}

/** Whether one of these statements declares a name for all of them. */
export function declares(statements: readonly AnyNode[], name: string): boolean {
  return statements.some((statement) => {
    const inner = statement.type === "ExportNamedDeclaration" ? statement.declaration : statement;
    if (inner?.type === "VariableDeclaration") return inner.declarations.some(({ id }) => binds(id, name));
    if (inner?.type === "FunctionDeclaration" || inner?.type === "ClassDeclaration") return inner.id?.name === name;
    return inner?.type === "ImportDeclaration" && inner.specifiers.some(({ local }) => local.name === name);
  });
}
