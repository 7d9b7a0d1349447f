// What rings, when, and until when. Pure: the sound itself is sound.ts.
import type { Owed, Ticket } from './model';
import { mayAnswer, type Me } from './moves';
import type { Sev } from './wire';

export interface Due { key: string; ticket: Ticket; owed: Owed }
export interface Rings { ring: Sev[]; notify: Due[] }

export const REPEAT_MS = 20_000;

export const keyOf = (t: Ticket, o: Owed): string => `${t.id}/${o.agency}/${o.what}/${o.about}/${o.since}`;

/** What my agency owes, on all tickets. */
export function duesOf(tickets: readonly Ticket[], agency: string): Due[] {
  return tickets.flatMap((ticket) =>
    ticket.owed.filter((owed) => owed.agency === agency).map((owed) => ({ key: keyOf(ticket, owed), ticket, owed })));
}

/** Kritis is heard until somebody of the agency has it acknowledged, stored and no less. */
const repeats = (due: Due): boolean => due.ticket.sev === 'extreme' && (due.owed.what === 'ack' || due.owed.what === 'take');

export class Alarm {
  private readonly rung = new Map<string, { at: number; step: number }>();

  /** Call it when anything changed, and every second. */
  step(dues: readonly Due[], me: Me, now: number): Rings {
    const out: Rings = { ring: [], notify: [] };
    if (!mayAnswer(me)) return out;
    const held = new Set(dues.map((due) => due.key));
    for (const key of this.rung.keys()) if (!held.has(key)) this.rung.delete(key);
    for (const due of dues) {
      const before = this.rung.get(due.key);
      const news = !before || due.owed.step > before.step;
      if (!news && !(repeats(due) && now - before.at >= REPEAT_MS)) continue;
      this.rung.set(due.key, { at: now, step: due.owed.step });
      out.ring.push(due.ticket.sev);
      if (news) out.notify.push(due);
    }
    return out;
  }

  /** Mutes what stands now without ringing it: the sound was just switched on after a reload. */
  forget(): void {
    this.rung.clear();
  }
}
