import { containerView } from "../../src/containers/list.ts";
import { reachFromNow } from "../../src/ends/clock-watch.ts";
import { signOf } from "../../src/idle/minute.ts";
import { judgeIdle } from "../../src/jobs/judge-idle.ts";
import { type IdleMark, idleMarks, type UseMinute } from "../../src/ledger/idle-tables.ts";
import { writeMinutes } from "../../src/ledger/queries/use.ts";
import type { NodeId } from "../../src/world.ts";
import { quietMinute } from "../support/minute.ts";
import { rounds } from "../support/rounds.ts";
import { type EndsLab, endsLab } from "./lab.ts";

const minuteMs = 60_000;

/** What a container does in a minute, as the samplers would have written it down; `half`: the first of its devices works. */
export type Doing = "idle" | "busy" | "half" | "unseen";

/** A bot that judges idleness, in which hours pass in an instant. */
export type IdleLab = EndsLab & {
  /** So many minutes pass, in which each of these containers does that; of any other nothing is seen. */
  spent(minutes: number, doing: ReadonlyMap<number, Doing> | [number, Doing][]): Promise<void>;
  marks(id: number): Promise<IdleMark[]>;
};

export async function idleLab({
  policy = "",
  policyYaml,
  ...options
}: {
  /** Among the defaults. */
  policy?: string;
  /** Instead of all of it. */
  policyYaml?: string;
} & Parameters<typeof endsLab>[0] = {}): Promise<IdleLab> {
  const looks = new Map<NodeId, number>();
  const judging = rounds();
  const lab = await endsLab({
    ...options,
    policy:
      policyYaml ??
      `enrol: open\nidle_mode: stop\ngroups: { student: {} }\ndefaults: { max_containers: 50, max_waiting: 50, max_gpu_equivalents: 8, max_gpus_per_container: 4, memory_gib: 1, cpus: 1, max_runtime_h: 72, ${policy} }`,
    looked: looks,
    jobs: (world, slack) => [
      judging.of(
        judgeIdle(
          reachFromNow(world.clock, () => slack.reach()),
          looks,
        ),
      ),
    ],
  });
  return {
    ...lab,
    async spent(minutes, doing) {
      const from = Math.ceil(lab.clock.now().getTime() / minuteMs) * minuteMs;
      for (const [id, what] of doing) {
        if (what === "unseen") continue;
        const view = await containerView(lab.world, id);
        if (!view) throw new Error(`there is no container ${id}`);
        const rows = Array.from({ length: minutes }, (_, i) => minuteOf(from + i * minuteMs, what, view));
        await lab.world.ledger.write((tx) => writeMinutes(tx, rows));
      }
      looks.set("gpu1", lab.clock.monotonicMs() + minutes * minuteMs);
      lab.clock.jump(from + minutes * minuteMs + 20_000 - lab.clock.now().getTime());
      await judging.whole(lab.world.until);
    },
    async marks(id) {
      const rows = await lab.world.ledger.read((tx) => tx.select().from(idleMarks).orderBy(idleMarks.id));
      return rows.filter(({ containerId }) => containerId === id);
    },
  };
}

function minuteOf(
  at: number,
  doing: Exclude<Doing, "unseen">,
  { container, devices }: NonNullable<Awaited<ReturnType<typeof containerView>>>,
): UseMinute {
  const minute = quietMinute(new Date(at), {
    devices: devices.map(({ id }, i) => {
      const works = doing === "busy" || (doing === "half" && i === 0);
      const sign = works ? ("active" as const) : ("idle" as const);
      return { id, sign, usePercent: works ? 80 : 0, memoryMiB: 31 * 1024 };
    }),
    cpuSeconds: 0.5,
  });
  return { ...minute, containerId: container.id, run: container.run, sign: signOf(minute) };
}
