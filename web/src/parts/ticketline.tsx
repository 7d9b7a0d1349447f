import { agencyName, categoryName, linkOf, placeName, refOf } from '../names';
import { t } from '../i18n';
import type { Ticket } from '../model';
import { Sev } from './sev';

interface Props { ticket: Ticket; news?: boolean; step?: number }

/** The head of a ticket, the same wherever it stands in a list. */
export function TicketLine({ ticket, news, step }: Props) {
  return (
    <>
      <p class="line-top">
        <Sev sev={ticket.sev} />
        <span class="ref">#{refOf(ticket)}</span>
        {news && <span class="tag news">{t('debt.news')}</span>}
        {!!step && <span class="tag warn">{t('debt.step', { n: step })}</span>}
        {ticket.status === 'exercise' && <span class="tag exercise">{t('exercise')}</span>}
        {ticket.clear && <span class="tag">{t('ticket.clear')}</span>}
        {(ticket.count ?? 1) > 1 && <span class="tag">×{ticket.count}</span>}
      </p>
      <h3 class="line-title"><a href={linkOf(ticket)}>{ticket.title}</a></h3>
      <p class="line-facts">
        {[categoryName(ticket.cat), ticket.place && placeName(ticket.place), t('by', { who: agencyName(ticket.by) })].filter(Boolean).join(' · ')}
      </p>
    </>
  );
}

/** What another owes: who and what first, then on which ticket. */
export function DebtLine({ ticket, text, step }: { ticket: Ticket; text: string; step: number }) {
  return (
    <>
      <p class="debt-what">{text}</p>
      <p class="line-top">
        <Sev sev={ticket.sev} />
        {ticket.status === 'exercise' && <span class="tag exercise">{t('exercise')}</span>}
        {step > 0 && <span class="tag warn">{t('debt.step', { n: step })}</span>}
      </p>
      <h3 class="line-title"><a href={linkOf(ticket)}><span class="ref">#{refOf(ticket)}</span> {ticket.title}</a></h3>
    </>
  );
}
