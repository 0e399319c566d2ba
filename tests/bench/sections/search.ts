import { DENO_RUN, root } from "../contenders.ts";
import type { Section } from "../figure.ts";
import { measure, type Measured } from "../measure.ts";
import { rounds } from "../rounds.ts";
import { durableSearch, Place } from "../search/searches.ts";
import { median, ratio } from "../statistics.ts";
import { inFolder } from "../workload.ts";

export const search: Section = {
  name: "search",
  about:
    `98 users × 300 messages × 2 domains against a local Workspace without quotas or latency, from spawn to exit: tasker run
    gmail-search beside a plain script (Google's client and promises, nothing kept).`,
  async *run({ quick, progress }) {
    progress("the search, and the plain script");
    const size = quick ? ["20", "100"] as const : ["98", "300"] as const;
    const [users, results] = size;
    const held = await inFolder(async (folder) => {
      await using place = await Place.open(folder);
      const plain = [`${root}tests/bench/search/plain_search.ts`, place.url, place.keyFile, place.admin, ...size];
      let round = 0;
      return await rounds(3, {
        plain: () => measure(Deno.execPath(), [...DENO_RUN, ...plain]),
        tasker: () => durableSearch(`${folder}/${round++}.db`, place, { users, results, profile: "none" }),
      });
    });
    const what = `${size.join(" × ")} × 2 domains`;
    const [plain, durable] = [held.plain, held.tasker].map((all) => all.map(({ seconds }) => seconds)) as [
      number[],
      number[],
    ];
    const peak = (all: Measured[]) => `peak ${Math.round(Math.max(...all.map(({ peakMiB }) => peakMiB)))} MiB`;
    const times = ratio(durable, plain);
    yield { name: `${what}, plain script`, value: median(plain), unit: "s", note: peak(held.plain) };
    yield { name: `${what}, tasker`, value: median(durable), unit: "s", note: peak(held.tasker) };
    yield {
      name: "tasker over plain script",
      value: times,
      unit: "×",
      bars: [{ what: "times the plain script", is: times, atMost: 1.5 }],
    };
  },
};
