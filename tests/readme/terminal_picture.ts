import { Place } from "../acceptance/tasker.ts";
import { Searching } from "../acceptance/searching.ts";
import { framesOf } from "./frames.ts";
import { svgOf } from "./svg.ts";
import { type Received, Typist } from "./typist.ts";

/**
 * Makes `.github/demo.svg`, the picture of the README, from a real run: a shell in a pseudo-terminal, the real program,
 * a local Workspace with latency, a real Ctrl-C. Nothing on it is written by hand; only the time that the typing takes
 * is invented. `--still` draws the last screen only, into a
 * temporary file unless FILE is named.
 *
 *     deno run -A --config tests/deno.json tests/readme/terminal_picture.ts [--still] [FILE]
 */

const SIZE = { columns: 108, rows: 34 };
/** The last screen, with the result, is to be read: ms. */
const LAST = 9_000;
const PROMPT = "$ ";
const WORD = 320;

/** What came to the terminal while a search was started, held on its way and resumed. */
async function record(): Promise<Received[]> {
  await using bed = await Searching.open({
    domains: 2,
    usersPerDomain: 8,
    suspendedShare: 0.13,
    noMailboxShare: 0.13,
    messagesPerUser: 640,
    latency: { from: 150, to: 550 },
  });
  await Deno.mkdir(`${bed.place.folder}/bin`);
  await Deno.writeTextFile(
    `${bed.place.folder}/bin/tasker`,
    launcher(bed.place),
    { mode: 0o755 },
  );
  await using typist = new Typist({
    ...SIZE,
    folder: bed.place.folder,
    env: {
      ...bed.place.environment(),
      PATH: `${bed.place.folder}/bin:${Deno.env.get("PATH") ?? "/usr/bin:/bin"}`,
      TERM: "xterm-256color",
      PS1: `\x1b[1;32m$\x1b[0m `,
      SHELL: "/bin/sh",
    },
  });
  const prompt = () => typist.sees("the prompt", (line) => line === PROMPT.trimEnd());
  await prompt();
  const search = [
    "tasker ",
    "run ",
    "gmail-search ",
    "-q subject:contract ",
    "--max-results-per-user 60",
  ];
  await typist.enter(search, WORD);
  await typist.sees(
    "a part of the search",
    (line) => Number(/(\d+)% /.exec(line)?.[1] ?? 0) >= 40,
  );
  await typist.press("\x03");
  await prompt();
  if (!typist.received.map(({ text }) => text).join("").includes("is held")) {
    throw new Error(
      "the search was over before Ctrl-C: let the Workspace take more time, or try again on an idle machine",
    );
  }
  typist.idle(2_500);
  await typist.enter(["tasker ", "resume"], WORD);
  await typist.sees("the search at work again", (line) => /\d+% /.test(line));
  await prompt();
  await typist.leave();
  return typist.received;
}

/** So that `tasker` at the prompt is the program under test. */
function launcher(place: Place): string {
  const words = place.commandLine().map((word) => `'${word.replaceAll("'", `'\\''`)}'`);
  return `#!/bin/sh\nexec ${words.join(" ")} "$@"\n`;
}

if (import.meta.main) {
  const still = Deno.args.includes("--still");
  const file = Deno.args.find((argument) => !argument.startsWith("--")) ??
    (still
      ? await Deno.makeTempFile({ prefix: "tasker-still-", suffix: ".svg" })
      : new URL("../../.github/demo.svg", import.meta.url).pathname);
  const frames = framesOf(await record(), { ...SIZE, limit: 25, last: LAST });
  const title = "tasker run gmail-search, held with Ctrl-C and resumed";
  const svg = svgOf(still ? frames.slice(-1) : frames, { ...SIZE, title });
  await Deno.writeTextFile(file, svg);
  const seconds = frames.reduce((sum, { ms }) => sum + ms, 0) / 1_000;
  console.log(
    `${file}: ${frames.length} frames, ${seconds.toFixed(1)} s, ${(svg.length / 1_024).toFixed(0)} KB`,
  );
  for (const line of frames.at(-1)!.screen) {
    console.log(line.map(({ text }) => text).join("").trimEnd());
  }
}
