/**
 * Makes `dist/tasker`: `deno compile` without those files of packages that nothing in tasker leads to. By itself it takes
 * in all packages as a whole, and Deno's runtime reads whatever is in a binary into memory, at every start.
 */
import { contents, ROOT, WORKER } from "./contents.ts";
import { leftOut } from "./left_out.ts";

/** How long a command may be: on Windows 32,767 characters. What there is no room for stays in the binary. */
const ROOM = Deno.build.os === "windows" ? 30_000 : 500_000;

const FLAGS = [
  "--v8-flags=--max-semi-space-size=4",
  "--frozen",
  "--no-check",
  // Deno would look for compiled code in the folder of temporary files, where it may be anybody's.
  "--no-code-cache",
  "--allow-net",
  "--allow-read",
  "--allow-write",
  "--allow-env",
  "--allow-sys=uid,gid,hostname,homedir,userInfo,username,statfs",
  "--no-prompt",
  "--unstable-worker-options",
  `--include=${WORKER}`,
  "--include=taskcode",
  "--include=dist/tasks.json",
  "--output=dist/tasker",
];

const { packages, files } = contents();
let room = ROOM;
const excludes = leftOut(packages.map(({ folder }) => folder), files)
  .map(({ path }) => `--exclude=${path}`)
  .filter((flag) => (room -= flag.length + 3) >= 0);

const args = ["compile", ...FLAGS, ...excludes, "main.ts"];
Deno.exit((await new Deno.Command(Deno.execPath(), { args, cwd: ROOT }).spawn().status).code);
