// What is left until a clock, in the fewest characters an officer can read at a glance.
export interface Left { late: boolean; text: string; near: boolean; spoken: { unit: 'second' | 'minute' | 'hour' | 'day'; count: number } }

const two = (n: number): string => String(n).padStart(2, '0');

/** next, now: ms. 4:59 under an hour, 3j 05m style left to the caller's unit words for longer. */
export function left(next: number, now: number, unit: { hour: string; day: string; minute: string }): Left {
  const late = next <= now;
  const seconds = late ? Math.floor((now - next) / 1000) : Math.ceil((next - now) / 1000);
  const sign = late ? '+' : '';
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  const days = Math.floor(hours / 24);
  const near = !late && seconds <= 60;
  if (hours < 1) {
    const spoken = minutes < 1 ? { unit: 'second', count: seconds } as const : { unit: 'minute', count: minutes } as const;
    return { late, near, text: `${sign}${minutes}:${two(seconds % 60)}`, spoken };
  }
  if (days < 2) return { late, near, text: `${sign}${hours}${unit.hour} ${two(minutes % 60)}${unit.minute}`, spoken: { unit: 'hour', count: hours } };
  return { late, near, text: `${sign}${days}${unit.day} ${two(hours % 24)}${unit.hour}`, spoken: { unit: 'day', count: days } };
}

/** Seconds at which a screen reader is told: not more often, or it never stops talking. */
export const isAnnounced = (seconds: number): boolean => seconds === 60 || seconds === 10;
