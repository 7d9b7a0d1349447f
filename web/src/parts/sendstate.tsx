import { t, word } from '../i18n';
import { MOVES } from '../moves';
import type { Item } from '../outbox';
import type { Kind } from '../wire';
import { Icon } from '../ui/icon';

/** What became of a signed record: never shown as done before the hub has it. */
export function SendState({ item }: { item: Item }) {
  const text = item.state === 'stored' ? t('send.stored', { seq: item.seq ?? 0 }) : t(`send.${item.state}`);
  const icon = item.state === 'stored' ? 'check' : item.state === 'refused' ? 'cross' : 'wait';
  return (
    <span class={`send ${item.state}`}>
      <Icon name={icon} />
      {text}
    </span>
  );
}

/** What one does, not what was done: that it is not, before it is stored. */
const doing = (kind: Kind): string => ((MOVES as readonly Kind[]).includes(kind) ? word('move', kind) : t(`kind.${kind}`));

export function Sending({ items }: { items: readonly Item[] }) {
  if (items.length === 0) return null;
  return (
    <ul class="sending" role="status">
      {items.map((item) => (
        <li key={item.jti}>
          <span>{doing(item.claims.kind)}</span> <SendState item={item} />
        </li>
      ))}
    </ul>
  );
}
