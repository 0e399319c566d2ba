import { type AnyNode, parse } from "acorn";
import assert from "node:assert/strict";
import { join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { contents, ROOT } from "./contents.ts";
import { leftOut } from "./left_out.ts";

const { packages, files } = contents();
const folders = packages.map(({ folder }) => folder);
const code = [...files].filter((file) => /\.[cm]?js$/.test(file) && folders.some((folder) => file.startsWith(folder)));

/** Text that may be such a name; most modules have none, and need not be parsed. */
const SUSPECT = /createRequire|(?:require|import)\s*\((?!\s*["'][^"'\\]*["']\s*\))/;

/** Everything in a module that names another in a way that only its run decides. */
function undecided(file: string): string[] {
  const text = Deno.readTextFileSync(file);
  if (!SUSPECT.test(text)) return [];
  const options = { ecmaVersion: "latest", allowHashBang: true, allowReturnOutsideFunction: true } as const;
  const found: string[] = [];
  const visit = (node: AnyNode): void => {
    const asked = node.type === "ImportExpression"
      ? node.source
      : node.type === "CallExpression" && node.callee.type === "Identifier" && node.callee.name === "require"
      ? node.arguments[0]
      : undefined;
    const isDecided = asked === undefined || (asked.type === "Literal" && typeof asked.value === "string");
    if (!isDecided || (node.type === "Identifier" && node.name === "createRequire")) {
      found.push(`${file}: ${text.slice(node.start, node.end)}`);
    }
    for (const inner of Object.values(node).flat()) if (typeof inner?.type === "string") visit(inner);
  };
  let program: AnyNode;
  try {
    program = parse(text, { ...options, sourceType: "module" });
  } catch {
    program = parse(text, { ...options, sourceType: "script" });
  }
  visit(program);
  return found;
}

Deno.test("packages in the binary name their modules in words, so that none is missed", () => {
  assert(code.length > 100, `${code.length} modules`);
  assert.deepEqual(code.flatMap(undecided), []);
});

Deno.test("every module in the binary can be loaded with what else is in it", async () => {
  const out = new Set(leftOut(folders, files).map(({ path }) => path));
  const [cache] = /^.*[\\/]npm(?=[\\/])/.exec(folders[0]!)!;
  const left = Deno.makeTempDirSync();
  const placed = (path: string) => join(left, "npm", relative(cache, path));
  const copy = (path: string): void => {
    if (out.has(path)) return;
    if (Deno.statSync(path).isFile) return Deno.copyFileSync(path, placed(path));
    Deno.mkdirSync(placed(path), { recursive: true });
    for (const { name } of Deno.readDirSync(path)) copy(join(path, name));
  };
  try {
    folders.forEach(copy);
    const modules = code.map((file) => pathToFileURL(placed(file)).href);
    const script = join(left, "load.ts");
    Deno.writeTextFileSync(
      script,
      `for (const module of ${JSON.stringify(modules)}) await import(module);\nconsole.log("all are loaded");\n`,
    );
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--frozen", "--cached-only", "--config", join(ROOT, "deno.json"), script],
      env: { DENO_DIR: left, NO_COLOR: "1" },
    }).output();
    assert.equal(new TextDecoder().decode(stdout), "all are loaded\n", new TextDecoder().decode(stderr));
  } finally {
    Deno.removeSync(left, { recursive: true });
  }
});
