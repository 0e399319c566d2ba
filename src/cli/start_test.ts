import assert from "node:assert/strict";

const ROOT = new URL("../../", import.meta.url).href;

/** An import or export of values, by the module that it names; and an `import()`. */
const STATIC = /^(?:import|export)\b(?! type\b)(?:[^;"]*?\bfrom)? ?"([^"]+)"/gm;
const DYNAMIC = /\bimport\("([^"]+)"\)/g;

/** Modules that one imports: those of the checkout by their URLs, others by their names. */
function imports(module: string, form: RegExp): string[] {
  if (!module.startsWith(ROOT) || !/\.[jt]s$/.test(module)) return [];
  const source = Deno.readTextFileSync(new URL(module));
  return Array.from(source.matchAll(form), ([, name]) => /^\.\.?\//.test(name!) ? new URL(name!, module).href : name!);
}

/** All modules that are loaded with one: paths in the checkout, and names of others. */
function loadedWith(...entries: string[]): string[] {
  const loaded = new Set(entries);
  for (const module of loaded) for (const other of imports(module, STATIC)) loaded.add(other);
  return [...loaded].map(short).sort();
}

function short(module: string): string {
  return module.startsWith(ROOT) ? module.slice(ROOT.length) : module;
}

const commands = imports(`${ROOT}src/cli/routes.ts`, DYNAMIC);

Deno.test("before a command is known, none is loaded, nor what commands work with", () => {
  const loaded = loadedWith(`${ROOT}main.ts`);
  assert(loaded.includes("src/cli/routes.ts"), "the graph is not that of the program");
  const foreign = loaded.filter((module) => !/^(main\.ts|deno\.json|src\/(cli|core)\/.*)$/.test(module));
  assert.deepEqual(foreign, [
    "@stricli/core",
    "src/mail/safe_text.ts",
  ]);
  assert(commands.length > 40, `${commands.length} commands`);
  for (const command of commands) assert(!loaded.includes(short(command)), `${short(command)} is loaded at the start`);
});

Deno.test("what lists a command, or its flags, does not load what the command works with", () => {
  const light = ["@stricli/core", "uuidv7", "node:os", "node:path"];
  for (const command of commands) {
    const heavy = loadedWith(command).filter((module) =>
      module.startsWith("src/")
        ? /^src\/(engine|executor|publish|services|workspace)\/|^src\/(store\/(store|database)|server\/owner)\.ts$/
          .test(module)
        : !["main.ts", "deno.json", ...light].includes(module)
    );
    assert.deepEqual(heavy, [], short(command));
  }
});

Deno.test("what only reads the database does not load what works on it", () => {
  const heavy = loadedWith(`${ROOT}src/cli/runs.ts`, `${ROOT}src/cli/show.ts`, `${ROOT}src/store/store.ts`)
    .filter((module) => !/^src\/(cli|core|store|mail\/safe_text)\b/.test(module) && module !== "@stricli/core");
  assert.deepEqual(heavy, ["@noble/hashes/sha2.js", "@noble/hashes/utils.js", "node:sqlite"]);
});

Deno.test("what an owner starts with does not load node:crypto, which takes 45 ms", () => {
  const loaded = loadedWith(`${ROOT}main.ts`, `${ROOT}src/cli/run_command.ts`, `${ROOT}src/server/owner.ts`);
  assert(loaded.includes("src/engine/engine.ts"), "the graph is not that of an owner");
  assert(!loaded.includes("node:crypto"));
});

Deno.test("no module asks Intl as it is loaded: who asks first waits", () => {
  const loaded = loadedWith(`${ROOT}main.ts`, `${ROOT}src/server/owner.ts`, ...commands);
  assert(loaded.includes("src/store/task_runs.ts"), "the store is not among them");
  const asking = loaded.filter((module) =>
    module.startsWith("src/") &&
    /^(?:export )?(?:const|let) .*\b(?:Intl\.\w+\(|toLocale)/m.test(Deno.readTextFileSync(new URL(module, ROOT)))
  );
  assert.deepEqual(asking, []);
});
