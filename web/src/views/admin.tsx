import type { ComponentChildren } from 'preact';
import { act, me, store } from '../hub';
import { hubClock } from '../clock';
import { dateText, t, word, type Key } from '../i18n';
import { invited, pendingOf } from '../invitations';
import { isCoordinator, type Me } from '../moves';
import { agencyName, byName, placePath, wordOf } from '../names';
import { factsOf } from '../parts/describe';
import { Devices } from '../parts/devices';
import { inviting, InviteDialog } from '../parts/invite';
import { PolicyTable } from '../parts/policytable';
import { putting, PutDialog } from '../parts/put';
import { writeRows } from '../policytext';
import { route, setQuery } from '../route';
import type { Values } from '../claims';
import type { Member } from '../model';
import type { Kind } from '../wire';
import { Button } from '../ui/button';
import { Select } from '../ui/choice';
import { Field } from '../ui/field';
import { useMore } from '../ui/more';

const SECTIONS = ['anggota', 'instansi', 'tempat', 'kategori', 'kebijakan', 'aturan', 'sumber'] as const;
type Section = (typeof SECTIONS)[number];

interface Entry { id: string; title: string; sub: string; active: boolean; values: Values }

const isAdmin = (who: Me): boolean => who.roles.includes('admin');
const isHostAdmin = (who: Me): boolean => who.host && isAdmin(who);

function edit(kind: Kind, values: Values, locked: string[]): void {
  putting.value = { kind, values, locked };
}

interface ListProps {
  kind: Kind; entries: Entry[]; locked: string[]; may: boolean; fresh: Values; wide?: boolean;
  extra?: (entry: Entry) => ComponentChildren; body?: (entry: Entry) => ComponentChildren;
}

function List({ kind, entries, locked, may, fresh, wide, extra, body }: ListProps) {
  const { rows, more } = useMore(entries, 50);
  return (
    <>
      {may && <div class="actions"><Button look="primary" onClick={() => edit(kind, fresh, [])}>{t('admin.add')}</Button></div>}
      {entries.length === 0 && <p class="empty">{t(may ? 'admin.none_add' : 'admin.none')}</p>}
      <ul class={wide ? 'parties' : 'parties tiles'}>
        {rows.map((entry) => (
          <li key={entry.id} class={entry.active ? 'card' : 'card inactive'}>
            <p class="party-head">
              <strong>{entry.title}</strong> {entry.id !== entry.title && <code>{entry.id}</code>}
              {!entry.active && <span class="tag">{t('admin.inactive')}</span>}
            </p>
            {entry.sub && <p class="hint">{entry.sub}</p>}
            {body?.(entry)}
            <div class="actions">
              {may && <Button onClick={() => edit(kind, entry.values, locked)}>{t('admin.edit')}</Button>}
              {extra?.(entry)}
            </div>
          </li>
        ))}
      </ul>
      {more(t('more'))}
    </>
  );
}

/** The agency that is looked at: one's own, or for the host's admin any. */
function useAgency(who: Me): string {
  const wanted = route.value.query.get('instansi');
  return (isHostAdmin(who) || isCoordinator(who)) && wanted ? wanted : who.agency;
}

function AgencyPicker({ who }: { who: Me }) {
  if (!isHostAdmin(who) && !isCoordinator(who)) return null;
  const options = store.tables.agency.list().slice().sort(byName).map((a) => ({ value: a.id, label: a.name }));
  return (
    <Field label={t('claim.agency')}>
      {(ids) => <Select ids={ids} options={options} value={useAgency(who)} onPick={(instansi) => setQuery({ instansi })} />}
    </Field>
  );
}

const devicesOf = (m: Pick<Member, 'agency' | 'id'>) => store.tables.device.list().filter((d) => d.agency === m.agency && d.member === m.id);

/** The host's admin helps an agency whose own admin has no device. */
function hasAdmin(agency: string): boolean {
  return store.tables.member.list().some((m) =>
    m.agency === agency && m.active && m.roles.includes('admin') && devicesOf(m).some((d) => d.until === undefined));
}

function Members({ who }: { who: Me }) {
  const agency = useAgency(who);
  const members = store.tables.member.list().filter((m) => m.agency === agency).sort(byName);
  const may = isAdmin(who) && (agency === who.agency || (who.host && !hasAdmin(agency)));
  const mayRevoke = isCoordinator(who) || (isAdmin(who) && agency === who.agency);
  const entries = members.map((m): Entry => ({
    id: m.id, title: m.name, active: m.active, sub: m.roles.map((role) => word('role', role)).join(', '),
    values: { agency: m.agency, member: m.id, name: m.name, roles: m.roles, phones: m.phones, active: m.active },
  }));
  const body = (entry: Entry) =>
    pendingOf(invited.value, agency, entry.id, devicesOf({ agency, id: entry.id }), hubClock.now()).map((one) => (
      <p key={one.until} class="hint pending">{t('invite.pending', { until: dateText(one.until) })}</p>
    ));
  const extra = (entry: Entry) => {
    const member = members.find((m) => m.id === entry.id)!;
    return (
      <>
        {may && member.active && <Button onClick={() => (inviting.value = member)}>{t('invite')}</Button>}
        <details class="grow">
          <summary>{t('devices.n', { n: devicesOf(member).filter((d) => d.until === undefined).length })}</summary>
          <Devices devices={devicesOf(member)} {...(mayRevoke && { onRevoke: (kid: string, reason: string) => void act('device.revoke', { kid, reason }) })} />
        </details>
      </>
    );
  };
  return (
    <>
      <AgencyPicker who={who} />
      {!may && isAdmin(who) && <p class="hint">{t('admin.own_admin')}</p>}
      <List kind="member.put" entries={entries} locked={['agency', 'member']} may={may} fresh={{ agency, roles: [], active: true }} extra={extra} body={body} />
    </>
  );
}

