/**
 * Media time that was really heard: the sum of what the position advanced while playing. Pauses and buffering advance
 * nothing, double speed counts double, a jump counts nothing.
 */

/** A position is reported late or early by this much without being a jump: four times a second, and a decoder's block. */
const SLACK_MS = 400

export class PlayedMeter {
  #last: { nowMs: number; positionMs: number } | null = null

  /** Where it plays from now on: a start, a jump or a resume. Counts nothing. */
  start(nowMs: number, positionMs: number): void {
    this.#last = { nowMs, positionMs }
  }

  /** It plays no longer; call {@link advance} first. */
  stop(): void {
    this.#last = null
  }

  /**
   * Answers the media milliseconds since the last call. `speed` is the playback rate since then. More than the clock
   * allows is a jump that nobody announced, and counts only as much as the clock allows.
   */
  advance(nowMs: number, positionMs: number, speed: number): number {
    const last = this.#last
    if (!last) return 0
    this.#last = { nowMs, positionMs }
    const most = Math.max(0, nowMs - last.nowMs) * speed + SLACK_MS
    return Math.min(Math.max(0, positionMs - last.positionMs), most)
  }
}
