import type { AnyNode } from "acorn";
import type { Json } from "../core/json.ts";
import { propertyName } from "./syntax.ts";

/** A path into a value: keys and indices. */
export type Path = readonly (string | number)[];

/** A value that was read from source without running it, and where its parts stand. */
export interface Literal {
  readonly value: Json;
  /** Offset of the value at a path, or of the nearest part around it. */
  valueAt(path: Path): number;
  /** Offset of the key that a path ends with. */
  keyAt(path: Path): number;
}

/** What is not a literal: thrown with the node's offset, for the caller to name the file. */
export class NotLiteral extends Error {
  constructor(readonly offset: number, message: string) {
    super(message);
  }
}

/** Text with its quotes, e.g. joined over several lines with `+`. */
function joined(node: AnyNode): string | undefined {
  if (node.type === "Literal" && typeof node.value === "string") return node.value;
  if (node.type === "TemplateLiteral" && node.expressions.length === 0) {
    return node.quasis[0]?.value.cooked ?? undefined;
  }
  if (node.type !== "BinaryExpression" || node.operator !== "+") return undefined;
  const left = joined(node.left);
  const right = joined(node.right);
  return left === undefined || right === undefined ? undefined : left + right;
}

/**
 * The value of an expression made of literals only: objects, arrays, text (also joined with `+`), numbers, booleans, null.
 * Nothing of the source is run. Throws NotLiteral for anything else.
 */
export function evaluateLiteral(root: AnyNode): Literal {
  const values = new Map<string, number>();
  const keys = new Map<string, number>();
  const evaluate = (node: AnyNode, path: Path): Json => {
    values.set(JSON.stringify(path), node.start);
    const text = joined(node);
    if (text !== undefined) return text;
    if (
      node.type === "Literal" &&
      (node.value === null ? node.raw === "null" : ["boolean", "number"].includes(typeof node.value))
    ) {
      return finite(node, node.value as null | boolean | number);
    }
    if (node.type === "UnaryExpression" && node.operator === "-" && node.argument.type === "Literal") {
      const { value } = node.argument;
      if (typeof value === "number") return finite(node, -value);
    }
    if (node.type === "ArrayExpression") {
      return node.elements.map((element, index) => {
        if (element === null) throw new NotLiteral(node.start, "an array with a hole");
        return evaluate(element, [...path, index]);
      });
    }
    if (node.type === "ObjectExpression") {
      const object: Record<string, Json> = {};
      for (const property of node.properties) {
        const name = property.type === "Property" && property.kind === "init" ? propertyName(property) : undefined;
        if (property.type !== "Property" || name === undefined || property.method || property.shorthand) {
          throw new NotLiteral(property.start, "a computed property");
        }
        if (name === "__proto__") throw new NotLiteral(property.start, 'a property named "__proto__"');
        if (Object.hasOwn(object, name)) throw new NotLiteral(property.start, `a second "${name}"`);
        keys.set(JSON.stringify([...path, name]), property.key.start);
        object[name] = evaluate(property.value, [...path, name]);
      }
      return object;
    }
    throw new NotLiteral(node.start, "a computed value");
  };
  const nearest = (offsets: Map<string, number>, path: Path): number => {
    for (let length = path.length; length >= 0; length--) {
      const key = JSON.stringify(path.slice(0, length));
      const offset = length === path.length ? offsets.get(key) : values.get(key);
      if (offset !== undefined) return offset;
    }
    return root.start;
  };
  const value = evaluate(root, []);
  return { value, valueAt: (path) => nearest(values, path), keyAt: (path) => nearest(keys, path) };
}

function finite<Value>(node: AnyNode, value: Value): Value {
  if (typeof value === "number" && !Number.isFinite(value)) {
    throw new NotLiteral(node.start, "a number that JSON cannot hold");
  }
  return value;
}
