import type { HTTPReceiver } from "@slack/bolt";
import type { SlackReach } from "../ends/reach.ts";
import type { World } from "../world.ts";
import { createApp, httpReceiver } from "./app.ts";
import { createClients } from "./clients.ts";
import { type Connection, socketConnection } from "./connection.ts";
import { type Gaps, gapLog } from "./gaps.ts";
import { createHeldEdits } from "./held-edits.ts";
import { boardKeeper } from "./keep-board.ts";
import { homeKeeper } from "./keep-homes.ts";
import { lookAtEverybody } from "./leavers.ts";
import { type Drained, drainOutbox } from "./outbox.ts";
import { createPeople } from "./people.ts";
import { createProgressPace } from "./progress-pace.ts";
import type { Room } from "./room.ts";
import { type SlackJob, selfWaking } from "./self-waking.ts";
import { failureOf } from "./sending.ts";
import type { SlackSettings } from "./settings.ts";
import { createUpdateBudget } from "./update-budget.ts";

export type SlackRoom = {
  /** For the runner of jobs, while this process is the active bot. */
  readonly jobs: readonly SlackJob[];
  /**
   * Sends what the outbox holds; to be called after commits and now and then. One round at a time: called while one is
   * under way it answers when the round after it is done. Throws what the ledger throws, nothing for Slack's sake.
   */
  drain(signal?: AbortSignal): Promise<Drained>;
  /** Since when Slack can reach us, and when it could not: what ends of containers are judged by. */
  reach(): SlackReach;
  /** The port that signed requests come to, in HTTP mode. */
  readonly httpPort: number | undefined;
  /** Ends the connection; answers that are being given are not waited for. */
  stop(): Promise<void>;
};

const hourMs = 3_600_000;
const askEveryMs = 30_000;
const pausesMs = [500, 1_000, 2_000, 5_000, 10_000];

/**
 * Answers commands, buttons and forms from now on. Where Slack is away it goes on trying and answers as soon as it can;
 * throws, in a sentence, where Slack says that a token is wrong.
 */
export async function startSlackRoom(world: World, settings: SlackSettings): Promise<SlackRoom> {
  const clients = createClients(settings, world.log);
  const updates = createUpdateBudget(world.clock);
  const room: Room = {
    world,
    settings,
    clients,
    people: createPeople(clients.answering, world.clock),
    updates,
    heldEdits: createHeldEdits(updates),
    pace: createProgressPace(world.clock),
    buildsShown: new Map(),
    quietUntilMs: 0,
    reach: () => ({ connectedSince: undefined, gaps: [] }),
    homes: new Map(),
    seen: new Set(),
    submissions: new Map(),
    identity: undefined,
  };
  const stopping = new AbortController();
  const first = await identify(room);
  const way =
    settings.delivery.kind === "socket"
      ? bySocket(room, settings.delivery.appToken)
      : byHttp(room, settings.delivery);
  room.reach = way.reach;
  const running = (async () => {
    if (first === "later") await identifyInTheEnd(room, stopping.signal);
    if (!stopping.signal.aborted) await way.run(stopping.signal);
  })();
  // It ends by `stop` only; where it ends by itself nothing reaches us any more, and that must be seen.
  void running.catch((err: unknown) => world.log.fatal({ err }, "the connection to Slack is given up"));
  if (first === "known") await way.firstTry(running);

  let round: Promise<Drained> | undefined;
  let next: Promise<Drained> | undefined;
  function drain(signal?: AbortSignal): Promise<Drained> {
    if (round) {
      next ??= round
        .catch(() => undefined)
        .then(() => {
          next = undefined;
          return drain(signal);
        });
      return next;
    }
    round = drainOutbox(room, signal ? AbortSignal.any([signal, stopping.signal]) : stopping.signal).finally(
      () => {
        round = undefined;
      },
    );
    return round;
  }
  return {
    jobs: [outboxJob(drain), leaversJob(room), ...keepingJobs(room)],
    drain,
    reach: way.reach,
    get httpPort() {
      return way.port();
    },
    async stop() {
      stopping.abort();
      await running.catch(() => undefined);
    },
  };
}

