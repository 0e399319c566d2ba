import { join } from "node:path";

/** What imports by names: an npm package where Deno keeps it, or the program itself. */
export interface Package {
  readonly name: string;
  readonly folder: string;
  /** What its code may import, by the name that the code has for it. */
  readonly dependencies: Map<string, Package>;
}

/** What is read of `deno.lock`. A dependency names a version only where the file has several. */
interface Lock {
  readonly specifiers: Record<string, string>;
  readonly npm: Record<string, { dependencies?: string[]; optionalDependencies?: string[] }>;
}

/** `fdir@6.5.0_picomatch@4.0.7`: a name, a version, and the peers that it was resolved with. */
const ID = /^(@?[^@]+)@([^_]+)/;

/**
 * All packages that the lock file of a folder names, and the program in that folder, whose imports its `deno.json` has.
 * `cache` is where Deno keeps packages (`npmCache` of `deno info --json`): a folder for each registry.
 */
export function installedPackages(root: string, cache: string): { program: Package; packages: Package[] } {
  const lock: Lock = read(join(root, "deno.lock"));
  const registries = Array.from(Deno.readDirSync(cache), ({ name }) => join(Deno.realPathSync(cache), name));
  const byId = new Map(
    Object.keys(lock.npm).map((id): [string, Package] => {
      const [, name, version] = ID.exec(id)!;
      const folder = registries.map((registry) => join(registry, name!, version!)).find(exists);
      if (folder === undefined) throw new Error(`${id} of deno.lock is not in ${cache}: run deno install --frozen`);
      return [id, { name: name!, folder, dependencies: new Map() }];
    }),
  );
  const packages = [...byId.values()];
  for (const [id, { dependencies = [], optionalDependencies = [] }] of Object.entries(lock.npm)) {
    for (const wanted of [...dependencies, ...optionalDependencies]) {
      const found = byId.get(wanted) ?? packages.find(({ name }) => name === wanted);
      if (found !== undefined) byId.get(id)!.dependencies.set(found.name, found);
    }
  }
  const program: Package = { name: "", folder: root, dependencies: new Map() };
  const { imports } = read<{ imports: Record<string, string> }>(join(root, "deno.json"));
  for (const [name, specifier] of Object.entries(imports)) {
    const id = `${specifier.replace(/^npm:|@[^@]*$/g, "")}@${lock.specifiers[specifier]}`;
    const found = byId.get(id);
    if (found === undefined) throw new Error(`${specifier} of deno.json is not in deno.lock: run deno install`);
    program.dependencies.set(name, found);
  }
  return { program, packages };
}

function read<T>(path: string): T {
  return JSON.parse(Deno.readTextFileSync(path));
}

function exists(folder: string): boolean {
  try {
    return Deno.statSync(folder).isDirectory;
  } catch {
    return false;
  }
}
