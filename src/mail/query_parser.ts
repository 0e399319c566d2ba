import type { QueryNode, QueryTerm, QueryWarning, TextField } from "./query.ts";
import type { QueryToken } from "./query_lexer.ts";
import { operatorMeaning, unknownOperator } from "./query_operator.ts";
import { hasWord } from "./query_terms.ts";

/** Brackets nested deeper than this are read as if they were not there: a query of 100,000 brackets must not end the process. */
const MAX_DEPTH = 60;

const MAX_WARNINGS = 20;

type Bracket = "(" | "{";
type Join = "and" | "or";

/** One reading of a query and its tokens; `parse` is called once. See `parseQuery`. */
export class QueryParser {
  readonly terms: QueryTerm[] = [];
  readonly warnings: QueryWarning[] = [];
  readonly #q: string;
  readonly #tokens: readonly QueryToken[];
  readonly #open: Bracket[] = [];
  #next = 0;
  /** Whether the sequence that was read last ended with its bracket. */
  #isClosed = false;
  /** Brackets that were too deep and are still open. */
  #ignored = 0;

  constructor(q: string, tokens: readonly QueryToken[]) {
    this.#q = q;
    this.#tokens = tokens;
  }

  parse(): QueryNode {
    return this.#sequence(undefined, "and") ?? { kind: "all" };
  }

  /**
   * Terms up to the bracket that closes the innermost open one, or to the end. `scope` is the operator in front of the group:
   * `from:(a b)` is `from:a from:b`.
   */
  #sequence(scope: string | undefined, join: Join): QueryNode | undefined {
    const nodes: QueryNode[] = [];
    /** The alternatives of an OR that may go on; the last of `nodes` holds them. */
    let alternatives: QueryNode[] | undefined;
    let orPending = false;
    let isClosed = false;
    for (let token = this.#peek(); token !== undefined; token = this.#peek()) {
      if (token.kind === "close") {
        if (token.bracket === this.#open.at(-1)) {
          this.#next++;
          isClosed = true;
          break;
        }
        if (this.#open.includes(token.bracket)) break;
        if (this.#ignored > 0) this.#ignored--;
        else this.#warn(token, "a bracket is closed that was not opened", { unpaired: true });
        this.#next++;
      } else if (token.kind === "or" || token.kind === "and") {
        orPending = token.kind === "or" && nodes.length > 0;
        this.#next++;
      } else {
        const node = this.#term(scope);
        if (node === undefined) continue;
        const last = orPending ? nodes.at(-1) : undefined;
        if (last === undefined) {
          alternatives = undefined;
          nodes.push(node);
        } else if (alternatives !== undefined) {
          for (const other of alternativesOf(node)) alternatives.push(other);
        } else {
          alternatives = [...alternativesOf(last), ...alternativesOf(node)];
          nodes[nodes.length - 1] = { kind: "or", nodes: alternatives };
        }
        orPending = false;
      }
    }
    this.#isClosed = isClosed;
    return nodes.length === 0 ? undefined : combine(join, nodes);
  }

  #term(scope: string | undefined): QueryNode | undefined {
    const node = this.#unary(scope);
    const around = this.#peek();
    if (node?.kind !== "text" || around?.kind !== "around") return node;
    const right = this.#tokens[this.#next + 1];
    if (right?.kind !== "word" && right?.kind !== "phrase") return node;
    if (!hasWord(right.text)) return node;
    this.#warnUnclosed(right);
    this.#next += 2;
    const { distance } = around;
    const near: QueryNode = {
      kind: "near",
      field: node.field,
      left: node.text,
      right: right.text,
      distance,
      ordered: false,
    };
    const term = this.terms.pop()!;
    const value = term.value + this.#q.slice(term.end, right.end);
    this.terms.push({ ...term, node: near, end: right.end, value });
    return near;
  }

