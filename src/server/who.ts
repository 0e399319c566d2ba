import { hostname, userInfo } from "node:os";

/** The user of the operating system who runs this process, and its machine: `ann@laptop`, `root (sudo by ann)@laptop`. */
export function whoRunsThis(): string {
  const behind = Deno.env.get("SUDO_USER");
  return `${userName()}${behind === undefined ? "" : ` (sudo by ${behind.slice(0, 60)})`}@${hostname()}`;
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // A user without a name, as in many containers.
    return `uid ${Deno.uid() ?? "unknown"}`;
  }
}
