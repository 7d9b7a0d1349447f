// Is it reported already? Open, of the same category and place, opened in the last half hour.
import type { Ticket } from './model';

export const SIMILAR_MS = 30 * 60_000;
export interface Wanted { cat: string; place: string; exercise: boolean }

export function similarTo(
  wanted: Wanted, tickets: readonly Ticket[], at: number, liesIn: (place: string | undefined, within: string) => boolean,
): Ticket[] {
  if (!wanted.cat) return [];
  const status = wanted.exercise ? 'exercise' : 'actual';
  const isNear = (ticket: Ticket) => (wanted.place ? liesIn(ticket.place, wanted.place) : !ticket.place);
  return tickets.filter((one) =>
    one.state === 'open' && one.status === status && one.cat === wanted.cat && at - one.opened <= SIMILAR_MS && isNear(one));
}
