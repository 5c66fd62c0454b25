/**
 * The deadlines of a lease of length T, counted from the sending of the last renewal that the server acknowledged:
 *
 *     0          0.6 T   T/1.5   25/30 T       T
 *     renewed    TERM    KILL    tree empty    the server may give the task to another host
 *
 * The last sixth is margin for scheduling on a loaded machine.
 */
export interface LeaseTimes {
  termAtMs: number;
  killAtMs: number;
  emptyByMs: number;
}

/** Deadlines on the boot clock of a lease renewed at `sentAtMs`. */
export function leaseTimes(sentAtMs: number, leaseMs: number): LeaseTimes {
  return {
    termAtMs: sentAtMs + 0.6 * leaseMs,
    killAtMs: sentAtMs + leaseMs / 1.5,
    emptyByMs: sentAtMs + (leaseMs * 25) / 30,
  };
}
