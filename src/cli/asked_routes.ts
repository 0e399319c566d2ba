import { buildCommand, buildRouteMap, type Command, type RouteMap } from "@stricli/core";
import { toCamelCase } from "./arguments.ts";
import type { Context } from "./context.ts";

type Target = Command<Context> | RouteMap<Context>;

/** What is at a route, and the arguments after its name in the order that it wants. */
export interface Asked {
  readonly target: Target;
  readonly inputs: readonly string[];
}

/** Loads a command; the arguments after its name may decide about its flags. */
export type Load = (context: Context, args: readonly string[]) => Promise<Command<Context> | Asked>;

/** Commands by name. One is loaded when it is asked for, so that a start costs what the asked one needs. */
export interface Group {
  readonly brief: string;
  readonly description?: string;
  readonly routes: Readonly<Record<string, Load | Group>>;
  /** The command that is meant when none is named. */
  readonly byDefault?: string;
}

/** Stands for a command of which nothing but its name is needed. */
const NOT_LOADED = buildCommand<Record<never, never>, [], Context>({
  docs: { brief: "" },
  parameters: {},
  func: () => {
    throw new Error("a command was called that was not loaded");
  },
});

/**
 * The routes of a group, with the command loaded that the arguments ask for: or all that it lists, when they ask for its
 * help. `withHelp: false` when none is going to be shown.
 */
export async function askedRoutes(
  group: Group,
  context: Context,
  { inputs, withHelp }: { readonly inputs: readonly string[]; readonly withHelp: boolean },
): Promise<{ readonly target: RouteMap<Context>; readonly inputs: readonly string[] }> {
  const [word, ...rest] = inputs;
  const named = word === undefined ? undefined : nameIn(group, word);
  const routes = standIns(group);
  if (named === undefined && withHelp && mayAskForHelp(group, word)) {
    await Promise.all(
      Object.entries(group.routes).map(async ([name, route]) => {
        if (typeof route === "function") routes[name] = (await loaded(route, context, [])).target;
      }),
    );
  }
  const asked = named ?? group.byDefault;
  if (asked === undefined) return { target: routeMap(group, routes), inputs };
  const route = group.routes[asked]!;
  const args = named === undefined ? inputs : rest;
  const found = typeof route === "function"
    ? await loaded(route, context, args)
    : await askedRoutes(route, context, { inputs: args, withHelp });
  routes[asked] = found.target;
  return {
    target: routeMap(group, routes),
    inputs: named === undefined ? found.inputs : [word!, ...found.inputs],
  };
}

/** The route that a word means, in either of its spellings. */
function nameIn(group: Group, word: string): string | undefined {
  return [word, toCamelCase(word)].find((name) => Object.hasOwn(group.routes, name));
}

/** Whether what comes after a group's name may be asking for help: nothing, or a flag that is not the version's. */
function mayAskForHelp(group: Group, word: string | undefined): boolean {
  if (word === undefined) return group.byDefault === undefined;
  return word.startsWith("-") && !["--version", "-v"].includes(word);
}

async function loaded(load: Load, context: Context, args: readonly string[]): Promise<Asked> {
  const found = await load(context, args);
  return "target" in found ? found : { target: found, inputs: args };
}

function standIns(group: Group): Record<string, Target> {
  return Object.fromEntries(
    Object.entries(group.routes).map(([name, route]) => [
      name,
      typeof route === "function" ? NOT_LOADED : routeMap(route, standIns(route)),
    ]),
  );
}

function routeMap({ brief, description, byDefault }: Group, routes: Record<string, Target>): RouteMap<Context> {
  return buildRouteMap<string, Context>({
    routes,
    ...(byDefault === undefined ? {} : { defaultCommand: byDefault }),
    docs: { brief, ...(description === undefined ? {} : { fullDescription: description }) },
  });
}
