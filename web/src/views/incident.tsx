import { useEffect } from 'preact/hooks';
import { around, begin, isOnTheWay, itemsOf } from '../acting';
import { gate, me, store, watch } from '../hub';
import { dateText, t, whenText } from '../i18n';
import { hubClock } from '../clock';
import { parseJws } from '../jws';
import type { Answer, Claims, Owed, Ticket } from '../model';
import { answerOf, MEETS, movesOf, type Move } from '../moves';
import { agencyName, categoryName, linkOf, memberName, placePath, refOf } from '../names';
import { Countdown } from '../parts/clock';
import { Etas } from '../parts/debt';
import { Phones } from '../parts/phones';
import { Sending } from '../parts/sendstate';
import { Sev } from '../parts/sev';
import { Timeline, useVerdict } from '../parts/timeline';
import type { Rec } from '../store';
import { Button } from '../ui/button';
import { Icon } from '../ui/icon';

function Head({ ticket }: { ticket: Ticket }) {
  return (
    <header class={`incident-head ${ticket.sev}`}>
      <p class="line-top">
        <Sev sev={ticket.sev} />
        <span class="ref">#{refOf(ticket)}</span>
        <span class={`tag state ${ticket.state}`}>{t(`ticket_state.${ticket.state}`)}</span>
        {ticket.clear && <span class="tag">{t('ticket.clear')}</span>}
        <span class="tag">{t(`veracity.${ticket.veracity}`)}</span>
        <span class="tag">{t('tlp.tag', { tlp: ticket.tlp.toUpperCase() })}</span>
      </p>
      <h1>{ticket.title}</h1>
    </header>
  );
}

function Facts({ ticket }: { ticket: Ticket }) {
  const author = ticket.author?.split('/');
  const rows: [string, string][] = [
    [t('claim.cat'), categoryName(ticket.cat)],
    [t('claim.place'), ticket.place ? placePath(ticket.place) : t('place.none')],
    [t('fact.opened'), dateText(ticket.opened)],
    [t('fact.by'), [author && memberName(author[0]!, author[1]!), agencyName(ticket.by)].filter(Boolean).join(', ')],
    [t('fact.lead'), agencyName(ticket.lead)],
  ];
  if (ticket.state === 'closed' || ticket.state === 'merged') rows.push([t('fact.link'), `${location.origin}/insiden/${ticket.id}`]);
  if (ticket.offered) rows.push([t('fact.offered'), agencyName(ticket.offered)]);
  if ((ticket.count ?? 1) > 1) rows.push([t('fact.count'), `${ticket.count}× · ${dateText(ticket.last ?? ticket.opened)}`]);
  return (
    <dl class="facts wide">
      {rows.map(([name, text]) => <div key={name}><dt>{name}</dt><dd>{text}</dd></div>)}
    </dl>
  );
}

function ReceiptLine({ answer }: { answer: Answer }) {
  const now = hubClock.now();
  const one = (how: 'got' | 'shown') =>
    answer[how] && t(`receipt.${how}`, { who: memberName(answer.id, answer[how].member), at: whenText(answer[how].at, now) });
  const text = [one('shown') ?? one('got') ?? (answer.state === 'offered' ? t('receipt.none') : '')].join(' · ');
  return <p class="receipt">{text}</p>;
}

function OwedLine({ owed }: { owed: Owed }) {
  return (
    <p class="owed-line">
      <span>{t(`what.${owed.what}`)}{owed.about && ` (${agencyName(owed.about)})`}</span>
      <Countdown at={owed.next} />
    </p>
  );
}

function Parties({ ticket }: { ticket: Ticket }) {
  const lead = { id: ticket.lead, state: answerOf(ticket, ticket.lead) };
  const rows: (Answer | { id: string; state: 'none' })[] = lead.state === 'none' ? [{ id: ticket.lead, state: 'none' }, ...ticket.agencies] : ticket.agencies;
  return (
    <section aria-labelledby="parties">
      <h2 id="parties">{t('parties')}</h2>
      <ul class="parties">
        {rows.map((row) => (
          <li key={row.id} class="card party">
            <p class="party-head">
              <strong>{agencyName(row.id)}</strong>
              {row.id === ticket.lead && <span class="tag">{t('party.lead')}</span>}
              {row.state !== 'none' && <span class={`tag answer ${row.state}`}>{t(`answer.${row.state}`)}</span>}
            </p>
            {'eta' in row && row.eta !== undefined && <p>{t('party.eta')} <Countdown at={row.eta} /></p>}
            {row.state !== 'none' && <ReceiptLine answer={row as Answer} />}
            {ticket.owed.filter((o) => o.agency === row.id).map((o) => <OwedLine key={`${o.what}${o.about}`} owed={o} />)}
            <p class="actions"><Phones agency={row.id} /></p>
          </li>
        ))}
      </ul>
    </section>
  );
}

function claimsIn(rec: Rec): Claims | null {
  try {
    return parseJws(rec.jws).claims;
  } catch {
    return null;
  }
}

/** When it was closed, where its timeline says so. */
function closedAt(ticket: Ticket): number | undefined {
  if (ticket.state !== 'closed') return undefined;
  return store.timeline(ticket.id).filter((rec) => claimsIn(rec)?.kind === 'incident.close').at(-1)?.at;
}

const FIRST: readonly Move[] = ['response.ack', 'incident.take', 'response.accept', 'response.enroute', 'response.onscene', 'response.done', 'incident.note', 'incident.resolve', 'incident.close'];

