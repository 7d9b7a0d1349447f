// Which move is being made: the dialog that is open, and what is on its way.
import { signal } from '@preact/signals';
import { hubClock } from './clock';
import { act, me, outbox, store } from './hub';
import type { Owed, Ticket } from './model';
import type { Around, Move } from './moves';
import { groupOf, type Item } from './outbox';

export interface Making { move: Move; ticket: Ticket; owed?: Owed }

export const making = signal<Making | null>(null);
export const said = signal(''); // for screen readers, and for a moment on the screen

/** Does not watch the other tickets: a card would be drawn anew for each of them. */
export const around = (closedAt?: number): Around => ({
  now: hubClock.now(), others: store.tables.ticket.peekList(), ...(closedAt !== undefined && { closedAt }),
});

/** One tap is enough for these. */
const DIRECT: readonly Move[] = ['response.ack', 'response.onscene'];

export function begin(move: Move, ticket: Ticket, owed?: Owed): void {
  if (DIRECT.includes(move)) void act(move, { inc: ticket.id });
  else making.value = { move, ticket, ...(owed && { owed }) };
}

export const acceptIn = (ticket: Ticket, minutes: number): void =>
  void act('response.accept', { inc: ticket.id, eta: Math.floor(hubClock.now()) + minutes * 60_000 });

export const itemsOf = (ticket: string): Item[] => outbox.items.value.filter((item) => groupOf(item.claims) === ticket);

/** This very move is on its way: no second one. */
export const isOnTheWay = (ticket: string, move: Move): boolean =>
  itemsOf(ticket).some((item) => item.claims.kind === move && (item.state === 'waiting' || item.state === 'sent'));

export const isMine = (owed: Owed): boolean => owed.agency === me.value?.agency;
