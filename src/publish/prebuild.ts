/** Builds the tasks that come with tasker, for the binary to take them in; `deno task compile` runs it first. */
import { embeddedTasks } from "./embedded.ts";
import { PREBUILT } from "./prebuilt.ts";
import { buildTaskCode } from "./publish.ts";

const tasks = await Promise.all((await embeddedTasks()).map(buildTaskCode));
Deno.mkdirSync(new URL(".", PREBUILT), { recursive: true });
Deno.writeTextFileSync(PREBUILT, JSON.stringify(tasks));
