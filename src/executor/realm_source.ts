import type { Bridge, RealmBox, RealmKit } from "./bootstrap/kit.ts";
import { installAbort } from "./bootstrap/abort.ts";
import { createBridge } from "./bootstrap/bridge.ts";
import { installConsole } from "./bootstrap/console.ts";
import { describeError } from "./bootstrap/describe_error.ts";
import { installEncoding } from "./bootstrap/encoding.ts";
import { installFetch } from "./bootstrap/fetch.ts";
import { createInspect } from "./bootstrap/inspect.ts";
import { lockRealm } from "./bootstrap/lock.ts";
import { installRandom } from "./bootstrap/random.ts";
import { installStructuredClone } from "./bootstrap/structured_clone.ts";
import { installTime } from "./bootstrap/time.ts";
import { installTimers } from "./bootstrap/timers.ts";
import { installTools } from "./bootstrap/tools.ts";
import { readCallOptions } from "../core/call_options.ts";
import { parseDuration } from "../core/duration.ts";
import { installUrl } from "./bootstrap/url.ts";
import { createUrlParser } from "./bootstrap/url_parser.ts";

const parts = {
  createInspect,
  describeError,
  readCallOptions,
  parseDuration,
  createBridge,
  lockRealm,
  /** What a realm has from its first moment. */
  installers: [installTime, installRandom, installTools],
  /** What is made when task code first touches one of its names: most realms never do, and it costs half a realm. */
  lazy: [
    { names: ["console"], install: installConsole },
    { names: ["setTimeout", "setInterval", "clearTimeout", "clearInterval", "queueMicrotask"], install: installTimers },
    { names: ["DOMException", "Event", "EventTarget", "AbortSignal", "AbortController"], install: installAbort },
    { names: ["TextEncoder", "TextDecoder", "atob", "btoa"], install: installEncoding },
    { names: ["structuredClone"], install: installStructuredClone },
    { names: ["fetch", "Headers", "Response"], install: installFetch },
    { names: ["URL", "URLSearchParams"], install: installUrl, with: createUrlParser },
  ],
};

/** Puts a realm together; runs in the realm, before any task code. */
function assembleRealm(given: typeof parts): Bridge["tick"] {
  const bridge: Bridge = given.createBridge({
    inspect: given.createInspect(),
    describeError: given.describeError,
    readCallOptions: (options) => given.readCallOptions(options, given.parseDuration),
  });
  const kit: RealmKit = bridge.kit;
  const box: RealmBox = bridge.box;
  const { defineProperty, getOwnPropertyDescriptor } = Object;
  for (const install of given.installers) install(kit);
  for (const { names, install, with: lent } of given.lazy) {
    const make = () => {
      // A name that task code has given another value meanwhile keeps it.
      const define: RealmKit["define"] = (name, value) => {
        if (getOwnPropertyDescriptor(globalThis, name)?.get === getters[name]) kit.define(name, value);
      };
      install({ ...kit, define }, lent?.() as never);
    };
    const getters: Record<string, () => unknown> = Object.create(null);
    for (const name of names) {
      getters[name] = () => {
        make();
        return (globalThis as Record<string, unknown>)[name];
      };
      const set = (value: unknown) => kit.define(name, value);
      defineProperty(globalThis, name, { get: getters[name]!, set, configurable: true, enumerable: false });
    }
  }
  given.lockRealm(box);
  return bridge.tick;
}

/** Source text of a value made of functions, texts, arrays and objects. */
function sourceOf(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "function") return `(${Function.prototype.toString.call(value)})`;
  if (Array.isArray(value)) return `[${value.map(sourceOf).join(",\n")}]`;
  return `{${Object.entries(value as object).map(([key, part]) => `${key}: ${sourceOf(part)}`).join(",\n")}}`;
}

/**
 * The script that turns an empty context into a realm. Its value is the realm's RealmBox; from then on
 * `__taskerTick()` runs one turn. The name is a constant of the script's scope: task code can neither change it nor do
 * more with it than start a turn of nothing.
 */
export const REALM_SOURCE = `"use strict";\nconst __taskerTick = ${sourceOf(assembleRealm)}(${
  sourceOf(parts)
});\n__taskerTick();`;