function Sources({ who }: { who: Me }) {
  const agency = useAgency(who);
  const entries = store.tables.source.list().filter((s) => s.agency === agency).map((s): Entry => ({
    id: s.source, title: s.name, active: s.active, sub: [s.place && placePath(s.place), s.cats.join(', ')].filter(Boolean).join(' · '),
    values: { agency: s.agency, source: s.source, name: s.name, every: s.every, cats: s.cats, place: s.place, active: s.active },
  }));
  return (
    <>
      <AgencyPicker who={who} />
      <List kind="source.put" entries={entries} locked={['agency', 'source']} may={isAdmin(who) && agency === who.agency} fresh={{ agency, active: true }} />
    </>
  );
}

function agencies(): Entry[] {
  return store.tables.agency.list().slice().sort(byName).map((a) => ({
    id: a.id, title: a.name, active: a.active, sub: [word('agency_kind', a.kind), a.superior && t('admin.under', { who: agencyName(a.superior) }), a.phones.join(', ')].filter(Boolean).join(' · '),
    values: { agency: a.id, name: a.name, agency_kind: a.kind, superior: a.superior, phones: a.phones, active: a.active },
  }));
}

function places(): Entry[] {
  return store.tables.place.list().slice().sort(byName).map((p) => ({
    id: p.place, title: p.name, active: p.active, sub: [word('place_kind', p.kind), p.in && placePath(p.in), p.tier && word('tier', p.tier)].filter(Boolean).join(' · '),
    values: { place: p.place, name: p.name, place_kind: p.kind, in: p.in, tier: p.tier, active: p.active, ...(p.lat !== undefined && { lat: p.lat / 1e7, lon: (p.lon ?? 0) / 1e7 }) },
  }));
}

function categories(): Entry[] {
  return store.tables.category.list().map((c) => ({
    id: c.cat, title: wordOf(c), active: c.active, sub: [word('sev', c.sev), c.kinds.map((k) => word('agency_kind', k)).join(', '), c.ask.join(' ')].filter(Boolean).join(' · '),
    values: { cat: c.cat, id: c.id, en: c.en, sev: c.sev, kinds: c.kinds, ask: c.ask, maps: c.maps, active: c.active },
  }));
}

function policies(): Entry[] {
  return store.tables.policy.list().map((p) => ({
    id: p.policy, title: p.policy, active: true, sub: '', values: { policy: p.policy, rows: writeRows(p.rows) },
  }));
}

function Rules({ may }: { may: boolean }) {
  const rules = store.tables.rules.get('rules') ?? [];
  return (
    <>
      <p class="hint">{rules.length > 0 ? t('admin.rules_hint', { n: rules.length }) : t('admin.rules_none')}</p>
      {factsOf('rule.put', { rules }).map((fact) => <p key={fact.name} class="card pre">{fact.text}</p>)}
      {may && <div class="actions"><Button look="primary" onClick={() => edit('rule.put', { rules }, [])}>{t('admin.edit')}</Button></div>}
    </>
  );
}

function SectionView({ section, who }: { section: Section; who: Me }) {
  const may = isHostAdmin(who);
  switch (section) {
    case 'anggota':
      return <Members who={who} />;
    case 'sumber':
      return <Sources who={who} />;
    case 'instansi':
      return <List kind="agency.put" entries={agencies()} locked={['agency']} may={may} fresh={{ active: true }} />;
    case 'tempat':
      return <List kind="place.put" entries={places()} locked={['place']} may={may} fresh={{ active: true }} />;
    case 'kategori':
      return <List kind="category.put" entries={categories()} locked={['cat']} may={may} fresh={{ active: true, kinds: [], sev: 'moderate' }} />;
    case 'kebijakan':
      return <List kind="policy.put" entries={policies()} locked={['policy']} may={may} fresh={{}} wide body={(e) => <PolicyTable rows={store.tables.policy.get(e.id)?.rows ?? []} />} />;
    case 'aturan':
      return <Rules may={may} />;
  }
}

export function Admin() {
  const who = me.value;
  if (!who) return null;
  const section = SECTIONS.find((one) => one === route.value.id) ?? 'anggota';
  return (
    <>
      <h1>{t('nav.admin')}</h1>
      <nav class="tabs" aria-label={t('nav.admin')}>
        {SECTIONS.map((one) => <a key={one} href={`/admin/${one}`} aria-current={one === section ? 'page' : undefined}>{t(`admin.${one}` as Key)}</a>)}
      </nav>
      <SectionView section={section} who={who} />
      <PutDialog />
      <InviteDialog />
    </>
  );
}
