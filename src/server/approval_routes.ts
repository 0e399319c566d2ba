import { Hono } from "hono";
import type { Json } from "../core/json.ts";
import type { Decision } from "../engine/approvals.ts";
import type { Engine } from "../engine/engine.ts";
import type { Store } from "../store/store.ts";
import { approvalViewOf, approvalViews } from "./approval_views.ts";
import { optionalText, text } from "./fields.ts";
import { readObject } from "./request_body.ts";

/** Calls that wait for a person, over HTTP: list, approve, refuse. A decision may be sent again. */
export function approvalRoutes({ engine, store }: { engine: Engine; store: Store }): Hono {
  const app = new Hono();

  app.get("/", (c) => c.json({ approvals: approvalViews(store) }));

  for (const verb of ["approve", "refuse"] as const) {
    app.post(`/${verb}`, async (c) => {
      const { id, args, reason, by } = await readObject(c.req.raw);
      const who = { id: text(id, "call"), by: optionalText(by, "by") ?? engine.owner };
      const decision: Decision = verb === "approve"
        ? { ...who, state: "approved", args: args as Json | undefined }
        : { ...who, state: "refused", reason: optionalText(reason, "reason") };
      await engine.decide(decision);
      return c.json(approvalViewOf(store, who.id));
    });
  }

  return app;
}
