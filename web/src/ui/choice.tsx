// Chips: radio buttons and check boxes that a thumb can hit.
export interface Option { value: string; label: string; mark?: string }

interface OneProps { name: string; options: readonly Option[]; value: string; onPick: (value: string) => void }

export function ChooseOne({ name, options, value, onPick }: OneProps) {
  return (
    <div class="chips">
      {options.map((o) => (
        <label key={o.value} class={`chip ${o.mark ?? ''}`}>
          <input type="radio" name={name} value={o.value} checked={o.value === value} onChange={() => onPick(o.value)} />
          <span>{o.label}</span>
        </label>
      ))}
    </div>
  );
}

interface ManyProps { options: readonly Option[]; values: readonly string[]; onPick: (values: string[]) => void }

export function ChooseMany({ options, values, onPick }: ManyProps) {
  const toggle = (value: string) =>
    onPick(values.includes(value) ? values.filter((v) => v !== value) : [...values, value]);
  return (
    <div class="chips">
      {options.map((o) => (
        <label key={o.value} class="chip">
          <input type="checkbox" checked={values.includes(o.value)} onChange={() => toggle(o.value)} />
          <span>{o.label}</span>
        </label>
      ))}
    </div>
  );
}

interface SelectProps { ids: object; options: readonly Option[]; value: string; empty?: string; onPick: (value: string) => void }

export function Select({ ids, options, value, empty, onPick }: SelectProps) {
  return (
    <select {...ids} value={value} onChange={(e) => onPick(e.currentTarget.value)}>
      {empty !== undefined && <option value="">{empty}</option>}
      {options.map((o) => (
        <option key={o.value} value={o.value}>{o.label}</option>
      ))}
    </select>
  );
}
