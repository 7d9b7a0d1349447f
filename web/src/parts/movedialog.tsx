import { useState } from 'preact/hooks';
import { making, around, type Making } from '../acting';
import { claimsOf, faultsOf, fieldsOf, type Values } from '../claims';
import { hubClock } from '../clock';
import { act, me, store } from '../hub';
import { t } from '../i18n';
import type { Owed, Ticket } from '../model';
import { mergeTargets, type Move } from '../moves';
import { agencyName, refOf } from '../names';
import { Button } from '../ui/button';
import { ChooseOne } from '../ui/choice';
import { Dialog } from '../ui/dialog';
import { Group } from '../ui/field';
import { Form } from './form';

/** What a change starts from: only what differs is signed. */
const startOf = (move: Move, ticket: Ticket): Values =>
  move === 'incident.change' ? { cat: ticket.cat, sev: ticket.sev, title: ticket.title, place: ticket.place ?? '', tlp: ticket.tlp, veracity: ticket.veracity } : {};

const owedName = (owed: Owed): string => t('owes', { who: agencyName(owed.agency), what: t(`what.${owed.what}`) });
const owedKey = (owed: Owed): string => `${owed.agency}/${owed.what}/${owed.about}`;

/** What others owe comes first, the soonest of it on top. */
const pressable = (ticket: Ticket): Owed[] => {
  const isOwn = (owed: Owed) => Number(owed.agency === me.value?.agency);
  return ticket.owed.slice().sort((a, b) => isOwn(a) - isOwn(b) || a.next - b.next);
};

function PickOwed({ ticket, value, onPick }: { ticket: Ticket; value: string; onPick: (key: string) => void }) {
  return (
    <Group label={t('escalate.which')} must={t('must')}>
      <ChooseOne name="owed" value={value} onPick={onPick} options={pressable(ticket).map((owed) => ({ value: owedKey(owed), label: owedName(owed) }))} />
    </Group>
  );
}

function changed(values: Values, start: Values): Values {
  return Object.fromEntries(Object.entries(values).filter(([name, value]) => value !== start[name]));
}

function MoveForm({ move, ticket, owed }: Making) {
  const start = startOf(move, ticket);
  const [values, setValues] = useState<Values>(start);
  const [debt, setDebt] = useState(owedKey(owed ?? pressable(ticket)[0] ?? { agency: '', what: 'ack', about: '', since: 0, due: 0, next: 0, step: 0 }));
  const [asked, setAsked] = useState(false);
  const escalates = move === 'incident.escalate';
  const fields = fieldsOf(move).filter((field) => !(escalates && field.name === 'agency'));
  const faults = faultsOf(fields, values);
  const sent = changed(values, start);
  const isEmptyChange = move === 'incident.change' && Object.keys(sent).length === 0;
  const submit = (e: Event) => {
    e.preventDefault();
    setAsked(true);
    if (Object.keys(faults).length > 0 || isEmptyChange) return;
    const claims = claimsOf(fields, sent, hubClock.now());
    const which = ticket.owed.find((one) => owedKey(one) === debt);
    if (escalates && which) Object.assign(claims, { agency: which.agency, what: which.what, ...(which.about && { about: which.about }) });
    void act(move, { inc: ticket.id, ...claims });
    making.value = null;
  };
  const tickets = me.value ? mergeTargets(ticket, me.value, around().others) : [];
  return (
    <form class="stack" onSubmit={submit} noValidate>
      {hintOf(move, ticket) && <p class="hint">{hintOf(move, ticket)}</p>}
      {escalates && <PickOwed ticket={ticket} value={debt} onPick={setDebt} />}
      <Form
        fields={fields} values={values} faults={asked ? faults : {}} limits={{ without: ticket.lead, tickets }}
        onChange={(name, value) => setValues({ ...values, [name]: value })}
      />
      {asked && isEmptyChange && <p class="fault" role="alert">{t('change.empty')}</p>}
      <div class="actions end">
        <Button onClick={() => (making.value = null)}>{t('cancel')}</Button>
        <Button type="submit" look={move === 'incident.escalate' ? 'danger' : 'primary'} big>{t('sign')}</Button>
      </div>
    </form>
  );
}

function hintOf(move: Move, ticket: Ticket): string {
  if (move === 'response.decline') return ticket.offered === me.value?.agency ? t('hint.refuse_lead') : t('hint.decline');
  if (move === 'incident.close' && ticket.state === 'open') return t('hint.close_open');
  if (move === 'incident.take') return t('hint.take');
  if (move === 'incident.merge') return t('hint.merge');
  if (move === 'incident.share') return t('hint.share');
  return '';
}

export function MoveDialog() {
  const now = making.value;
  if (!now) return null;
  const ticket = store.tables.ticket.peek(now.ticket.id) ?? now.ticket;
  return (
    <Dialog title={`${t(`move.${now.move}`)} · #${refOf(ticket)}`} closeLabel={t('close')} onClose={() => (making.value = null)}>
      <p class="dialog-about">{ticket.title}</p>
      <MoveForm key={`${now.move}${ticket.id}`} {...now} ticket={now.ticket} />
    </Dialog>
  );
}
