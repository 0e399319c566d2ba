const INSTEAD: readonly (readonly [RegExp, string])[] = [
  [
    /^(googleapis|@googleapis\/|google-auth-library|gaxios)/,
    "Call Google with tools.gapi, e.g. tools.gapi.gmail.users.messages.list({…}).",
  ],
  [
    /^(https?|http2|net|tls|undici|axios|got|ky|node-fetch|request)$/,
    "Call servers with fetch() or tools.http, and list their hosts in the manifest.",
  ],
  [
    /^(fs|fs-extra|sqlite|better-sqlite3|pg|mysql2?|mongodb|redis|knex)$/,
    "Keep rows with tools.records or tools.database.",
  ],
  [/^@supabase\//, "Keep rows with tools.database, which has the same from(…).select() chain."],
  [/^(timers|p-retry|delay)$/, "Wait with setTimeout or tools.timer: both outlive a restart."],
  [/^(crypto|uuid|nanoid)$/, "crypto.randomUUID() and crypto.getRandomValues() are there without an import."],
  [
    /^(url|util|buffer|events|assert|path|os|stream|querystring|string_decoder|perf_hooks)$/,
    "URL, TextEncoder, structuredClone, AbortController, atob and btoa are there without an import.",
  ],
  [
    /^(child_process|cluster|worker_threads|process|vm)$/,
    "Start other work as a nested task with tools.tasks.execute.",
  ],
  [/^(dotenv|keytar|env)$/, "Keep secrets in the keystore and read them with tools.keystore.getKey."],
];

const COPY_IT = "Put the code beside the task and import it as ./file.ts, or use a service of `tools`.";

/** What kind of thing a specifier names, for the message. */
function kindOf(specifier: string): string {
  if (/^https?:/i.test(specifier)) return "a web address";
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(specifier)?.[1]?.toLowerCase();
  if (scheme === "npm" || scheme === "jsr") return `a package of ${scheme}`;
  if (scheme === "node") return "a module of Node";
  if (scheme !== undefined) return `a ${scheme}: address`;
  return /^[/\\]/.test(specifier) ? "an absolute path" : "a package";
}

/** Why a specifier cannot be part of a task and what to do instead; undefined for a relative path. */
export function refusedSpecifier(specifier: string): { problem: string; hint: string } | undefined {
  if (/^\.\.?\//.test(specifier)) return undefined;
  const problem = `"${specifier}" is ${kindOf(specifier)}; a task can import relative files only`;
  if (/^https?:/i.test(specifier)) {
    return { problem, hint: `To call a server use fetch() or tools.http. ${COPY_IT}` };
  }
  const bare = specifier.replace(/^(npm|jsr|node):\/?/i, "").replace(/(?!^)@[^/]*/, "");
  const top = bare.startsWith("@") ? bare : bare.split("/")[0]!;
  return { problem, hint: INSTEAD.find(([names]) => names.test(top))?.[1] ?? COPY_IT };
}
