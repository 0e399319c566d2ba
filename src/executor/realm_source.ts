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
import { installUrl } from "./bootstrap/url.ts";
import { createUrlParser } from "./bootstrap/url_parser.ts";

const parts = {
  createInspect,
  describeError,
  createBridge,
  lockRealm,
  createUrlParser,
  installUrl,
  installers: [
    installTime,
    installRandom,
    installConsole,
    installTimers,
    installTools,
    installAbort,
    installEncoding,
    installStructuredClone,
    installFetch,
  ],
};

/** Puts a realm together; runs in the realm, before any task code. */
function assembleRealm(given: typeof parts): Bridge["tick"] {
  const bridge: Bridge = given.createBridge({ inspect: given.createInspect(), describeError: given.describeError });
  const kit: RealmKit = bridge.kit;
  const box: RealmBox = bridge.box;
  given.installUrl(kit, given.createUrlParser());
  for (const install of given.installers) install(kit);
  given.lockRealm(box);
  return bridge.tick;
}

/** Source text of a value made of functions, arrays and objects. */
function sourceOf(value: unknown): string {
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
