import { Socket } from "node:net";
import pg from "pg";
import type { Log } from "../log.ts";
import { passingTrouble } from "./errors.ts";

/**
 * Connections to the ledger with a limit on everything. A server that goes is told as errors of the queries that were
 * running and of connections at rest: without both listeners each of the latter would end the process.
 */
export function openPool(url: string, log: Log): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    application_name: "berth",
    // 100 were slower.
    max: 10,
    // What a transaction asks without waiting in between goes out at once, and is answered in order.
    pipeline: true,
    stream: gatheringSocket,
    connectionTimeoutMillis: 5000,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
    statement_timeout: 15_000,
    lock_timeout: 5000,
    idle_in_transaction_session_timeout: 10_000,
    query_timeout: 20_000,
  });
  const note = (error: Error) =>
    log.warn({ because: passingTrouble(error) ?? error.name }, "a connection to the ledger broke");
  pool.on("error", note);
  pool.on("connect", (client) => client.on("error", note));
  return pool;
}

/**
 * What is written to it in one turn goes out as one: each write of its own wakes the server, which costs both sides more than
 * most of what is asked.
 */
function gatheringSocket(): Socket {
  const socket = new Socket();
  const write = socket.write.bind(socket) as (...written: unknown[]) => boolean;
  let gathers = false;
  const send = () => {
    gathers = false;
    socket.uncork();
  };
  return Object.assign(socket, {
    write(...written: unknown[]): boolean {
      if (!gathers) {
        gathers = true;
        socket.cork();
        process.nextTick(send);
      }
      return write(...written);
    },
  });
}
