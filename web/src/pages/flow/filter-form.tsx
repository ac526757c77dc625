import { Button, Select, SelectItem, TextInput } from '@carbon/react';
import { type FormEvent, useState } from 'react';
import { type Filter, instanceStates } from '../../model/filters.ts';
import { formatDuration } from '../../model/format.ts';
import { parseDuration } from '../../model/parse-duration.ts';

type FormProps = {
  readonly filter: Filter;
  readonly activities: readonly string[];
  readonly services: readonly string[];
  readonly onApply: (filter: Filter) => void;
  readonly onCancel: () => void;
};
const fields = [
  'state',
  'service',
  'activity',
  'notActivity',
  'key',
  'attribute',
  'from',
  'to',
  'least',
  'most',
] as const;
type Field = (typeof fields)[number];
type Draft = Readonly<Record<Field, string>>;

/** All conditions at once, as text; nothing changes before it is applied. */
export function FilterForm({ filter, activities, services, onApply, onCancel }: FormProps) {
  const [draft, setDraft] = useState<Draft>(() => draftOf(filter));
  const set = (field: Field) => (event: { target: { value: string } }) =>
    setDraft({ ...draft, [field]: event.target.value });
  const wrong = {
    least: draft.least !== '' && parseDuration(draft.least) === null,
    most: draft.most !== '' && parseDuration(draft.most) === null,
    key: draft.key !== '' && !/^[^:]+:.+$/.test(draft.key),
    attribute: draft.attribute !== '' && attributeOf(draft.attribute) === undefined,
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!Object.values(wrong).includes(true)) onApply(filterOf(filter, draft));
  };
  const choice = (field: Field, label: string, any: string, options: readonly string[]) => (
    <Select id={`filter-${field}`} size="sm" labelText={label} value={draft[field]} onChange={set(field)}>
      <SelectItem value="" text={any} />
      {withChosen(options, draft[field]).map((one) => (
        <SelectItem key={one} value={one} text={one} />
      ))}
    </Select>
  );
  const durationHint = 'A number and a unit, such as 90 s, 5 min, 2 h or 3 d';
  return (
    <form className="filter-form" onSubmit={submit}>
      {choice('state', 'State', 'Any state', instanceStates)}
      {choice('service', 'Service', 'Any service', services)}
      {choice('activity', 'With activity', 'Any activity', activities)}
      {choice('notActivity', 'Without activity', 'None', activities)}
      <TextInput
        id="filter-key"
        size="sm"
        labelText="Business key"
        placeholder="order:42"
        value={draft.key}
        onChange={set('key')}
        invalid={wrong.key}
        invalidText="Key type and value, such as order:42"
      />
      <TextInput
        id="filter-attribute"
        size="sm"
        labelText="Attribute of an event"
        placeholder="country=DE"
        value={draft.attribute}
        onChange={set('attribute')}
        invalid={wrong.attribute}
        invalidText="Name and value, such as country=DE"
      />
      <TextInput
        id="filter-from"
        size="sm"
        type="datetime-local"
        step="1"
        labelText="Started from"
        value={draft.from}
        onChange={set('from')}
      />
      <TextInput
        id="filter-to"
        size="sm"
        type="datetime-local"
        step="1"
        labelText="Started until"
        value={draft.to}
        onChange={set('to')}
      />
      {(['least', 'most'] as const).map((field) => (
        <TextInput
          key={field}
          id={`filter-${field}`}
          size="sm"
          labelText={field === 'least' ? 'Lasted at least' : 'Lasted at most'}
          placeholder={field === 'least' ? '5 min' : '2 h'}
          value={draft[field]}
          onChange={set(field)}
          invalid={wrong[field]}
          invalidText={durationHint}
        />
      ))}
      <div className="filter-actions">
        <Button type="submit" size="sm">
          Apply
        </Button>
        <Button kind="ghost" size="sm" onClick={onCancel}>
          Cancel
        </Button>
      </div>
    </form>
  );
}

const withChosen = (options: readonly string[], chosen: string): readonly string[] =>
  chosen === '' || options.includes(chosen) ? options : [chosen, ...options];

function draftOf(filter: Filter): Draft {
  const duration = (us: number | undefined) => (us === undefined ? '' : formatDuration(us));
  return {
    state: filter.state ?? '',
    service: filter.service ?? '',
    activity: filter.activity ?? '',
    notActivity: filter.notActivity ?? '',
    key: filter.key ?? '',
    attribute: Object.entries(filter.attributes ?? {})[0]?.join('=') ?? '',
    from: localOf(filter.from),
    to: localOf(filter.to),
    least: duration(filter.minDurationUs),
    most: duration(filter.maxDurationUs),
  };
}

/** `name=value`; the value may hold an equals sign, the name not. */
function attributeOf(text: string): readonly [name: string, value: string] | undefined {
  const [, name, value] = /^([^=]+)=(.+)$/.exec(text.trim()) ?? [];
  return name === undefined || value === undefined ? undefined : [name.trim(), value.trim()];
}

/** What the form does not ask for (variant, edge, attributes after the first) stays as it was. */
function filterOf(before: Filter, draft: Draft): Filter {
  const { variant, edge } = before;
  const { least, most, from, to, state, attribute, ...texts } = draft;
  const attributes = [attributeOf(attribute) ?? [], ...Object.entries(before.attributes ?? {}).slice(1)];
  const named = attributes.filter((one) => one.length === 2);
  const [minDurationUs, maxDurationUs] = [parseDuration(least), parseDuration(most)];
  const chosen = instanceStates.find((one) => one === state);
  return {
    ...Object.fromEntries(Object.entries(texts).filter(([, value]) => value !== '')),
    ...(chosen ? { state: chosen } : {}),
    ...(from ? { from: new Date(from).toISOString() } : {}),
    ...(to ? { to: new Date(to).toISOString() } : {}),
    ...(minDurationUs === null ? {} : { minDurationUs }),
    ...(maxDurationUs === null ? {} : { maxDurationUs }),
    ...(variant ? { variant } : {}),
    ...(edge ? { edge } : {}),
    ...(named.length > 0 ? { attributes: Object.fromEntries(named) } : {}),
  };
}

function localOf(iso: string | undefined): string {
  if (iso === undefined) return '';
  const at = new Date(iso);
  return Number.isNaN(at.getTime())
    ? ''
    : new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
}