/** What my agency owes here, the soonest first. */
function OwnDebts({ debts }: { debts: readonly Owed[] }) {
  if (debts.length === 0) return null;
  return (
    <ul class="own-debts" aria-label={t('queue.mine')}>
      {debts.map((o) => (
        <li key={`${o.what}${o.about}`}>
          <span>{t('moves.owe', { what: t(`what.${o.what}`) })}{o.about && <small>{t('debt.about', { who: agencyName(o.about) })}</small>}</span> <Countdown at={o.next} />
        </li>
      ))}
    </ul>
  );
}

function Moves({ ticket }: { ticket: Ticket }) {
  const who = me.value;
  void store.tables.ticket.list(); // what may be merged comes and goes
  if (!who) return null;
  const moves = movesOf(ticket, who, around(closedAt(ticket)));
  if (moves.length === 0) return <p class="hint">{t('moves.none')}</p>;
  const state = answerOf(ticket, who.agency);
  const debts = ticket.owed.filter((o) => o.agency === who.agency).sort((a, b) => a.next - b.next);
  const meets = debts.flatMap((o) => MEETS[o.what]).find((m) => moves.includes(m));
  const rank = (m: Move) => (m === meets ? -1 : FIRST.includes(m) ? FIRST.indexOf(m) : FIRST.length);
  const ordered = moves.slice().sort((a, b) => rank(a) - rank(b));
  const label = (move: Move) =>
    move === 'response.decline' && ticket.offered === who.agency ? t('move.refuse_lead')
      : move === 'response.accept' && (state === 'accepted' || state === 'enroute' || state === 'onscene') ? t('move.eta') : t(`move.${move}`);
  return (
    <section aria-labelledby="moves" class="moves">
      <h2 id="moves">{t('moves')}</h2>
      <OwnDebts debts={debts} />
      {meets === 'response.accept' && debts[0]?.what === 'accept' && <Etas ticket={ticket} />}
      <div class="actions">
        {ordered.map((move) => (
          <Button
            key={move} big look={move === meets ? 'primary' : move === 'incident.escalate' ? 'danger' : 'plain'} disabled={isOnTheWay(ticket.id, move)}
            data-move={move} data-act={move === 'response.ack' ? 'ack' : move === 'incident.escalate' ? 'escalate' : undefined}
            onClick={() => begin(move, ticket)}
          >
            {label(move)}
          </Button>
        ))}
      </div>
      <Sending items={itemsOf(ticket.id)} />
      {state === 'acked' && <p class="hint">{t('moves.undo_ack')}</p>}
    </section>
  );
}

/** An ended ticket is known by its id alone: its records, without the state of each agency. */
function Ended({ id }: { id: string }) {
  const live = store.live.value;
  useEffect(() => {
    if (gate.value === 'in') watch(id);
  }, [id, live]);
  const records = store.timeline(id);
  if (records.length === 0) return <p class="empty">{live && store.ended.value.has(id) ? t('incident.unknown') : t('loading')}</p>;
  return (
    <div class="stack">
      <p><a class="back" href="/papan"><Icon name="back" /> {t('nav.papan')}</a></p>
      <h1><Title records={records} id={id} /></h1>
      <p class="notice">{t('incident.ended')}</p>
      {!store.ended.value.has(id) && <p class="empty" role="status">{t('loading')}</p>}
      <Timeline ticket={{ id, n: records.length }} />
    </div>
  );
}

/** The last title that a record gives, once its signature was checked here. */
function Title({ records, id }: { records: readonly Rec[]; id: string }) {
  const rec = records.findLast((one) => typeof claimsIn(one)?.title === 'string');
  return <>{rec ? <Checked key={rec.seq} rec={rec} id={id} /> : id}</>;
}

function Checked({ rec, id }: { rec: Rec; id: string }) {
  return <>{useVerdict(rec) === 'ok' ? claimsIn(rec)?.title : id}</>;
}

function useTicket(ref: string): Ticket | undefined {
  const exercise = ref.startsWith('L');
  const no = Number(exercise ? ref.slice(1) : ref);
  return store.tables.ticket.list().find((one) => one.id === ref || (one.no === no && (one.status === 'exercise') === exercise));
}

const ENDED_ID = /^[0-9a-f]{8}-[0-9a-f-]{27}$/;

function Unknown({ live }: { live: boolean }) {
  if (!live) return <p class="empty">{t('loading')}</p>;
  return (
    <div class="stack">
      <h1>{t('incident.none')}</h1>
      <p class="empty">{t('incident.unknown')}</p>
      <div class="actions"><a class="button" href="/papan">{t('nav.papan')}</a></div>
    </div>
  );
}

export function Incident({ id }: { id: string }) {
  const ticket = useTicket(id);
  const live = store.live.value;
  useEffect(() => {
    if (ticket && gate.value === 'in') watch(ticket.id);
  }, [ticket?.id, live]);
  if (!ticket && live && ENDED_ID.test(id)) return <Ended id={id} />;
  if (!ticket) return <Unknown live={live} />;
  const into = ticket.into ? store.tables.ticket.get(ticket.into) : undefined;
  return (
    <div data-row data-ticket={ticket.id} tabIndex={-1}>
      <p><a class="back" href="/antrean"><Icon name="back" /> {t('nav.antrean')}</a></p>
      {ticket.status === 'exercise' && <p class="band exercise">{t('exercise.this')}</p>}
      <Head ticket={ticket} />
      {ticket.state === 'merged' && <p class="notice">{t('incident.merged')} {into && <a href={linkOf(into)}>#{refOf(into)} {into.title}</a>}</p>}
      <Moves ticket={ticket} />
      <div class="columns incident">
        <div class="stack">
          <Facts ticket={ticket} />
          <Parties ticket={ticket} />
        </div>
        <Timeline ticket={ticket} />
      </div>
    </div>
  );
}
