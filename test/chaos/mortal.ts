import type { OpenLedger } from "../../src/ledger/ledger.ts";
import type { Node } from "../../src/world.ts";

/**
 * The life of a bot that can be killed between any two things it does. Once it is dead every call it makes is never
 * answered, as none is of a process that is gone; what it did before is done.
 */
export type Life = {
  /** What it did since it was armed: `before create`, `after create`, `before commit` … */
  readonly steps: readonly string[];
  /** Counts its steps from now on, and dies at that one. */
  arm(dieAt?: number): void;
  /** Resolves at its death. */
  readonly death: Promise<void>;
  node(node: Node): Node;
  ledger(ledger: OpenLedger): OpenLedger;
};

export function life(): Life {
  const steps: string[] = [];
  const { promise: death, resolve: die } = Promise.withResolvers<void>();
  let isArmed = false;
  let isDead = false;
  let dieAt: number | undefined;

  async function step(name: string): Promise<void> {
    if (isDead) await forEver();
    if (!isArmed) return;
    steps.push(name);
    if (steps.length - 1 !== dieAt) return;
    isDead = true;
    die();
    await forEver();
  }

  async function around<T>(name: string, effect: () => Promise<T>): Promise<T> {
    await step(`before ${name}`);
    const result = await effect();
    await step(`after ${name}`);
    return result;
  }

  /** Every verb of a port with a step before and after it. */
  function mortal<T extends object>(port: T): T {
    return new Proxy(port, {
      get(target, key) {
        const verb = Reflect.get(target, key);
        if (typeof verb !== "function" || key === "watch") return verb;
        return (...words: unknown[]) => around(String(key), () => verb.apply(target, words));
      },
    });
  }

  return {
    steps,
    death,
    arm(at) {
      isArmed = true;
      dieAt = at;
    },
    node: (node) => ({
      ...node,
      engine: mortal(node.engine),
      host: mortal(node.host),
      // Often repeated, and nothing of it stays.
      probeSsh: async (target) => {
        if (isDead) await forEver();
        return node.probeSsh(target);
      },
    }),
    ledger: (ledger) => ({
      ...ledger,
      transaction: (work) => around("commit", () => ledger.transaction(work)),
      write: (work) => around("commit", () => ledger.write(work)),
      async read(work) {
        if (isDead) await forEver();
        return ledger.read(work);
      },
    }),
  };
}

function forEver(): Promise<never> {
  return new Promise(() => {});
}
