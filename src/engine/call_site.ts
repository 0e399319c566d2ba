import type { TaskCode } from "../core/manifest.ts";
import { restoreStack } from "../publish/bundle.ts";

/** Where in the author's own files a call was made: `taskcode/count.js:12:5`. Undefined when its stack does not say. */
export function callSite(stack: string | undefined, code: Pick<TaskCode, "source" | "filename">): string | undefined {
  if (stack === undefined) return undefined;
  return /^\s+at (?:.*\()?(.+:\d+:\d+)\)?$/m.exec(restoreStack(stack, code))?.[1];
}
