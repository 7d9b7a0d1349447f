import { useState } from 'preact/hooks';
import { second, hubClock } from '../clock';
import { act, me, outbox, store } from '../hub';
import { t, whenText } from '../i18n';
import type { Agency, Duty } from '../model';
import { mayAnswer } from '../moves';
import { memberName } from '../names';
import { Countdown } from '../parts/clock';
import { activeAgencies } from '../parts/options';
import { Phones } from '../parts/phones';
import { Sending } from '../parts/sendstate';
import { Button } from '../ui/button';
import { ChooseOne } from '../ui/choice';
import { Group } from '../ui/field';

const HOURS = [4, 8, 12, 24];

const onDuty = (now: number): Duty[] => store.tables.duty.list().filter((d) => d.until > now);

function Mine({ held }: { held: Duty | undefined }) {
  const [hours, setHours] = useState(8);
  // A moment less than the whole day: the hub counts from its own now.
  const start = () => void act('duty.start', { until: Math.floor(hubClock.now()) + hours * 3_600_000 - 1000 });
  const items = outbox.items.value.filter((item) => item.claims.kind === 'duty.start' || item.claims.kind === 'duty.end');
  const busy = items.some((item) => item.state === 'waiting' || item.state === 'sent');
  return (
    <section class="card stack" aria-labelledby="my-duty">
      <h2 id="my-duty">{t('duty.mine')}</h2>
      <p>{held ? t('duty.on', { until: whenText(held.until, hubClock.now()) }) : t('duty.off')} {held && <Countdown at={held.until} />}</p>
      <Group label={t('duty.hours')}>
        <ChooseOne name="hours" value={String(hours)} onPick={(v) => setHours(Number(v))} options={HOURS.map((n) => ({ value: String(n), label: t('duty.n_hours', { n }) }))} />
      </Group>
      <div class="actions">
        <Button look={held ? 'plain' : 'primary'} big disabled={busy} onClick={start}>{held ? t('duty.extend') : t('kind.duty.start')}</Button>
        {held && <Button look="primary" big disabled={busy} onClick={() => void act('duty.end', {})}>{t('kind.duty.end')}</Button>}
      </div>
      <Sending items={items} />
    </section>
  );
}

function AgencyDuty({ agency, duties }: { agency: Agency; duties: Duty[] }) {
  return (
    <li class={duties.length > 0 ? 'card' : 'card gap'}>
      <p class="party-head">
        <strong>{agency.name}</strong>
        {duties.length === 0 && <span class="tag warn">{t('duty.gap')}</span>}
      </p>
      {duties.map((d) => (
        <p key={d.member} class="owed-line">
          <span>{memberName(d.agency, d.member)} · {t('duty.since', { at: whenText(d.since, hubClock.now()) })}</span> <Countdown at={d.until} />
        </p>
      ))}
      <p class="actions"><Phones agency={agency.id} /></p>
    </li>
  );
}

export function DutyView() {
  const who = me.value;
  if (!who) return null;
  const duties = onDuty(second.value * 1000);
  const agencies = activeAgencies().map((agency) => ({ agency, duties: duties.filter((d) => d.agency === agency.id) }));
  const gaps = agencies.filter((one) => one.duties.length === 0).length;
  const held = duties.find((d) => d.agency === who.agency && d.member === who.member);
  return (
    <>
      <h1>{t('nav.piket')}</h1>
      {mayAnswer(who) && <Mine held={held} />}
      <section aria-labelledby="now">
        <h2 id="now">{t('duty.now')}</h2>
        {gaps > 0 && <p class="band warn">{t('duty.gap_hint', { n: gaps })}</p>}
        <ul class="parties tiles">
          {agencies.map((one) => <AgencyDuty key={one.agency.id} {...one} />)}
        </ul>
      </section>
    </>
  );
}
