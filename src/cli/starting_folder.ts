/**
 * `deno task` changes to the checkout before it starts the program, and leaves in INIT_CWD where it was called: paths on
 * the command line mean that folder. npm sets the variable too, so it counts only for a program that is not compiled and
 * was started in its own checkout. Gives the folder to change to, undefined for none.
 */
export function startingFolder(params: {
  readonly compiled: boolean;
  /** Real paths. */
  readonly current: string;
  readonly checkout: string;
  readonly calledFrom: string | undefined;
}): string | undefined {
  const { compiled, current, checkout, calledFrom } = params;
  if (compiled || current !== checkout || calledFrom === undefined || calledFrom === "") return undefined;
  return calledFrom === current ? undefined : calledFrom;
}

/** Changes to the folder in which `deno task` was called, if it was. */
export function enterStartingFolder(): void {
  const calledFrom = Deno.env.get("INIT_CWD");
  if (calledFrom === undefined || Deno.build.standalone) return;
  const folder = startingFolder({
    compiled: Deno.build.standalone,
    current: Deno.realPathSync("."),
    checkout: Deno.realPathSync(new URL("../../", import.meta.url)),
    calledFrom,
  });
  if (folder !== undefined && isFolder(folder)) Deno.chdir(folder);
}

function isFolder(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
