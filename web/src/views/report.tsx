import { useEffect, useState } from 'preact/hooks';
import { hubClock } from '../clock';
import { fieldsOf, claimsOf, faultsOf } from '../claims';
import { byUse, clearDraft, countUse, draft, presetOf, setDraft } from '../draft';
import { act, me, outbox, readers, store } from '../hub';
import { dateText, t } from '../i18n';
import type { Category, Place } from '../model';
import { mayExercise, mayReport } from '../moves';
import { agencyName, byName, liesIn, linkOf, memberName, refOf, wordOf } from '../names';
import { activeCategories, activePlaces, agencyOptions, myAgency, wordOptions } from '../parts/options';
import { SendState } from '../parts/sendstate';
import { Sev } from '../parts/sev';
import { go, route } from '../route';
import { similarTo } from '../similar';
import { SEVS, TLPS, type Sev as Severity } from '../wire';
import { Button } from '../ui/button';
import { ChooseMany, ChooseOne, Select } from '../ui/choice';
import { Field, Group } from '../ui/field';

const SHOWN_MAX = 8;

function pickCategory(category: Category): void {
  setDraft({ cat: category.cat, sev: category.sev, to: presetOf(category, myAgency()), ...(!draft.value.title && { title: '' }) });
}

function CategoryPicker({ fault }: { fault?: string }) {
  const [text, setText] = useState('');
  const all = byUse(activeCategories(), store.tables.ticket.list());
  const wanted = text.trim().toLowerCase();
  const found = wanted ? all.filter((c) => `${c.id} ${c.en} ${c.cat}`.toLowerCase().includes(wanted)) : all;
  const chosen = draft.value.cat;
  const rows = found.slice(0, SHOWN_MAX);
  const held = all.find((c) => c.cat === chosen);
  if (held && !rows.includes(held)) rows.unshift(held);
  return (
    <Group label={t('claim.cat')} must={t('must')} {...(fault && { fault })}>
      <label class="hidden" for="cat-search">{t('report.search_cat')}</label>
      <input id="cat-search" type="search" placeholder={t('report.search_cat')} value={text} onInput={(e) => setText(e.currentTarget.value)} />
      <ChooseOne name="cat" value={chosen} options={rows.map((c) => ({ value: c.cat, label: wordOf(c) }))} onPick={(cat) => {
        const category = all.find((c) => c.cat === cat);
        if (category) pickCategory(category);
      }} />
      {found.length > rows.length && <p class="hint">{t('report.more_cats', { n: found.length - rows.length })}</p>}
    </Group>
  );
}

/** Kecamatan first, then the site or TPS in it. */
function PlacePicker() {
  const places = activePlaces();
  const current = places.find((p) => p.place === draft.value.place);
  const tops = places.filter((p) => p.kind === 'kecamatan').sort(byName);
  const topOf = (p: Place | undefined): string => {
    for (let at = p, i = 0; at && i < 6; i++) {
      if (at.kind === 'kecamatan') return at.place;
      at = places.find((one) => one.place === at?.in);
    }
    return '';
  };
  const top = topOf(current);
  const sites = places.filter((p) => (top ? topOf(p) === top && p.place !== top : !topOf(p) && p.kind !== 'kota')).sort(byName);
  const options = (list: Place[]) => list.map((p) => ({ value: p.place, label: p.tier && p.tier !== 'aman' ? `${p.name} (${t(`tier.${p.tier}`)})` : p.name }));
  return (
    <Group label={t('claim.place')}>
      <div class="grid">
        <Field label={t('place_kind.kecamatan')}>
          {(ids) => <Select ids={ids} options={options(tops)} value={top} empty={t('place.none')} onPick={(place) => setDraft({ place })} />}
        </Field>
        {sites.length > 0 && (
          <Field label={t('report.site')}>
            {(ids) => <Select ids={ids} options={options(sites)} value={current && current.place !== top ? current.place : ''} empty={top ? t('place.whole') : t('choose')} onPick={(place) => setDraft({ place: place || top })} />}
          </Field>
        )}
      </div>
    </Group>
  );
}

function Similar() {
  const found = similarTo(draft.value, store.tables.ticket.list(), hubClock.now(), liesIn);
  if (found.length === 0) return null;
  return (
    <div class="notice" role="status">
      <strong>{t('report.similar')}</strong>
      <ul>
        {found.slice(0, 3).map((ticket) => (
          <li key={ticket.id}><Sev sev={ticket.sev} /> <a href={linkOf(ticket)}>#{refOf(ticket)} {ticket.title}</a> · {dateText(ticket.opened)}</li>
        ))}
      </ul>
      <p>{t('report.similar_hint')}</p>
    </div>
  );
}

