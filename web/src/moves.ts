// Which moves this member may make on a ticket now: section 6 of the protocol as a table. The hub
// decides; the page only offers nothing that it would refuse.
import type { Owed, Ticket } from './model';
import type { AnswerState, Kind, Role, TicketState, What } from './wire';

export interface Me { agency: string; member: string; roles: readonly Role[]; host: boolean }

export const MOVES = [
  'response.ack', 'response.accept', 'response.enroute', 'response.onscene', 'response.done', 'response.decline',
  'incident.note', 'incident.change', 'incident.share', 'incident.offer', 'incident.take', 'incident.merge',
  'incident.escalate', 'incident.resolve', 'incident.close', 'incident.reopen',
] as const satisfies readonly Kind[];
export type Move = (typeof MOVES)[number];

type Who = 'lead' | 'own_lead' | 'addressed' | 'author' | 'offered';

const AGENCIES_MAX = 32;
const REOPEN_MS = 24 * 3600 * 1000;
const OPEN: readonly TicketState[] = ['open'];
const GOING: readonly TicketState[] = ['open', 'resolved'];
const HELD: readonly TicketState[] = ['open', 'resolved', 'closed'];

const DEEDS: Record<Move, { who: readonly Who[]; when: readonly TicketState[] }> = {
  'response.ack': { who: ['addressed'], when: GOING },
  'response.accept': { who: ['addressed', 'own_lead'], when: GOING },
  'response.enroute': { who: ['addressed'], when: GOING },
  'response.onscene': { who: ['addressed'], when: GOING },
  'response.done': { who: ['addressed'], when: GOING },
  'response.decline': { who: ['addressed', 'offered'], when: GOING },
  'incident.note': { who: ['lead', 'addressed', 'author'], when: HELD },
  'incident.change': { who: ['lead'], when: OPEN },
  'incident.share': { who: ['lead'], when: OPEN },
  'incident.offer': { who: ['lead'], when: OPEN },
  'incident.take': { who: ['offered'], when: OPEN },
  'incident.merge': { who: ['lead'], when: OPEN },
  'incident.escalate': { who: ['lead', 'addressed', 'author'], when: OPEN },
  'incident.resolve': { who: ['lead'], when: OPEN },
  'incident.close': { who: ['lead'], when: GOING },
  'incident.reopen': { who: ['lead', 'addressed'], when: ['resolved', 'closed'] },
};

/** From which states an agency's answer moves; what changes nothing is not offered. */
const FROM: Partial<Record<Move, readonly (AnswerState | 'none')[]>> = {
  'response.ack': ['offered'],
  'response.accept': ['none', 'offered', 'acked', 'accepted', 'enroute', 'onscene', 'done', 'declined'],
  'response.enroute': ['offered', 'acked', 'accepted', 'enroute', 'onscene', 'done'],
  'response.onscene': ['offered', 'acked', 'accepted', 'enroute', 'done'],
  'response.done': ['offered', 'acked', 'accepted', 'enroute', 'onscene'],
  'response.decline': ['offered', 'acked', 'accepted', 'enroute', 'onscene'],
};

/** How each debt is met; the first is the button. */
export const MEETS: Record<What, readonly Move[]> = {
  ack: ['response.ack'],
  accept: ['response.accept', 'response.decline'],
  arrive: ['response.onscene', 'response.accept'],
  update: ['incident.note', 'response.done'],
  take: ['incident.take', 'response.decline'],
  reassign: ['incident.share', 'response.accept'],
  resolve: ['incident.resolve'],
  close: ['incident.close'],
};

const has = (me: Me, ...roles: Role[]): boolean => roles.some((role) => me.roles.includes(role));

export const isCoordinator = (me: Me): boolean => me.host && has(me, 'coordinator');
export const mayAnswer = (me: Me): boolean => has(me, 'duty', 'chief');
export const mayReport = (me: Me): boolean => has(me, 'reporter', 'duty', 'chief', 'coordinator');
export const mayExercise = (me: Me): boolean => me.host && has(me, 'coordinator', 'controller');
export const answerOf = (t: Ticket, agency: string): AnswerState | 'none' =>
  t.agencies.find((a) => a.id === agency)?.state ?? 'none';

const leading = (me: Me): boolean => has(me, 'duty', 'chief', 'coordinator');
export const leads = (me: Me, t: Ticket): boolean => isCoordinator(me) || (me.agency === t.lead && leading(me));

function isWho(me: Me, t: Ticket, who: Who): boolean {
  switch (who) {
    case 'lead':
      return leads(me, t);
    case 'own_lead':
      return me.agency === t.lead && leading(me);
    case 'addressed':
      return mayAnswer(me) && answerOf(t, me.agency) !== 'none';
    case 'author':
      return t.author === `${me.agency}/${me.member}`;
    case 'offered':
      return t.offered === me.agency && leading(me);
  }
}

function follows(move: Move, t: Ticket, me: Me): boolean {
  const state = answerOf(t, me.agency);
  if (move === 'response.decline' && t.offered === me.agency) return true; // refuses the lead, nothing else
  if (move === 'response.accept' && state === 'none' && t.agencies.length >= AGENCIES_MAX) return false;
  return FROM[move]?.includes(state) ?? true;
}

export interface Around { now: number; closedAt?: number; others: readonly Ticket[] }

const mayTake = (t: Ticket, me: Me) => (o: Ticket): boolean =>
  o.id !== t.id && o.state === 'open' && o.status === t.status && leads(me, o);
export const mergeTargets = (t: Ticket, me: Me, others: readonly Ticket[]): Ticket[] => others.filter(mayTake(t, me));

function allows(move: Move, t: Ticket, me: Me, around: Around): boolean {
  if (move === 'incident.escalate') return t.owed.length > 0;
  if (move === 'incident.merge') return around.others.some(mayTake(t, me));
  if (move === 'incident.reopen' && t.state === 'closed')
    return around.closedAt === undefined || around.now - around.closedAt <= REOPEN_MS;
  return true;
}

export function movesOf(t: Ticket, me: Me, around: Around): Move[] {
  return MOVES.filter((move) => {
    const deed = DEEDS[move];
    return deed.when.includes(t.state) && deed.who.some((who) => isWho(me, t, who)) && follows(move, t, me) && allows(move, t, me, around);
  });
}

/** The buttons of a debt: how my agency meets it, as far as I may. */
export const movesFor = (owed: Owed, t: Ticket, me: Me, around: Around): Move[] => {
  const may = movesOf(t, me, around);
  return MEETS[owed.what].filter((move) => may.includes(move));
};
