import type { RealmKit } from "./kit.ts";

/**
 * `tools.<service>.<path…>(…args)`: the same calls as `__callHostTool__`. `tools.database.from(table)` and
 * `tools.supabase.from(table)` collect a chain and issue it as one call when it is awaited. `tools.with(options)` are the
 * same tools, whose calls are made as the options say.
 */
export function installTools(kit: RealmKit): void {
  const { freeze } = Object;
  const TheProxy = Proxy;
  const steps = ["select", "insert", "upsert", "update", "delete", "eq", "neq", "gt", "gte", "lt", "lte"];
  steps.push("like", "ilike", "in", "is", "match", "order", "limit", "range", "single", "maybeSingle", "throwOnError");

  function from(table: readonly unknown[], options?: string): unknown {
    let method = "from";
    let args: unknown[][] = [[...table]];
    let issued: Promise<unknown> | undefined;
    const issue = () => issued ??= kit.call("database", method, args, options);
    const chain: Record<string, unknown> = {
      then: (resolve?: (value: unknown) => unknown, reject?: (error: unknown) => unknown) =>
        issue().then(resolve, reject),
      catch: (reject: (error: unknown) => unknown) => issue().catch(reject),
      finally: (last: () => void) => issue().finally(last),
    };
    for (const step of steps) {
      chain[step] = (...given: unknown[]) => {
        method += `.${step}`;
        args = [...args, given];
        issued = undefined;
        return chain;
      };
    }
    return freeze(chain);
  }

  function path(service: string, method: string, options?: string): unknown {
    const isDatabase = service === "database" || service === "supabase" || service === "wrappedsupabase";
    const below: Record<string, unknown> = Object.create(null);
    return new TheProxy(() => {}, {
      get(_target, key) {
        // A proxy that answered `then` with a function would be called by every `await`.
        if (typeof key !== "string" || key === "then" || key === "toJSON") return undefined;
        if (isDatabase && method === "" && key === "from") return (...table: unknown[]) => from(table, options);
        return below[key] ??= path(service, method === "" ? key : `${method}.${key}`, options);
      },
      apply(_target, _this, args: unknown[]) {
        if (method === "") throw new TypeError(`tools.${service} is a service: call one of its methods`);
        return kit.call(service, method, args, options);
      },
      set() {
        throw new TypeError(`tools.${service} cannot be changed`);
      },
    });
  }

  function services(options?: string): object {
    const all: Record<string, unknown> = Object.create(null);
    return new TheProxy(freeze(Object.create(null)), {
      get(_target, key) {
        if (typeof key !== "string" || key === "then" || key === "toJSON") return undefined;
        if (key === "with" && options === undefined) return (given: unknown) => services(kit.readOptions(given));
        return all[key] ??= path(key, "", options);
      },
    });
  }

  kit.define("tools", services());
}
