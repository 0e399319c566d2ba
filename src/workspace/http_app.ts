import { Hono } from "hono";
import type { Context } from "hono";
import { API_METHODS, METHODS } from "./methods.ts";
import { apiRefusal, tokenRefusal } from "./refusal.ts";
import type { Answer, RequestPipeline } from "./request_pipeline.ts";
import { publishedKeys, type ServiceAccount } from "./service_account.ts";

/** The Workspace's routes: Google's paths, all on one origin. */

/** A body that breaks before its first byte, so that the connection ends without a whole answer. */
function brokenConnection(): Response {
  const body = new ReadableStream({
    start(controller) {
      controller.error(new Error("connection dropped by a scripted fault"));
    },
  });
  return new Response(body, { headers: { "content-type": "application/json; charset=UTF-8" } });
}

function respond(answer: Answer): Response {
  if (answer === "dropped") return brokenConnection();
  return new Response(JSON.stringify(answer.body), {
    status: answer.status,
    headers: { "content-type": "application/json; charset=UTF-8", ...answer.headers },
  });
}

export function buildApp(pipeline: RequestPipeline, account: ServiceAccount): Hono {
  const app = new Hono();
  for (const method of API_METHODS) {
    const { http, path } = METHODS[method];
    app.on(http, path, async (context: Context) => {
      const { req } = context;
      const mark = req.url.indexOf("?");
      return respond(
        await pipeline.api({
          method,
          path: req.path,
          params: req.param() as Record<string, string>,
          query: new URLSearchParams(mark < 0 ? "" : req.url.slice(mark)),
          authorization: req.header("authorization"),
        }),
      );
    });
  }
  app.post("/token", async (context) => {
    const form = new URLSearchParams(await context.req.text());
    return respond(await pipeline.token(form, context.req.path));
  });
  app.get("/robot/v1/metadata/x509/:email", (context) => {
    return context.req.param("email") === account.clientEmail
      ? context.json(publishedKeys(account))
      : context.notFound();
  });
  app.notFound((context) => {
    const { body, status } = apiRefusal({ code: 404, message: "Method not found.", reason: "notFound" });
    return context.json(body as object, status as 404);
  });
  app.onError((error, context) => {
    // A defect of the Workspace itself: as a test double it must be seen, never taken for a scripted fault.
    console.error("local Workspace:", error);
    const refusal = context.req.path === "/token"
      ? tokenRefusal(500, "internal_failure", "Backend Error")
      : apiRefusal({ code: 500, message: "Internal error encountered.", reason: "backendError" });
    return context.json(refusal.body as object, 500);
  });
  return app;
}
