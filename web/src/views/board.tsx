import { useState } from 'preact/hooks';
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

function nextOf(ticket: Ticket): number {
  let least = Infinity;
  for (const owed of ticket.owed) if (owed.next < least) least = owed.next;
  return least;
}

/** The test that a ticket stands; the address is read once, not for each of thousands. */
function filterOf(query: URLSearchParams): (ticket: Ticket) => boolean {
  const [agency, sev, place, cat, status, q] = ['instansi', 'tingkat', 'tempat', 'jenis', 'jalur', 'q'].map((name) => query.get(name) ?? '');
  const text = q!.toLowerCase();
  const tests: ((ticket: Ticket) => boolean)[] = [];
  if (agency) tests.push((x) => x.lead === agency || x.by === agency || x.agencies.some((a) => a.id === agency));
  if (sev) tests.push((x) => x.sev === sev);
  if (place) tests.push((x) => liesIn(x.place, place));
  if (cat) tests.push((x) => x.cat === cat);
  if (status) tests.push((x) => x.status === status);
  if (text) tests.push((x) => x.title.toLowerCase().includes(text) || String(x.no) === text.replace('#', ''));
  return (ticket) => tests.every((one) => one(ticket));
}

const FILTERS = ['instansi', 'tingkat', 'tempat', 'jenis', 'jalur'];
const NO_FILTERS = Object.fromEntries([...FILTERS, 'q'].map((name) => [name, '']));

function Filters({ query }: { query: URLSearchParams }) {
  const [open, setOpen] = useState(false);
  const chosen = FILTERS.filter((name) => query.has(name)).length;
  const pick = (name: string) => (value: string) => setQuery({ [name]: value });
  const parts = [
    ['instansi', t('claim.agency'), agencyOptions()],
    ['tingkat', t('claim.sev'), wordOptions('sev', [...SEVS].reverse())],
    ['tempat', t('claim.place'), placeOptions()],
    ['jenis', t('claim.cat'), categoryOptions()],
    ['jalur', t('lane'), wordOptions('status', ['actual', 'exercise'])],
  ] as const;
  return (
    <div class={open ? 'filters open' : 'filters'} role="search">
      <Field label={t('search')}>
        {(ids) => <input {...ids} type="search" data-search value={query.get('q') ?? ''} onInput={(e) => setQuery({ q: e.currentTarget.value })} />}
      </Field>
      <button type="button" class="button filters-toggle" aria-expanded={open} onClick={() => setOpen(!open)}>
        {t('filters')}{chosen > 0 && <span class="count">{chosen}</span>}
      </button>
      {parts.map(([name, label, options]) => (
        <Field key={name} label={label}>
          {(ids) => <Select ids={ids} options={options} value={query.get(name) ?? ''} empty={t('all')} onPick={pick(name)} />}
        </Field>
      ))}
      {[...query.keys()].length > 0 && (
        <Button look="quiet" onClick={() => setQuery(NO_FILTERS)}>{t('filters.clear')}</Button>
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
  const matches = filterOf(query);
  const columns: Record<Column, [number, Ticket][]> = { new: [], acked: [], working: [], resolved: [] };
  let open = 0;
  let shown = 0;
  for (const ticket of store.tables.ticket.list()) {
    if (ticket.state !== 'open' && ticket.state !== 'resolved') continue;
    open++;
    if (!matches(ticket)) continue;
    shown++;
    columns[columnOf(ticket)].push([nextOf(ticket), ticket]);
  }
  return (
    <>
      <h1>{t('nav.papan')}</h1>
      <Filters query={query} />
      {shown === 0 && <p class="empty">{!store.live.value ? t('loading') : open > 0 ? t('board.no_match', { n: open }) : t('board.none')}</p>}
      <div class="columns board">
        {COLUMNS.map((name) => (
          <ColumnView key={name} name={name} tickets={columns[name].sort((a, b) => a[0] - b[0]).map(([, ticket]) => ticket)} />
        ))}
      </div>
    </>
  );
}
