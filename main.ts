import { main } from "./src/cli/app.ts";

if (import.meta.main) Deno.exit(await main(Deno.args));
