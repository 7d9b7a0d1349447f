import { useEffect, useState } from 'preact/hooks';
import { askAll, identity, shown, store } from '../hub';
import { clockText, dateText, isSameDay, t, word } from '../i18n';
import { hubClock } from '../clock';
import { parseJws } from '../jws';
import type { Claims, Ticket } from '../model';
import { agencyName, memberName } from '../names';
import type { Rec } from '../store';
import { Button } from '../ui/button';
import { Icon } from '../ui/icon';
import { Seen } from '../ui/seen';
import { checkRecord, type Verdict } from '../verify';
import { factsOf } from './describe';

/** Checked here, against the key that was valid at that place of the ledger. */
export function useVerdict(rec: Rec): Verdict | 'checking' {
  const [verdict, setVerdict] = useState<Verdict | 'checking'>('checking');
  const devices = store.tables.device.list();
  useEffect(() => {
    let current = true;
    void checkRecord(rec.jws, rec.seq, store.tables.device.peek, identity.value?.hub ?? '').then((v) => current && setVerdict(v));
    return () => void (current = false);
  }, [rec.jws, devices]);
  return verdict;
}

function Mark({ verdict }: { verdict: Verdict | 'checking' }) {
  const good = verdict === 'ok';
  return (
    <span class={`verdict ${good ? 'good' : verdict === 'checking' ? '' : 'bad'}`}>
      <Icon name={good ? 'check' : verdict === 'checking' ? 'wait' : 'cross'} />
      {t(`verdict.${verdict}`)}
    </span>
  );
}

function claimsOfRec(rec: Rec): Claims | null {
  try {
    return parseJws(rec.jws).claims;
  } catch {
    return null;
  }
}

const isToday = (at: number): boolean => isSameDay(at, hubClock.now());

/** Only what addresses agencies has receipts. */
const ADDRESSING = new Set<string>(['incident.report', 'incident.share', 'incident.reopen', 'alert.raise']);

function Entry({ rec }: { rec: Rec }) {
  const verdict = useVerdict(rec);
  const claims = claimsOfRec(rec);
  const bad = verdict !== 'ok' && verdict !== 'checking';
  const family = claims?.kind.split('.')[0] ?? '';
  return (
    <li class={`entry ${family} ${claims?.kind.replace('.', '-') ?? ''}${bad ? ' forged' : ''}`} data-seq={rec.seq} data-verdict={verdict}>
      <Seen onSeen={() => claims && ADDRESSING.has(claims.kind) && shown(rec.seq)}>
        <p class="entry-head">
          <strong>{claims ? word('kind', claims.kind) : t('record.unreadable')}</strong>
          <time dateTime={new Date(rec.at).toISOString()} title={dateText(rec.at)}>{isToday(rec.at) ? clockText(rec.at) : dateText(rec.at)}</time>
        </p>
        {claims && <p class="entry-who">{memberName(claims.iss, claims.act)} · {agencyName(claims.iss)}</p>}
        {bad && <p class="fault">{t('record.forged')}</p>}
        {claims && (
          <dl class="facts">
            {factsOf(claims.kind, claims).map((fact) => (
              <div key={fact.name}><dt>{fact.name}</dt><dd>{fact.text}</dd></div>
            ))}
          </dl>
        )}
        <p class="entry-foot"><span class="seq">#{rec.seq}</span> <Mark verdict={verdict} /></p>
      </Seen>
    </li>
  );
}

export function Timeline({ ticket }: { ticket: Pick<Ticket, 'id' | 'n'> }) {
  const records = store.timeline(ticket.id);
  const missing = ticket.n - records.length;
  return (
    <section aria-labelledby="timeline">
      <h2 id="timeline">{t('timeline')} <span class="count">{records.length}</span></h2>
      {missing > 0 && (
        <p class="notice" role="status">
          {store.ended.value.has(ticket.id) ? t('timeline.missing', { n: missing }) : t('timeline.loading', { n: missing })}{' '}
          <Button look="quiet" onClick={() => askAll(ticket.id)}>{t('timeline.again')}</Button>
        </p>
      )}
      <ol class="timeline">{[...records].reverse().map((rec) => <Entry key={rec.seq} rec={rec} />)}</ol>
    </section>
  );
}