  #unary(scope: string | undefined): QueryNode | undefined {
    let negated = false;
    let token = this.#take();
    while (token?.kind === "minus") {
      // A dash with a space after it is punctuation.
      const next = this.#peek();
      if (next === undefined || next.start !== token.end) return undefined;
      if (next.kind === "close" || next.kind === "or" || next.kind === "and") return undefined;
      negated = true;
      token = this.#take();
    }
    if (token === undefined) return undefined;
    const node = this.#primary(token, scope);
    return negated && node !== undefined ? { kind: "not", node } : node;
  }

  #primary(token: QueryToken, scope: string | undefined): QueryNode | undefined {
    switch (token.kind) {
      case "open":
        return this.#group(token, scope);
      case "operator":
        return this.#operator(token);
      case "word":
        return this.#noted(token, scope, this.#word(token, token.text, scope));
      case "phrase":
        this.#warnUnclosed(token);
        return this.#noted(token, scope, this.#phrase(token, token.text, scope));
      case "around":
        return this.#noted(token, scope, this.#word(token, "AROUND", scope));
      default:
        return undefined;
    }
  }

  /** Notes a condition among the terms; it begins at its operator when that stands right before it. */
  #noted(token: QueryToken, operator: string | undefined, node: QueryNode | undefined): QueryNode | undefined {
    if (node === undefined) return undefined;
    let before = this.#tokens[this.#next - 2];
    if (before?.kind === "minus") before = this.#tokens[this.#next - 3];
    const start = before?.kind === "operator" ? before.start : token.start;
    const value = this.#q.slice(token.start, token.end);
    this.terms.push({ node, operator, value, start, end: token.end });
    return node;
  }

  #group(token: QueryToken & { kind: "open" }, scope: string | undefined): QueryNode | undefined {
    if (this.#open.length >= MAX_DEPTH) {
      this.#warn(token, "brackets are nested too deep; this one is ignored");
      this.#ignored++;
      return undefined;
    }
    this.#open.push(token.bracket);
    const node = this.#sequence(scope, token.bracket === "{" ? "or" : "and");
    if (!this.#isClosed) this.#warn(token, "a bracket is not closed", { unpaired: true });
    this.#open.pop();
    return node;
  }

  #operator(token: QueryToken & { kind: "operator" }): QueryNode | undefined {
    const value = this.#peek();
    const ends = value === undefined || value.kind === "close" || value.kind === "or" || value.kind === "and";
    if (ends || value.kind === "operator" || (value.kind === "minus" && value.start !== token.end)) {
      this.#warn(token, `${token.name}: has no value and is ignored`);
      return undefined;
    }
    return this.#unary(token.name);
  }

  #word(token: QueryToken, text: string, scope: string | undefined): QueryNode | undefined {
    if (scope !== undefined) return this.#scoped(token, scope, text);
    const unknown = /^([a-z][a-z_-]*):[^/]/i.exec(text)?.[1];
    if (unknown !== undefined) {
      this.#warn(token, `${unknown}: is not an operator; searched for as words`, { hint: unknownOperator(unknown) });
    }
    return textNode("any", text);
  }

  #phrase(token: QueryToken, text: string, scope: string | undefined): QueryNode | undefined {
    const near = /\sAROUND\s{1,9}(\d{1,4})\s/.exec(text);
    const left = text.slice(0, near?.index ?? 0);
    const right = near === null ? "" : text.slice(near.index + near[0].length);
    const scoped = scope === undefined ? undefined : this.#scoped(token, scope, text);
    if (near === null || !hasWord(left) || !hasWord(right)) {
      return scope === undefined ? textNode("any", text) : scoped;
    }
    if (scope !== undefined && scoped?.kind !== "text") return scoped;
    const field = scoped?.kind === "text" ? scoped.field : "any";
    return { kind: "near", field, left, right, distance: Number(near[1]), ordered: true };
  }

  #scoped(token: QueryToken, scope: string, text: string): QueryNode | undefined {
    const meaning = operatorMeaning(scope, text);
    if ("node" in meaning) return meaning.node;
    const { problem, hint } = meaning;
    this.#warn(token, `${scope}:${text} ${problem}; searched for as words`, hint === undefined ? {} : { hint });
    return textNode("any", `${scope} ${text}`);
  }

  #peek(): QueryToken | undefined {
    return this.#tokens[this.#next];
  }

  #take(): QueryToken | undefined {
    return this.#tokens[this.#next++];
  }

  #warnUnclosed(token: QueryToken): void {
    if (token.kind === "phrase" && !token.closed) this.#warn(token, "a quote is not closed", { unpaired: true });
  }

  #warn({ start, end }: QueryToken, message: string, more: Pick<QueryWarning, "hint" | "unpaired"> = {}): void {
    // The last place is kept for what makes a query unusable.
    const most = more.unpaired ? MAX_WARNINGS : MAX_WARNINGS - 1;
    if (this.warnings.length < most) this.warnings.push({ start, end, message, ...more });
  }
}

/** A text without a word ("!!!") is no condition. */
function textNode(field: TextField, text: string): QueryNode | undefined {
  return hasWord(text) ? { kind: "text", field, text } : undefined;
}

function alternativesOf(node: QueryNode): QueryNode[] {
  return node.kind === "or" ? node.nodes : [node];
}

function combine(join: Join, nodes: QueryNode[]): QueryNode {
  const flat = nodes.flatMap((node) => node.kind === join ? node.nodes : [node]);
  return flat.length === 1 && flat[0] !== undefined ? flat[0] : { kind: join, nodes: flat };
}
