// What a hub says of itself, and the kernel of it.
import { readFileSync } from 'node:fs';

/** KiB. */
export const rss = (hub) =>
  Number(readFileSync(`/proc/${hub.child.pid}/status`, 'utf8').match(/VmRSS:\s+(\d+)/)[1]);

/** NaN while it cannot say. */
export const sessionsAt = async (hub) =>
  Number((await hub.metrics()).match(/^posko_sessions (\d+)$/m)?.[1] ?? NaN);
