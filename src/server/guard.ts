import { Buffer } from "node:buffer";
import type { MiddlewareHandler } from "hono";
import { TaskerError } from "../core/errors.ts";

const LOOPBACK = /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/;

/**
 * Lets a request pass that names this machine as its host, comes from no web page of another origin, and brings the
 * token of the 0600 file beside the database. So neither another user of the machine nor a page in a browser gets in.
 */
export function guard(token: string): MiddlewareHandler {
  const isAuthorized = authorization(token);
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
    if (!isAuthorized(c.req.header("authorization"))) {
      throw new TaskerError("UNAUTHORIZED", "the bearer token is missing or wrong", {
        hint: "it is in the .server.json file beside the database",
      });
    }
    await next();
  };
}

/** Whether a header has the token: how long that takes to say tells nothing of the token. */
export function authorization(token: string): (header: string | null | undefined) => boolean {
  const wanted = Buffer.from(`Bearer ${token}`);
  return (header) => {
    const given = Buffer.from(header ?? "");
    if (given.length !== wanted.length) return false;
    let difference = 0;
    for (let i = 0; i < wanted.length; i++) difference |= wanted[i]! ^ given[i]!;
    return difference === 0;
  };
}

function isLoopbackOrigin(origin: string): boolean {
  return LOOPBACK.test(origin.replace(/^https?:\/\//, ""));
}
