import assert from "node:assert/strict";
import { dirname, join, relative } from "node:path";
import { leftOut } from "./left_out.ts";
import { installedPackages } from "./packages.ts";
import { reached } from "./reached.ts";

const DENO_JSON = { imports: { a: "npm:a@1.0.0", parts: "npm:@x/b@2.0.0" } };
const LOCK = {
  specifiers: { "npm:a@1.0.0": "1.0.0_c@3.0.0", "npm:@x/b@2.0.0": "2.0.0" },
  npm: {
    "a@1.0.0_c@3.0.0": { dependencies: ["@x/b", "c@3.0.0"] },
    "@x/b@2.0.0": { dependencies: ["a"] },
    "c@3.0.0": {},
    "c@4.0.0": {},
  },
};
const A = {
  exports: {
    ".": { types: "./index.d.ts", import: { browser: "./browser.js", default: "./index.js" }, require: "./index.cjs" },
    "./parts/*": [{ node: "./parts/*.node.js" }, "./parts/*.js"],
  },
  imports: { "#inner": { workerd: "./browser.js", default: "./inner.mjs" } },
};

/** A program and its packages in a folder of their own, as Deno keeps them. */
function withProgram(main: string, use: (root: string, found: () => Set<string>, left: () => string[]) => void): void {
  const root = Deno.realPathSync(Deno.makeTempDirSync());
  const files: Record<string, string> = {
    "deno.json": JSON.stringify(DENO_JSON),
    "deno.lock": JSON.stringify(LOCK),
    "main.ts": main,
    "late.ts": 'import type { Part } from "parts/part";',
    "npm/a/1.0.0/package.json": JSON.stringify(A),
    "npm/a/1.0.0/index.js": 'import{x}from"#inner";export*from"./deep";import fs from "node:fs";import c from "c"',
    "npm/a/1.0.0/index.cjs": 'const b = require("@x/b");',
    "npm/a/1.0.0/inner.mjs": "export const x = 1;",
    "npm/a/1.0.0/browser.js": "",
    "npm/a/1.0.0/deep/index.js": 'await import(/* when it is asked for */ "a/parts/one")',
    "npm/a/1.0.0/parts/one.js": "",
    "npm/a/1.0.0/parts/one.node.js": "",
    "npm/a/1.0.0/parts/two.js": "",
    "npm/a/1.0.0/LICENSE": "Do.",
    "npm/a/1.0.0/docs/LICENSE": "Do.",
    "npm/a/1.0.0/docs/a.md": "how to use a",
    "npm/@x/b/2.0.0/package.json": '{ "main": "./lib" }',
    "npm/@x/b/2.0.0/lib/index.js": "module.exports = [require(`./data`), require('a'), require('../missing')];",
    "npm/@x/b/2.0.0/lib/data.json": "{}",
    "npm/@x/b/2.0.0/part.js": "",
    "npm/c/3.0.0/package.json": "{}",
    "npm/c/3.0.0/index.js": "",
    "npm/c/4.0.0/package.json": "{}",
    "npm/c/4.0.0/index.js": "",
  };
  try {
    for (const [path, text] of Object.entries(files)) {
      const file = join(root, path.replace(/^npm/, "npm/registry.example"));
      Deno.mkdirSync(dirname(file), { recursive: true });
      Deno.writeTextFileSync(file, text);
    }
    const { program, packages } = installedPackages(root, join(root, "npm"));
    const found = () => reached([join(root, "main.ts")], program);
    const short = (path: string) => relative(root, path).replaceAll("\\", "/").replace("npm/registry.example/", "");
    const left = () => leftOut(packages.map(({ folder }) => folder), found()).map(({ path }) => short(path));
    use(root, () => new Set([...found()].map(short)), left);
  } finally {
    Deno.removeSync(root, { recursive: true });
  }
}

Deno.test("what modules lead to is followed through packages, by what each answers to Deno", () => {
  withProgram('import "./late.ts"; const { x } = await import("a");', (_root, found) => {
    assert.deepEqual([...found()].sort(), [
      "@x/b/2.0.0/part.js",
      "a/1.0.0/deep/index.js",
      "a/1.0.0/index.js",
      "a/1.0.0/inner.mjs",
      "a/1.0.0/parts/one.js",
      "a/1.0.0/parts/one.node.js",
      "c/3.0.0/index.js",
      "late.ts",
      "main.ts",
    ]);
  });
  withProgram('import parts from "parts";', (_root, found) => {
    assert.deepEqual([...found()].sort(), [
      "@x/b/2.0.0/lib/data.json",
      "@x/b/2.0.0/lib/index.js",
      "a/1.0.0/index.cjs",
      "main.ts",
    ]);
  });
});

Deno.test("the rest is left out by few paths; what names modules and a licence stay beside what is read", () => {
  withProgram('import "parts";', (_root, _found, left) => {
    assert.deepEqual(left().sort(), [
      "@x/b/2.0.0/part.js",
      "a/1.0.0/browser.js",
      "a/1.0.0/deep",
      "a/1.0.0/docs",
      "a/1.0.0/index.js",
      "a/1.0.0/inner.mjs",
      "a/1.0.0/parts",
      "c/3.0.0",
      "c/4.0.0",
    ]);
    assert.equal(left()[0], "a/1.0.0/index.js", "the largest comes first");
  });
});

Deno.test("a package that answers with no file, or is not there, stops the build", () => {
  withProgram('import "a/parts/three";', (_root, found) => {
    assert.throws(found, /main\.ts: import "a\/parts\/three" leads to no file of .*1\.0\.0/);
  });
  withProgram("", (root) => {
    Deno.removeSync(join(root, "npm/registry.example/c/4.0.0"), { recursive: true });
    assert.throws(() => installedPackages(root, join(root, "npm")), /c@4\.0\.0 .* run deno install --frozen/);
  });
});
