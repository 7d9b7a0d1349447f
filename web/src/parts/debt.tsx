import { acceptIn, around, begin, isOnTheWay, itemsOf } from '../acting';
import type { Owed, Ticket } from '../model';
import { agencyName } from '../names';
import { me, shown } from '../hub';
import { hubClock } from '../clock';
import { t, whenText } from '../i18n';
import { movesFor, movesOf, type Move } from '../moves';
import { Button } from '../ui/button';
import { Seen } from '../ui/seen';
import { Countdown } from './clock';
import { Phones } from './phones';
import { Sending } from './sendstate';
import { DebtLine, TicketLine } from './ticketline';
import { useRef, useState } from 'preact/hooks';

const ETAS = [5, 15, 30];
const NEWS_MS = 10_000;

export function Etas({ ticket }: { ticket: Ticket }) {
  const busy = isOnTheWay(ticket.id, 'response.accept');
  return (
    <div class="etas" role="group" aria-label={t('eta.group')}>
      {ETAS.map((minutes, i) => (
        <Button key={minutes} look={i === 0 ? 'primary' : 'plain'} big disabled={busy} onClick={() => acceptIn(ticket, minutes)}>
          {t('eta.in', { n: minutes })}
        </Button>
      ))}
    </div>
  );
}

interface MoveProps { move: Move; ticket: Ticket; owed: Owed; first: boolean }

function MoveButton({ move, ticket, owed, first }: MoveProps) {
  const label =
    move === 'response.decline' && ticket.offered === me.value?.agency ? t('move.refuse_lead')
      : move !== 'response.accept' ? t(`move.${move}`)
        : owed.what === 'reassign' ? t('move.accept_self') : t('eta.own');
  return (
    <Button
      look={first ? 'primary' : 'plain'} big data-act={move === 'response.ack' ? 'ack' : undefined}
      disabled={isOnTheWay(ticket.id, move)} onClick={() => begin(move, ticket, owed)}
    >
      {label}
    </Button>
  );
}

/** Nobody of my agency had seen it; said so until a moment after somebody here has. */
function useNews(isNew: boolean): [boolean, () => void] {
  const [news, setNews] = useState(isNew);
  const seen = useRef(false);
  const see = () => {
    if (!news || seen.current) return;
    seen.current = true;
    setTimeout(() => setNews(false), NEWS_MS);
  };
  return [news, see];
}

const isUnseen = (ticket: Ticket, owed: Owed): boolean =>
  owed.what === 'ack' && ticket.agencies.some((a) => a.id === owed.agency && !a.shown);

/** One thing that is owed, with the buttons that meet it or press for it. */
export function Debt({ ticket, owed, mine }: { ticket: Ticket; owed: Owed; mine: boolean }) {
  const who = me.value;
  const [news, see] = useNews(mine && isUnseen(ticket, owed));
  if (!who) return null;
  const moves = mine ? movesFor(owed, ticket, who, around()) : [];
  const may = movesOf(ticket, who, around());
  const what = t(`what.${owed.what}`);
  return (
    <Seen onSeen={() => {
      if (!mine) return;
      see();
      shown(owed.since);
    }}>
      <article class={`card debt ${mine ? 'mine' : 'other'}${owed.step > 0 ? ' lapsed' : ''} ${ticket.sev}`} data-row data-ticket={ticket.id} tabIndex={-1}>
        <div class="debt-head">
          <div class="debt-clock">
            {mine && <span class="what">{what}</span>}
            <Countdown at={owed.next} />
            {owed.step > 0 && <span class="overdue">{t('debt.since', { at: whenText(owed.due, hubClock.now()) })}</span>}
          </div>
          <div class="debt-who">
            {mine ? <TicketLine ticket={ticket} news={news} step={owed.step} /> : <DebtLine ticket={ticket} text={t('owes', { who: agencyName(owed.agency), what })} step={owed.step} />}
            {owed.about && <p class="line-facts">{t('debt.about', { who: agencyName(owed.about) })}</p>}
          </div>
        </div>
        <div class="actions">
          {owed.what === 'accept' && moves.includes('response.accept') && <Etas ticket={ticket} />}
          {moves.map((move, i) => (
            <MoveButton key={move} move={move} ticket={ticket} owed={owed} first={i === 0 && move !== 'response.accept'} />
          ))}
          {may.includes('incident.escalate') && (
            <Button look="quiet" data-act="escalate" onClick={() => begin('incident.escalate', ticket, owed)}>{t('move.incident.escalate')}</Button>
          )}
          {!mine && <Phones agency={owed.agency} />}
        </div>
        {mine && <Sending items={itemsOf(ticket.id)} />}
      </article>
    </Seen>
  );
}
