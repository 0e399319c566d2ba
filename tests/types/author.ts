/// <reference path="../../taskcode/tasker.d.ts" />
import type { Tools as ExportTools } from "../../taskcode/gmail-export.ts";
import type { Tools as SearchTools } from "../../taskcode/gmail-search/types.ts";

/** What an author writes, and what the types must refuse: checked with all other types, never run. */

export const manifest: tasker.Manifest = {
  services: ["gapi", "http", "records"],
  limits: { concurrency: 2, rate: "100/min" },
};

/** The tasks that come with tasker call nothing that the types do not know. */
export const asTheSearchSeesThem: SearchTools = tools;
export const asTheExportSeesThem: ExportTools = tools;

export default async function author({ user }: { user: string }): Promise<number> {
  const { messages = [] } = await tools.gapi.gmail.users.messages.list<{ messages?: { id: string }[] }>({
    userId: user,
  });
  const quick = tools.with({ timeout: "20s", retry: { maxAttempts: 3 }, priority: 5 });
  const { status } = await quick.http.fetch("https://example.com", {
    method: "POST",
    headers: { authorization: ["Bearer ", (await tools.keystore.getKey("TOKEN"))!] },
    json: { messages },
  });
  await tools.records.append("mail", messages);
  const { data } = await tools.database.from("people").select("*").eq("age", 3).limit(1);
  await __callHostTool__("timer", ["sleep"], ["3 days"], { priority: 1 });
  const started = await tools.tasks.start("other", { user }, { idempotencyKey: user, deadline: "1h" });
  if (await tools.tasks.result<number>(started, { timeout: "5 min" }) > 7) {
    return tools.run.continueAsNew({ user });
  }
  if (!await tools.signals.wait<boolean>("go", { timeout: "1h" })) return 0;

  // @ts-expect-error: there is no such option
  tools.with({ timeOut: 5 });
  // @ts-expect-error: there is no such service
  await tools.mail.list();
  // @ts-expect-error: a kind comes first
  await tools.records.append([{}]);
  // @ts-expect-error: there is no such method
  await tools.timer.wait(5);
  // @ts-expect-error: a run is named by its id
  await tools.tasks.result({ id: started });
  // @ts-expect-error: options once
  tools.with({}).with({});
  // @ts-expect-error: it is no manifest's
  const wrong: tasker.Manifest = { service: ["gapi"] };
  return status + data.length + Object.keys(wrong).length;
}
