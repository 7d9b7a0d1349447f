// The hub's time. Every deadline runs on it, and a phone's clock may be anything. A message that
// says `at` cannot have come before it was sent, nor an answer been written before it was asked
// for: so the offset lies between two bounds, and each sample narrows them.
import { signal } from '@preact/signals';

/** No message of a link that lives is later than this. */
const LATE_MS = 10_000;

export class HubClock {
  private low = -Infinity;
  private high = Infinity;

  constructor(private readonly local: () => number) {}

  /** `at` came at local time `got`; it answers what was sent at local time `asked`. */
  sample(at: number, got: number, asked?: number): void {
    const low = at - got;
    const high = asked === undefined ? Infinity : at - asked;
    if (low > this.high || high < this.low || low < this.low - LATE_MS) {
      this.low = low; // the local clock was moved, or slept
      this.high = high;
      return;
    }
    this.low = Math.max(this.low, low);
    this.high = Math.min(this.high, high);
  }

  get offset(): number {
    if (this.low === -Infinity) return 0;
    return this.high === Infinity ? this.low : (this.low + this.high) / 2;
  }

  now(): number {
    return this.local() + this.offset;
  }
}

export const hubClock = new HubClock(() => performance.timeOrigin + performance.now());

/** The hub's time in whole seconds, for whoever counts on the screen. */
export const second = signal(Math.floor(hubClock.now() / 1000));

export function startTicking(): () => void {
  const timer = setInterval(() => (second.value = Math.floor(hubClock.now() / 1000)), 250);
  return () => clearInterval(timer);
}
