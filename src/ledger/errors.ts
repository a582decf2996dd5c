/**
 * The ledger does not answer, or we are not the one who may write. Nothing of the transaction was done, unless it had
 * a request id, by which asking again finds what was. Its message is for members.
 */
export class LedgerUnreachable extends Error {
  override readonly name: string = "LedgerUnreachable";
  /** For the operator: why, in a word or a code. */
  readonly because: string;

  constructor(because: string) {
    super("The ledger is not reachable; nothing is lost; try again in a minute.");
    this.because = because;
  }
}

/** We are not the active bot (any more): another one may hold the lock already. Members are told the same. */
export class NotActive extends LedgerUnreachable {
  override readonly name = "NotActive";
}

/**
 * Postgres refused a statement. Takes the place of the driver's error, whose message and properties hold SQL and what
 * people typed.
 */
export class LedgerFault extends Error {
  override readonly name = "LedgerFault";
  /** SQLSTATE, such as `23505`. */
  readonly code: string;
  /** The broken constraint's name, where it was one. */
  readonly constraint: string | undefined;

  constructor(code: string, constraint: string | undefined) {
    super(`The ledger refused a statement (code ${code}${constraint ? `, constraint ${constraint}` : ""}).`);
    this.code = code;
    this.constraint = constraint;
  }
}

/**
 * The name of the constraint that a statement broke, from what drizzle, the driver or the ledger threw. Inside a
 * transaction the next statement fails whatever is done about it; so it is asked of what `ledger.transaction` threw.
 */
export function brokenConstraint(error: unknown): string | undefined {
  const found = driverError(error)?.constraint;
  return typeof found === "string" ? found : undefined;
}

/**
 * Codes and messages after which the whole transaction is worth another try: it was rolled back to make room for
 * another (40…), or the server went, is coming, or is full. A Unix socket that is gone says ENOENT.
 */
const passing = new Set([
  ...[
    "40001",
    "40P01",
    "55P03",
    "57P01",
    "57P02",
    "57P03",
    "53300",
    "08000",
    "08001",
    "08003",
    "08006",
    "08007",
  ],
  ...[
    "ECONNREFUSED",
    "ECONNRESET",
    "EPIPE",
    "ENOENT",
    "ETIMEDOUT",
    "EHOSTUNREACH",
    "ENETUNREACH",
    "EAI_AGAIN",
  ],
]);
const passingMessage =
  /^(Connection terminated|timeout exceeded when trying to connect|Query read timeout|Client has encountered a connection error|Client was closed)/;

/** What passes by itself, named in a word; `undefined` for an error that another try would only repeat. */
export function passingTrouble(error: unknown): string | undefined {
  const driver = driverError(error);
  if (driver && passing.has(driver.code)) return driver.code;
  for (const one of causes(error)) {
    const found = passingMessage.exec(one.message);
    if (found) return found[0];
  }
  return undefined;
}

/** The same error without anything of SQL or its parameters; where it was thrown stays. Others pass unchanged. */
export function withoutStatement(error: unknown): unknown {
  const driver = driverError(error);
  const wrapped = error instanceof Error && "query" in error && "params" in error;
  if (error instanceof LedgerFault || !(driver?.isPostgres || wrapped)) return error;
  const fault = new LedgerFault(driver?.code ?? "unknown", driver?.constraint);
  const frames = (error as Error).stack?.split("\n").filter((line) => /^\s+at /.test(line)) ?? [];
  fault.stack = [`${fault.name}: ${fault.message}`, ...frames].join("\n");
  return fault;
}

type DriverError = { code: string; constraint: string | undefined; isPostgres: boolean };

/** drizzle wraps the driver's error in `cause`. */
function driverError(error: unknown): DriverError | undefined {
  for (const one of causes(error)) {
    if (!("code" in one) || typeof one.code !== "string") continue;
    const constraint = "constraint" in one && typeof one.constraint === "string" ? one.constraint : undefined;
    return { code: one.code, constraint, isPostgres: "severity" in one };
  }
  return undefined;
}

function causes(error: unknown): Error[] {
  const found: Error[] = [];
  let one = error;
  while (one instanceof Error && found.length < 5) {
    found.push(one);
    one = one.cause;
  }
  return found;
}
