import { Hono } from "hono";
import { uuidv7 } from "uuidv7";
import { TaskerError } from "../core/errors.ts";
import type { Json } from "../core/json.ts";
import { CATCH_UPS, type CatchUp } from "../core/schedule.ts";
import type { Engine } from "../engine/engine.ts";
import type { Store } from "../store/store.ts";
import { newId, optionalText, text } from "./fields.ts";
import { readObject } from "./request_body.ts";
import { scheduleView } from "./views.ts";

/** Schedules over HTTP: list, add, pause, resume, remove. */
export function scheduleRoutes({ engine, store }: { engine: Engine; store: Store }): Hono {
  const app = new Hono();

  app.get("/list", (c) => c.json({ schedules: store.schedules.list().map(scheduleView) }));

  app.post("/add", async (c) => {
    const body = await readObject(c.req.raw);
    const schedule = await engine.schedules.add({
      id: body.id === undefined ? uuidv7() : newId(body.id),
      name: optionalText(body.name, "name"),
      pattern: text(body.pattern, "pattern"),
      timeZone: optionalText(body.timeZone, "timeZone") ?? "UTC",
      catchUp: catchUpOf(body.catchUp ?? "one"),
      taskName: text(body.taskName, "taskName"),
      input: (body.input ?? {}) as Json,
      reason: optionalText(body.reason, "reason"),
      by: optionalText(body.by, "by"),
    });
    return c.json(scheduleView(schedule), 201);
  });

  for (const change of ["pause", "resume", "remove"] as const) {
    app.post(`/${change}`, async (c) => {
      const { name, by } = await readObject(c.req.raw);
      return c.json(scheduleView(await engine.schedules[change](text(name, "name"), optionalText(by, "by"))));
    });
  }

  return app;
}

function catchUpOf(value: Json): CatchUp {
  if (CATCH_UPS.includes(value as CatchUp)) return value as CatchUp;
  throw new TaskerError("INVALID_INPUT", `\`catchUp\` must be one of ${CATCH_UPS.join(", ")}`, {
    hint: "it says what is done about times that pass while no tasker process is at work",
  });
}
