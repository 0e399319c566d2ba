import { timingSafeEqual } from "node:crypto";
import type { MiddlewareHandler } from "hono";
import { TaskerError } from "../core/errors.ts";

const encoder = new TextEncoder();
const LOOPBACK = /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/;

/**
 * Lets a request pass that names this machine as its host, comes from no web page of another origin, and brings the
 * token of the 0600 file beside the database. So neither another user of the machine nor a page in a browser gets in.
 */
export function guard(token: string): MiddlewareHandler {
  const wanted = encoder.encode(`Bearer ${token}`);
  return async (c, next) => {
    const host = c.req.header("host") ?? new URL(c.req.url).host;
    if (!LOOPBACK.test(host)) {
      throw new TaskerError("FORBIDDEN", "this server answers to loopback names only", {
        hint: "its address is in the .server.json file beside the database",
      });
    }
    const origin = c.req.header("origin");
    if (origin !== undefined && !isLoopbackOrigin(origin)) {
      throw new TaskerError("FORBIDDEN", "requests of web pages are refused", {
        hint: "call it from a program that sends no Origin header",
      });
    }
    const given = encoder.encode(c.req.header("authorization"));
    if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) {
      throw new TaskerError("UNAUTHORIZED", "the bearer token is missing or wrong", {
        hint: "it is in the .server.json file beside the database",
      });
    }
    await next();
  };
}

function isLoopbackOrigin(origin: string): boolean {
  return LOOPBACK.test(origin.replace(/^https?:\/\//, ""));
}
