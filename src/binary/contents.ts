import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { installedPackages, type Package } from "./packages.ts";
import { reached } from "./reached.ts";

/** The folder of the checkout. */
export const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** What Workers begin with; no module imports it. */
export const WORKER = "src/executor/worker_entry.ts";

/** Everything that `deno.lock` names, and the files that tasker's modules lead to, its own and those of packages. */
export function contents(): { packages: Package[]; files: Set<string> } {
  const { success, stdout, stderr } = new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).outputSync();
  if (!success) throw new Error(`deno info failed: ${new TextDecoder().decode(stderr).trim()}`);
  const { npmCache } = JSON.parse(new TextDecoder().decode(stdout));
  const { program, packages } = installedPackages(ROOT, npmCache);
  return { packages, files: reached([join(ROOT, "main.ts"), join(ROOT, WORKER)], program) };
}