/** The hub itself says who would see it; without a link the agencies are named. */
function WhoSees() {
  const { to, tlp } = draft.value;
  const key = `${(to ?? []).join()} ${tlp}`;
  const [who, setWho] = useState<{ key: string; list: { agency: string; member: string }[] } | null>(null);
  useEffect(() => {
    if (!to?.length) return;
    const timer = setTimeout(() => void readers(to, tlp).then((list) => setWho({ key, list })).catch(() => setWho(null)), 300);
    return () => clearTimeout(timer);
  }, [key]);
  if (!to?.length) return null;
  if (who?.key !== key) return <p class="who-sees">{t('report.sees_agencies', { who: [myAgency(), ...to].map(agencyName).join(', ') })}</p>;
  const names = who.list.map((r) => memberName(r.agency, r.member));
  return (
    <details class="who-sees">
      <summary>{t('report.sees', { n: names.length, who: [...new Set(who.list.map((r) => agencyName(r.agency)))].join(', ') })}</summary>
      <p>{names.join(', ')}</p>
    </details>
  );
}

function Sent({ jti }: { jti: string }) {
  const item = outbox.items.value.find((one) => one.jti === jti);
  const ticket = store.tables.ticket.get(jti);
  return (
    <section class="card sent" aria-labelledby="sent">
      <h1 id="sent">{t('report.sent')}</h1>
      {item && <p role="status" class="big-state"><SendState item={item} /></p>}
      {item?.state !== 'stored' && !ticket && <p class="hint">{t(item?.unkept ? 'store.unkept' : 'report.kept')}</p>}
      <div class="actions">
        {ticket && <a class="button primary big" href={linkOf(ticket)}>{t('report.open', { no: refOf(ticket) })}</a>}
        <a class="button big" href="/lapor">{t('report.another')}</a>
      </div>
    </section>
  );
}

function useSubmit(done: (jti: string) => void) {
  const [asked, setAsked] = useState(false);
  const d = draft.value;
  const fields = fieldsOf('incident.report');
  const values = { cat: d.cat, title: d.title, to: d.to ?? [], sev: d.sev, body: d.body, tlp: d.tlp, place: d.place };
  const faults = faultsOf(fields, values);
  const submit = (e: Event) => {
    e.preventDefault();
    setAsked(true);
    if (Object.keys(faults).length > 0) {
      setTimeout(() => document.querySelector<HTMLElement>('.wrong input, .wrong textarea')?.focus());
      return;
    }
    countUse(d.cat);
    void act('incident.report', { ...claimsOf(fields, values, hubClock.now()), ...(d.exercise && { status: 'exercise' }) }).then((item) => {
      clearDraft();
      setAsked(false);
      done(item.jti);
    });
  };
  const fault = (name: string) => (asked && faults[name] ? { fault: t(`fault.${faults[name]}`) } : {});
  return { submit, fault };
}

export function Report() {
  const { submit, fault } = useSubmit((jti) => go(`/lapor/${jti}`));
  const sent = route.value.id;
  const d = draft.value;
  const who = me.value;
  if (!who) return null;
  if (sent) return <Sent jti={sent} />;
  if (!mayReport(who) && !mayExercise(who)) return <p class="empty">{t('report.not_you')}</p>;
  const onKey = (e: KeyboardEvent) => e.key === 'Enter' && (e.ctrlKey || e.metaKey) && submit(e);
  return (
    <form class="report stack" onSubmit={submit} onKeyDown={onKey} noValidate>
      <h1>{t('nav.lapor')}</h1>
      {mayExercise(who) && (
        <label class="check">
          <input type="checkbox" checked={d.exercise} onChange={(e) => setDraft({ exercise: e.currentTarget.checked })} /> {t('report.exercise')}
        </label>
      )}
      {d.exercise && <p class="band exercise">{t('exercise.this')}</p>}
      <CategoryPicker {...fault('cat')} />
      <PlacePicker />
      <Similar />
      <Field label={t('claim.title')} must={t('must')} hint={t('report.title_hint')} {...fault('title')}>
        {(ids) => <input {...ids} value={d.title} maxLength={120} autocomplete="off" onInput={(e) => setDraft({ title: e.currentTarget.value })} />}
      </Field>
      <Group label={t('claim.sev')}>
        <ChooseOne name="sev" value={d.sev} options={[...SEVS].reverse().map((sev) => ({ value: sev, label: t(`sev.${sev}`), mark: sev }))} onPick={(sev) => setDraft({ sev: sev as Severity })} />
      </Group>
      <Group label={t('report.to')} must={t('must')} {...fault('to')}>
        <ChooseMany options={agencyOptions(who.agency)} values={d.to ?? []} onPick={(to) => setDraft({ to })} />
      </Group>
      <Field label={t('claim.body')} hint={t('report.body_hint')} {...fault('body')}>
        {(ids) => <textarea {...ids} rows={4} value={d.body} onInput={(e) => setDraft({ body: e.currentTarget.value })} />}
      </Field>
      <details>
        <summary>{t('report.tlp', { tlp: d.tlp.toUpperCase() })}</summary>
        <Group label={t('claim.tlp')}>
          <ChooseOne name="tlp" value={d.tlp} options={wordOptions('tlp', TLPS)} onPick={(tlp) => setDraft({ tlp })} />
        </Group>
      </details>
      <WhoSees />
      <div class="actions end sticky">
        <Button type="submit" look="primary" big>{t('report.send')}</Button>
      </div>
    </form>
  );
}
