import { actAgain, outbox, store } from '../hub';
import { dateText, t, word } from '../i18n';
import type { Item } from '../outbox';
import { groupOf } from '../outbox';
import { linkOf, refOf } from '../names';
import { factsOf } from '../parts/describe';
import { SendState } from '../parts/sendstate';
import { Button } from '../ui/button';

function Row({ item }: { item: Item }) {
  const ticket = store.tables.ticket.get(groupOf(item.claims));
  return (
    <li class={`card ${item.state}`} data-item={item.jti}>
      <p class="party-head"><strong>{t(`kind.${item.claims.kind}`)}</strong> <SendState item={item} /></p>
      {ticket && <p><a href={linkOf(ticket)}>#{refOf(ticket)} {ticket.title}</a></p>}
      <p class="hint">{dateText(item.claims.iat)}</p>
      <dl class="facts">
        {factsOf(item.claims.kind, item.claims).map((f) => <div key={f.name}><dt>{f.name}</dt><dd>{f.text}</dd></div>)}
      </dl>
      {item.state === 'refused' && (
        <>
          <p class="fault">{word('error', item.code ?? '')}{item.text && ` – ${item.text}`}</p>
          <div class="actions">
            <Button look="primary" onClick={() => void actAgain(item)}>{t('send.again')}</Button>
            <Button onClick={() => confirm(t('send.discard_sure')) && void outbox.discard(item.jti)}>{t('send.discard')}</Button>
          </div>
        </>
      )}
    </li>
  );
}

export function Sends() {
  const items = [...outbox.items.value].reverse();
  return (
    <>
      <h1>{t('nav.kirim')}</h1>
      <p class="hint">{t('send.about')}</p>
      {items.length === 0 && <p class="empty">{t('send.empty')}</p>}
      <ul class="parties">{items.map((item) => <Row key={item.jti} item={item} />)}</ul>
    </>
  );
}
