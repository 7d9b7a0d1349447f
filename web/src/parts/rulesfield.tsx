// Routing rules in their order: the first that matches counts.
import { store } from '../hub';
import { t } from '../i18n';
import type { Rule } from '../model';
import { SEVS } from '../wire';
import { Button } from '../ui/button';
import { ChooseMany, Select, type Option } from '../ui/choice';
import { Field, Group } from '../ui/field';
import { agencyOptions, categoryOptions, placeOptions, wordOptions } from './options';

interface Props { value: unknown; onChange: (rules: Rule[]) => void }

export function RulesField({ value, onChange }: Props) {
  const rules = (value as Rule[] | undefined) ?? [];
  const change = (i: number, to: Rule) => onChange(rules.map((rule, k) => (k === i ? to : rule)));
  const swap = (i: number) => onChange(rules.map((rule, k) => (k === i - 1 ? rules[i]! : k === i ? rules[i - 1]! : rule)));
  const sources = (): Option[] => store.tables.source.list().map((s) => ({ value: s.source, label: s.name }));
  const policies = (): Option[] => store.tables.policy.list().map((p) => ({ value: p.policy, label: p.policy }));
  const parts: [keyof Rule, () => Option[]][] = [
    ['cat', categoryOptions], ['sev', () => wordOptions('sev', SEVS)], ['place', placeOptions], ['source', sources], ['policy', policies],
  ];
  return (
    <div class="stack">
      {rules.map((rule, i) => (
        <Group key={i} label={t('rule.no', { n: i + 1 })}>
          <div class="grid">
            {parts.map(([name, options]) => (
              <Field key={name} label={t(`claim.${name}` as 'claim.cat')}>
                {(ids) => (
                  <Select ids={ids} options={options()} value={String(rule[name] ?? '')} empty={t('any')} onPick={(v) => {
                    const { [name]: _old, ...rest } = rule;
                    change(i, (v ? { ...rest, [name]: v } : rest) as Rule);
                  }} />
                )}
              </Field>
            ))}
          </div>
          <ChooseMany options={agencyOptions('')} values={rule.to} onPick={(to) => change(i, { ...rule, to })} />
          <div class="actions">
            {i > 0 && <Button look="quiet" onClick={() => swap(i)}>{t('rule.up')}</Button>}
            <Button look="quiet" onClick={() => onChange(rules.filter((_, k) => k !== i))}>{t('rule.drop')}</Button>
          </div>
        </Group>
      ))}
      <Button onClick={() => onChange([...rules, { to: [] }])}>{t('rule.add')}</Button>
    </div>
  );
}
