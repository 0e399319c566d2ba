import { createGapiService } from "./service.ts"; import { systemClock } from "../../core/clock.ts"; import { callService, Rig } from "./test_rig.ts";
const rig = new Rig(() => Response.json({ ok: true })); const s = rig.service();
console.log(JSON.stringify(await callService(s, "gmail.users.messages.list", [{ userId: "a@b.example" }])), JSON.stringify(await callService(s, "admin.users.list", [{ customer: "my_customer" }])));
const c = createGapiService({ clock: systemClock, secret: () => undefined }); console.log(JSON.stringify(await callService(c, "admin.users.list", [{}]))); await rig[Symbol.asyncDispose]();
