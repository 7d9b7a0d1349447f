import { acceptIn, around, begin, isOnTheWay, itemsOf } from '../acting';
import type { Owed, Ticket } from '../model';
import { agencyName } from '../names';
import { me, shown } from '../hub';
import { t } from '../i18n';
import { movesFor, movesOf, type Move } from '../moves';
import { Button } from '../ui/button';
import { Seen } from '../ui/seen';
import { Countdown } from './clock';
import { Phones } from './phones';
import { Sending } from './sendstate';
import { TicketLine } from './ticketline';

const ETAS = [5, 15, 30];

function Etas({ ticket }: { ticket: Ticket }) {
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

/** One thing that is owed, with the buttons that meet it or press for it. */
export function Debt({ ticket, owed, mine }: { ticket: Ticket; owed: Owed; mine: boolean }) {
  const who = me.value;
  if (!who) return null;
  const moves = mine ? movesFor(owed, ticket, who, around()) : [];
  const may = movesOf(ticket, who, around());
  const what = t(`what.${owed.what}`);
  return (
    <Seen onSeen={() => mine && shown(owed.since)}>
      <article class={`card debt ${ticket.sev}`} data-row data-ticket={ticket.id} tabIndex={-1}>
        <div class="debt-head">
          <div class="debt-who"><TicketLine ticket={ticket} /></div>
          <div class="debt-clock">
            <span class="what">{mine ? what : t('owes', { who: agencyName(owed.agency), what })}</span>
            <Countdown at={owed.next} />
            {owed.step > 0 && <span class="tag warn">{t('debt.step', { n: owed.step })}</span>}
            {owed.about && <span class="tag">{t('debt.about', { who: agencyName(owed.about) })}</span>}
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
