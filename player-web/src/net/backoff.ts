/** First retry; short, because most outages are a restart or a moment without network. */
export const FIRST_MS = 500
/** Longest wait between two tries. */
export const CAP_MS = 30_000

/**
 * The wait before retry number `attempt` (from 1): doubles up to the cap, then a random half is taken away so that
 * players do not come back all at once. `random` is from 0 to 1.
 */
export function backoffMs(attempt: number, random: number, firstMs = FIRST_MS, capMs = CAP_MS): number {
  const whole = Math.min(capMs, firstMs * 2 ** Math.min(attempt - 1, 20))
  return Math.round(whole / 2 + (whole / 2) * random)
}