/** Also when something that was put off may be tried again. */
function outboxJob(drain: (signal: AbortSignal) => Promise<Drained>): SlackJob {
  return selfWaking(
    { name: "send messages", everyMs: 5_000 },
    async (signal) => (await drain(signal)).nextInMs,
  );
}

/** An hour after the start, and once a day from then on. */
function leaversJob(room: Room): SlackJob {
  let nextMs = room.world.clock.monotonicMs() + hourMs;
  return {
    name: "look who has left",
    everyMs: hourMs,
    async run({ clock }, signal) {
      if (clock.monotonicMs() < nextMs) return;
      nextMs = clock.monotonicMs() + 24 * hourMs;
      await lookAtEverybody(room, signal);
    },
  };
}

/** The keepers know how often anything may be edited. */
function keepingJobs(room: Room): SlackJob[] {
  const homes = homeKeeper(room);
  const { boardChannel } = room.world.settings;
  const board = boardChannel === undefined ? undefined : boardKeeper(room, boardChannel);
  return [
    ...(board ? [selfWaking({ name: "keep the board", everyMs: 30_000 }, () => board.look())] : []),
    selfWaking({ name: "keep Homes", everyMs: 30_000 }, (signal) => homes.look(signal)),
  ];
}

type Way = {
  /** Until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
  /** Resolves once the first try is over; rejects if it shows that a token is wrong. */
  firstTry(running: Promise<void>): Promise<void>;
  reach(): SlackReach;
  port(): number | undefined;
};

function bySocket(room: Room, appToken: string): Way {
  const connection: Connection = socketConnection(room, appToken);
  createApp(room, connection.receiver);
  return {
    run: (signal) => connection.keep(signal),
    firstTry: () => connection.firstTry,
    reach: connection.reach,
    port: () => undefined,
  };
}

function byHttp(room: Room, { signingSecret, port }: { signingSecret: string; port: number }): Way {
  const receiver: HTTPReceiver = httpReceiver(room, signingSecret);
  createApp(room, receiver);
  const gaps = gapLog(room.world.clock);
  let listening: number | undefined;
  const started = Promise.withResolvers<void>();
  return {
    async run(signal) {
      try {
        const server = await receiver.start(port);
        const address = server.address();
        listening = typeof address === "object" && address ? address.port : port;
        started.resolve();
        await askIfThere(room, gaps, signal);
        server.closeAllConnections();
        await receiver.stop();
      } catch (error) {
        started.reject(error);
        throw error;
      }
    },
    firstTry: () => started.promise,
    reach: gaps.reach,
    port: () => listening,
  };
}

/**
 * Over HTTP nobody tells us that Slack can't reach us. While the server listens, Slack is taken to be there as long as it
 * answers a question of ours every half minute; what only keeps Slack's requests from us is not seen by that.
 */
async function askIfThere({ clients, world }: Room, gaps: Gaps, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const isThere = await clients.answering.auth.test().then(
      () => true,
      (error: unknown) => failureOf(error).kind !== "passing",
    );
    if (isThere) gaps.back();
    else gaps.lost();
    await world.clock.sleep(askEveryMs, signal);
  }
  gaps.lost();
}

/** Who Slack says we are. Throws if it will not have us; `later` if it does not answer. */
async function identify(room: Room): Promise<"known" | "later"> {
  try {
    const { team_id, user_id, bot_id } = await room.clients.answering.auth.test();
    if (!team_id || !user_id) throw new Error("Slack did not say who we are");
    room.identity = { teamId: team_id, botUserId: user_id, botId: bot_id };
    return "known";
  } catch (error) {
    const failure = failureOf(error);
    if (failure.kind !== "passing")
      throw new Error(
        `Slack does not take the bot token (${failure.error}). Check SLACK_BOT_TOKEN; the app must be installed in the workspace.`,
      );
    room.world.log.warn({ error: failure.error }, "Slack does not answer; trying again");
    return "later";
  }
}

async function identifyInTheEnd(room: Room, signal: AbortSignal): Promise<void> {
  for (let tries = 0; !signal.aborted; tries++) {
    await room.world.clock.sleep(pausesMs[Math.min(tries, pausesMs.length - 1)] ?? 10_000, signal);
    if (!signal.aborted && (await identify(room)) === "known") return;
  }
}
