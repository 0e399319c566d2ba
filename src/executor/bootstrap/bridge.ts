import type { Bridge, RealmBox, RealmKit } from "./kit.ts";

/** What other parts lend the bridge. */
interface BridgeParts {
  inspect(value: unknown): string;
  describeError(value: unknown, inspect: (value: unknown) => string): string;
  readCallOptions(given: unknown): unknown;
}

interface OpenCall {
  resolve(value: unknown): void;
  reject(error: unknown): void;
  /** Made where the call was issued, so that a failure's stack points there. Of a call that cannot fail there is none. */
  readonly site: Error | undefined;
  /** Of a sleep that task code does not know as a call: what ends it when its run is cancelled. */
  asleep?: () => void;
}

/**
 * The bridge between task code and the host. Everything leaves as JSON text in the box, everything comes in as plain
 * values in it. What it needs is captured now: a task that patches built-in methods harms only itself.
 */
export function createBridge(parts: BridgeParts): Bridge {
  const { stringify, parse } = JSON;
  const { isArray } = Array;
  const { isView } = ArrayBuffer;
  const { defineProperty } = Object;
  const { apply } = Reflect;
  const { add: remember, has: knows } = WeakSet.prototype;
  const { get: lookUp, set: note } = WeakMap.prototype;
  const ThePromise = Promise;
  const TheError = Error;
  const TheTypeError = TypeError;
  const asText = String;
  const longestLine = 32_768;
  // SQLite reads no JSON that is nested deeper.
  const deepest = 1_000;
  const deepestCause = 16;
  const largest = 16 * 1024 * 1024;
  const tooLarge = "keep large data as it comes, with tools.records, and hand on what leads to it";

  const open: Record<number, OpenCall> = Object.create(null);
  // Of services and methods that have been called: their JSON text is the name in quotes.
  const names: Record<string, true> = Object.create(null);
  let handedOut = false;
  let now = 0;
  let startedAt = 0;
  let issued = 0;
  let lines = 0;
  let failed = false;
  // What cancelled calls were told: nobody need handle it. And whether task code has yet to be told at a call of its own.
  const cancellations = new WeakSet<object>();
  let owed: Record<string, unknown> | undefined;
  let told = false;
  // The errors of failed calls with the seqs of these, and the failed call that is the last delivery; 0: none.
  const failures = new WeakMap<object, number>();
  let failing = 0;
  // Calls of a replay that may fail, of those up to `box.completed`.
  const mayFail: Record<number, true> = Object.create(null);

  const box: RealmBox = Object.assign(Object.create(null), {
    op: 0,
    at: 0,
    seq: 0,
    ok: true,
    cancels: false,
    json: "",
    seed: "",
    sites: false,
    completed: 0,
    except: "[]",
    referrer: "",
    filename: "",
    module: undefined,
    reason: undefined,
    calls: "",
    logs: "",
    outcome: "",
    promisePrototype: ThePromise.prototype,
  });

  function hinted(error: Error, hint?: string): Error {
    if (hint !== undefined) defineProperty(error, "hint", { value: hint, writable: true, configurable: true });
    return error;
  }

  /** JSON text of a value; a TypeError when part of it would be lost silently, or when it is more than can be kept. */
  function toJson(value: unknown, what: string): string {
    // No part of these is lost, and a replacer costs more than all else that is done for a small value.
    const isPlain = value === null || typeof value === "number" || typeof value === "boolean";
    if (isPlain || (typeof value === "string" && value.length < largest / 6)) return stringify(value);
    const over = "it is over 16 MiB";
    let refused = "";
    let size = 0;
    let depth = 0;
    // The objects around the part that is being written, outermost first.
    const around: unknown[] = [];
    const refuse = (why: string, hint?: string): never => {
      refused = `${what} cannot be recorded: ${why}`;
      throw hinted(new TheTypeError(refused), hint);
    };
    try {
      const text = stringify(value, function (this: unknown, key: string, part: unknown) {
        const type = typeof part;
        if (type === "function" || type === "symbol" || type === "bigint") {
          refuse(`${key === "" ? "it" : `its ${stringify(key)}`} is a ${type}`);
        }
        size += key.length + (type === "string" ? (part as string).length : 1);
        if (type === "object" && part !== null) {
          // `{"0":1,"1":…}`: its keys alone would fill the memory before the first of them comes here.
          if (isView(part)) size += 6 * ((part as Uint8Array).length ?? 0);
          while (depth > 0 && around[depth - 1] !== this) depth--;
          around[depth++] = part;
          if (depth > deepest) refuse("it is nested too deep: 1,000 arrays or objects inside each other are the most");
        }
        if (size > largest) refuse(over, tooLarge);
        return part;
      });
      if (text === undefined) return "null";
      if (text.length > largest) refuse(over, tooLarge);
      return text;
    } catch (error) {
      if (refused !== "" || !(error instanceof TheError)) throw error;
      const message = asText(error.message);
      if (message.slice(0, 19) === "Converting circular") refuse("it contains itself");
      if (message === "Invalid string length") refuse(over, tooLarge);
      throw error;
    }
  }

  /** The file gives back text up to its first NUL and no half of a surrogate pair: such a name would be another one there. */
  function checkName(name: string): void {
    if (names[name]) return;
    const quoted = stringify(name);
    if (quoted === `"${name}"` && name.length <= 500) return void (names[name] = true);
    const shown = quoted.length > 80 ? `${quoted.slice(0, 80)}…` : quoted;
    throw new TheTypeError(`${shown} cannot be the name of a service or method`);
  }

  /** A call whose outcome goes to `then`. Throws when an argument cannot be recorded. */
  function issue(
    service: string,
    method: string,
    args: readonly unknown[],
    options: string | undefined,
    then: Omit<OpenCall, "site">,
  ): void {
    checkName(service);
    checkName(method);
    let text = "";
    for (let i = 0; i < args.length; i++) {
      text += (i === 0 ? "" : ",") + toJson(args[i], `argument ${i + 1} of ${service}.${method}`);
      if (text.length <= largest) continue;
      const message = `the arguments of ${service}.${method} cannot be recorded: they are over 16 MiB`;
      throw hinted(new TheTypeError(message), tooLarge);
    }
    // To make an error takes longer than all else here.
    const site = issued >= box.completed || mayFail[issued + 1] ? new TheError() : undefined;
    const issue = `${box.calls === "" ? "" : ","}{"seq":${issued + 1},"service":"${service}","method":"${method}"` +
      `,"args":${stringify(`[${text}]`)}` +
      (options === undefined ? "" : `,"options":${stringify(options)}`) +
      (box.sites ? `,"site":${stringify(new TheError().stack)}}` : "}");
    // All that may throw comes before the call has its place: seqs have no gaps.
    box.calls += issue;
    const { resolve, reject, asleep } = then;
    open[++issued] = asleep === undefined ? { resolve, reject, site } : { resolve, reject, site, asleep };
  }

  function call(service: string, method: string, args: readonly unknown[], options?: string): Promise<unknown> {
    return new ThePromise((resolve, reject) => {
      if (owed !== undefined) throw cancelled(new TheError(), owed);
      issue(service, method, args, options, { resolve, reject });
    });
  }

  function sleep(ms: number): Promise<boolean> {
    return new ThePromise((resolve, reject) => {
      const asleep = () => resolve(false);
      issue("timer", "sleep", [ms], undefined, { resolve: () => resolve(true), reject, asleep });
    });
  }

  /** The error of a failed call, as task code catches it. */
  function rebuild(site: Error, serialized: Record<string, unknown>): Error {
    for (const key of ["name", "code", "message", "hint", "details"]) {
      if (serialized[key] === undefined) continue;
      const shown = key !== "name" && key !== "message";
      defineProperty(site, key, { value: serialized[key], writable: true, configurable: true, enumerable: shown });
    }
    return site;
  }

  function cancelled(site: Error, serialized: Record<string, unknown>): Error {
    owed = undefined;
    told = true;
    const error = rebuild(site, serialized);
    apply(remember, cancellations, [error]);
    return error;
  }

  /** The failed call whose error this is, or what caused it; of an error of the code's own, the failed call that it is an answer to. */
  function failedCall(error: unknown): number {
    try {
      let at = error;
      for (let depth = 0; depth < deepestCause && typeof at === "object" && at !== null; depth++) {
        const seq = apply(lookUp, failures, [at]);
        if (seq !== undefined) return seq;
        at = (at as Error).cause;
      }
    } catch {
      // An error that resists being read is the code's own.
    }
    return failing;
  }

  function fail(error: unknown): void {
    if (failed) return;
    failed = true;
    let described = '{"name":"Error","code":"TASK_FAILED","message":"[an error that cannot be shown]"}';
    try {
      described = parts.describeError(error, parts.inspect);
    } catch {
      // What resists even that is told as it stands above.
    }
    const call = failedCall(error);
    if (call !== 0) described = `${described.slice(0, -1)},"call":${call}}`;
    box.outcome = '{"type":"failed","error":' + described + "}";
  }

  /** What the file has for a run; a TypeError that says so when it is damaged. */
  function read(json: string, what: string): unknown {
    try {
      return parse(json);
    } catch {
      throw hinted(new TheTypeError(`${what} cannot be read: the database is damaged`), "restore it from a backup");
    }
  }

  async function begin(): Promise<void> {
    try {
      const module: { exports: unknown } = { exports: {} };
      const require = (name: unknown) => {
        throw new TheError(`require(${stringify(asText(name))}) is refused: a task has no modules but its own file`);
      };
      apply(box.module as () => unknown, module.exports, [module.exports, require, module]);
      box.module = undefined;
      const exported = module.exports as { default?: unknown } | undefined | null;
      const task = typeof exported === "function" ? exported : exported?.default;
      if (typeof task !== "function") {
        throw new TheTypeError("the module exports no task: module.exports (or its default) must be a function");
      }
      const result = await task(read(box.json, "the run's input"));
      const json = toJson(result, "the task's result");
      if (box.outcome === "") box.outcome = '{"type":"completed","json":' + stringify(json) + "}";
    } catch (error) {
      fail(error);
    }
  }

  function settle(): void {
    const call = open[box.seq];
    if (call === undefined) return fail(new TheError(`call ${box.seq} is not open and cannot be settled`));
    delete open[box.seq];
    failing = box.ok ? 0 : box.seq;
    const site = failing === 0 ? undefined : call.site ?? new TheError();
    if (site !== undefined) apply(note, failures, [site, failing]);
    try {
      const value = read(box.json, `what is recorded for call ${box.seq}`);
      if (box.ok) call.resolve(value);
      else if (box.cancels && call.asleep !== undefined) {
        if (!told) owed = value as Record<string, unknown>;
        call.asleep();
      } else if (box.cancels) call.reject(cancelled(site!, value as Record<string, unknown>));
      else call.reject(rebuild(site!, value as Record<string, unknown>));
    } catch (error) {
      fail(error);
    }
  }

  function tick(): RealmBox | undefined {
    if (!handedOut) {
      handedOut = true;
      return box;
    }
    const op = box.op;
    box.op = 0;
    if (op === 0) return undefined;
    now = box.at;
    if (op === 1) {
      startedAt = now;
      for (const seq of parse(box.except) as number[]) mayFail[seq] = true;
      begin();
    } else if (op === 2) {
      settle();
    } else {
      const reason = box.reason;
      box.reason = undefined;
      if (typeof reason !== "object" || reason === null || !apply(knows, cancellations, [reason])) fail(reason);
    }
    return undefined;
  }

  const kit: RealmKit = {
    define(name, value) {
      defineProperty(globalThis, name, { value, writable: true, configurable: true, enumerable: false });
    },
    now: () => now,
    startedAt: () => startedAt,
    seed: () => box.seed,
    call,
    readOptions: (given) => stringify(parts.readCallOptions(given)),
    sleep,
    fail,
    log(level, text) {
      const cut = text.length - longestLine;
      const kept = cut > 0 ? `${text.slice(0, longestLine)} … (${cut} more characters)` : text;
      box.logs += (box.logs === "" ? "" : ",") + '{"index":' + lines + ',"at":' + now + ',"level":"' + level +
        '","text":' + stringify(kept) + "}";
      lines++;
    },
    inspect: parts.inspect,
  };

  function __callHostTool__(service: unknown, path: unknown, args: unknown, options?: unknown) {
    const method = isArray(path) ? apply(Array.prototype.join, path, ["."]) : path;
    if (typeof service !== "string" || service === "") {
      return ThePromise.reject(new TheTypeError("__callHostTool__ needs the service's name as its first argument"));
    }
    if (typeof method !== "string" || method === "") {
      return ThePromise.reject(new TheTypeError(`a call of ${service} needs a path: "a.b.c" or ["a", "b", "c"]`));
    }
    if (args !== undefined && args !== null && !isArray(args)) {
      return ThePromise.reject(new TheTypeError(`the arguments of ${service}.${method} must be an array`));
    }
    if (options === undefined || options === null) return call(service, method, args ?? []);
    try {
      return call(service, method, args ?? [], kit.readOptions(options));
    } catch (error) {
      return ThePromise.reject(error);
    }
  }
  kit.define("__callHostTool__", __callHostTool__);
  return { box, kit, tick };
}
