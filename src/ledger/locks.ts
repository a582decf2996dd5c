/**
 * Advisory locks of the ledger: pairs of a class of our own and a number. They are Postgres's, one set per database,
 * and end with the transaction or the connection that took them.
 */
const lockClass = 0x62_65_72_74;

/** Taken first by every transaction that grants, ends, extends or judges limits. */
export const ledgerLock = [lockClass, 1] as const;
/** Held for life by the active bot. */
export const activeLock = [lockClass, 2] as const;
/** Held while migrations run. */
export const migrationLock = [lockClass, 3] as const;

export const lockArguments = ([kind, number]: readonly [number, number]) => `${kind}, ${number}`;
