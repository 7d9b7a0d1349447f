import { store } from '../hub';
import { t } from '../i18n';
import type { Ticket } from '../model';
import { agencyName, liesIn } from '../names';
import { Countdown } from '../parts/clock';
import { agencyOptions, categoryOptions, placeOptions, wordOptions } from '../parts/options';
import { TicketLine } from '../parts/ticketline';
import { route, setQuery } from '../route';
import { SEVS } from '../wire';
import { Button } from '../ui/button';
import { Select } from '../ui/choice';
import { Field } from '../ui/field';
import { useMore } from '../ui/more';

const COLUMNS = ['new', 'acked', 'working', 'resolved'] as const;
type Column = (typeof COLUMNS)[number];

/** The furthest that any agency has come. */
export function columnOf(ticket: Ticket): Column {
  if (ticket.state === 'resolved') return 'resolved';
  const states = ticket.agencies.map((a) => a.state);
  if (states.some((s) => s === 'accepted' || s === 'enroute' || s === 'onscene' || s === 'done')) return 'working';
  return states.includes('acked') ? 'acked' : 'new';
}

const nextOf = (ticket: Ticket): number => ticket.owed.reduce((least, o) => Math.min(least, o.next), Infinity);

function matches(ticket: Ticket, query: URLSearchParams): boolean {
  const wanted = (name: string) => query.get(name) ?? '';
  const agency = wanted('instansi');
  const text = wanted('q').toLowerCase();
  const involved = () => ticket.lead === agency || ticket.by === agency || ticket.agencies.some((a) => a.id === agency);
  return (
    (!agency || involved()) &&
    (!wanted('tingkat') || ticket.sev === wanted('tingkat')) &&
    (!wanted('tempat') || liesIn(ticket.place, wanted('tempat'))) &&
    (!wanted('jenis') || ticket.cat === wanted('jenis')) &&
    (!wanted('jalur') || ticket.status === wanted('jalur')) &&
    (!text || ticket.title.toLowerCase().includes(text) || `#${ticket.no}` === text || String(ticket.no) === text)
  );
}

function Filters({ query }: { query: URLSearchParams }) {
  const pick = (name: string) => (value: string) => setQuery({ [name]: value });
  const parts = [
    ['instansi', t('claim.agency'), agencyOptions()],
    ['tingkat', t('claim.sev'), wordOptions('sev', [...SEVS].reverse())],
    ['tempat', t('claim.place'), placeOptions()],
    ['jenis', t('claim.cat'), categoryOptions()],
    ['jalur', t('lane'), wordOptions('status', ['actual', 'exercise'])],
  ] as const;
  return (
    <div class="filters" role="search">
      <Field label={t('search')}>
        {(ids) => <input {...ids} type="search" data-search value={query.get('q') ?? ''} onInput={(e) => setQuery({ q: e.currentTarget.value })} />}
      </Field>
      {parts.map(([name, label, options]) => (
        <Field key={name} label={label}>
          {(ids) => <Select ids={ids} options={options} value={query.get(name) ?? ''} empty={t('all')} onPick={pick(name)} />}
        </Field>
      ))}
      {[...query.keys()].length > 0 && (
        <Button look="quiet" onClick={() => setQuery({ q: '', instansi: '', tingkat: '', tempat: '', jenis: '', jalur: '' })}>{t('filters.clear')}</Button>
      )}
    </div>
  );
}

function Row({ ticket }: { ticket: Ticket }) {
  const next = nextOf(ticket);
  const first = ticket.owed.find((o) => o.next === next);
  return (
    <article class={`card row ${ticket.sev}`} data-row data-ticket={ticket.id} tabIndex={-1}>
      <TicketLine ticket={ticket} />
      {first && (
        <p class="owed-line"><span>{agencyName(first.agency)}: {t(`what.${first.what}`)}</span> <Countdown at={next} /></p>
      )}
    </article>
  );
}

function ColumnView({ name, tickets }: { name: Column; tickets: readonly Ticket[] }) {
  const { rows, more } = useMore(tickets, 25);
  return (
    <section class="column" aria-labelledby={`column-${name}`}>
      <h2 id={`column-${name}`}>{t(`column.${name}`)} <span class="count">{tickets.length}</span></h2>
      {rows.map((ticket) => <Row key={ticket.id} ticket={ticket} />)}
      {tickets.length === 0 && <p class="empty">{t('column.empty')}</p>}
      {more(t('more'))}
    </section>
  );
}

export function Board() {
  const query = route.value.query;
  const columns: Record<Column, [number, Ticket][]> = { new: [], acked: [], working: [], resolved: [] };
  for (const ticket of store.tables.ticket.list())
    if ((ticket.state === 'open' || ticket.state === 'resolved') && matches(ticket, query)) columns[columnOf(ticket)].push([nextOf(ticket), ticket]);
  return (
    <>
      <h1>{t('nav.papan')}</h1>
      <Filters query={query} />
      <div class="columns board">
        {COLUMNS.map((name) => (
          <ColumnView key={name} name={name} tickets={columns[name].sort((a, b) => a[0] - b[0]).map(([, ticket]) => ticket)} />
        ))}
      </div>
    </>
  );
}
