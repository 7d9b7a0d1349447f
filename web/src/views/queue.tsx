import { duesOf, keyOf, type Due } from '../alarm';
import { clockText, t } from '../i18n';
import { me, store } from '../hub';
import { isCoordinator, type Me } from '../moves';
import type { Ticket } from '../model';
import { Debt } from '../parts/debt';
import { Announcer } from '../parts/announcer';
import { SEVS } from '../wire';
import { useMore } from '../ui/more';

const bySoonest = (a: Due, b: Due): number =>
  a.owed.next - b.owed.next || SEVS.indexOf(b.ticket.sev) - SEVS.indexOf(a.ticket.sev);

/** Others owe me: on what my agency leads or reported, or everywhere for the host's coordinators. */
function waitedFor(tickets: readonly Ticket[], who: Me): Due[] {
  return tickets
    .filter((ticket) => isCoordinator(who) || ticket.lead === who.agency || ticket.by === who.agency)
    .flatMap((ticket) => ticket.owed.filter((o) => o.agency !== who.agency).map((owed) => ({ key: keyOf(ticket, owed), ticket, owed })));
}

function List({ dues, mine, empty }: { dues: Due[]; mine: boolean; empty: string }) {
  const { rows, more } = useMore(dues, 50);
  if (dues.length === 0) return <p class="empty">{empty}</p>;
  return (
    <>
      {rows.map((due) => <Debt key={due.key} ticket={due.ticket} owed={due.owed} mine={mine} />)}
      {more(t('more'))}
    </>
  );
}

export function Queue() {
  const who = me.value;
  if (!who) return null;
  const tickets = store.tables.ticket.list();
  const mine = duesOf(tickets, who.agency).sort(bySoonest);
  const others = waitedFor(tickets, who).sort(bySoonest);
  const mark = store.mark.value;
  return (
    <>
      <h1>{t('nav.antrean')}</h1>
      <Announcer dues={mine} />
      <div class="columns two">
        <section aria-labelledby="mine">
          <h2 id="mine">{t('queue.mine')} <span class="count">{mine.length}</span></h2>
          <List dues={mine} mine empty={mark ? t('queue.none', { at: clockText(mark.at) }) : t('loading')} />
        </section>
        <section aria-labelledby="others">
          <h2 id="others">{t('queue.others')} <span class="count">{others.length}</span></h2>
          <List dues={others} mine={false} empty={mark ? t('queue.none_others') : t('loading')} />
        </section>
      </div>
    </>
  );
}
