import type { Context } from "../context.ts";
import { EXIT, type ExitCode } from "../exit_codes.ts";
import { printJson } from "../reading.ts";
import { styled } from "./terminal.ts";

/** Prints what a check of chained rows came to; the exit code tells whether all is right. `right`: what is said then. */
export function printCheck(
  context: Context,
  check: { readonly head: string | null; readonly problems: readonly string[] },
  { right, json }: { right: string; json: boolean },
): ExitCode {
  const { terminal } = context;
  const { problems, ...rest } = check;
  const ok = problems.length === 0;
  if (json) printJson(context, { ok, ...rest, problems });
  else {
    for (const problem of problems) terminal.out(`${styled(terminal.color.out, "red", "FAIL")}  ${problem}\n`);
    if (ok) terminal.out(`${right}\n`);
    if (check.head !== null) terminal.out(`head ${check.head}\n`);
  }
  return ok ? EXIT.ok : EXIT.failed;
}
