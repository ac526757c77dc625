// @vitest-environment jsdom
import { cleanup, fireEvent, render, screen } from '@testing-library/react';
import type { ComponentProps } from 'react';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Filter } from '../../model/filters.ts';
import { FilterForm } from './filter-form.tsx';

// Plain elements in place of Carbon's: what is tested is the form, and with it gone no package needs a bundler here.
vi.mock('@carbon/react', () => ({
  Button: ({ children, type = 'button', onClick }: ComponentProps<'button'>) => (
    <button type={type} onClick={onClick}>
      {children}
    </button>
  ),
  Select: ({
    id,
    labelText,
    value,
    onChange,
    children,
  }: ComponentProps<'select'> & { labelText: string }) => (
    <label htmlFor={id}>
      {labelText}
      <select {...{ id, value, onChange }}>{children}</select>
    </label>
  ),
  SelectItem: ({ value, text }: { value: string; text: string }) => <option value={value}>{text}</option>,
  TextInput: ({ labelText, invalid, invalidText, id, value, onChange }: FieldProps) => (
    <label htmlFor={id}>
      {labelText}
      <input {...{ id, value, onChange }} />
      {invalid && <em>{invalidText}</em>}
    </label>
  ),
}));
type FieldProps = ComponentProps<'input'> & { labelText: string; invalid?: boolean; invalidText?: string };

function opened(filter: Filter) {
  const onApply = vi.fn<(filter: Filter) => void>();
  const lists = { activities: ['Credit checked', 'Customer registered'], services: ['credit-check'] };
  render(<FilterForm filter={filter} {...lists} onApply={onApply} onCancel={() => undefined} />);
  const fill = (label: string, value: string) =>
    fireEvent.change(screen.getByLabelText(label, { exact: false }), { target: { value } });
  const apply = () => fireEvent.click(screen.getByRole('button', { name: 'Apply' }));
  return { onApply, fill, apply };
}

describe('the filter form', () => {
  afterEach(cleanup);

  it('applies all that was filled in, at once, and keeps what it does not ask for', () => {
    const { onApply, fill, apply } = opened({ edge: 'A>B', attributes: { country: 'DE' } });
    fill('State', 'stuck');
    fill('With activity', 'Credit checked');
    fill('Lasted at least', '1 min 30 s');
    expect(onApply).not.toHaveBeenCalled();
    apply();
    expect(onApply).toHaveBeenCalledExactlyOnceWith({
      state: 'stuck',
      activity: 'Credit checked',
      minDurationUs: 90_000_000,
      edge: 'A>B',
      attributes: { country: 'DE' },
    });
  });

  it('says what is wrong instead of guessing', () => {
    const { onApply, fill, apply } = opened({});
    fill('Lasted at most', 'soon');
    fill('Business key', '42');
    apply();
    expect(onApply).not.toHaveBeenCalled();
    expect(screen.getByText(/A number and a unit/)).toBeTruthy();
    expect(screen.getByText(/Key type and value/)).toBeTruthy();
  });

  it('keeps the times of a filter to the second', () => {
    const { onApply, apply } = opened({ from: '2026-11-25T03:30:12.000Z' });
    apply();
    expect(onApply).toHaveBeenCalledExactlyOnceWith({ from: '2026-11-25T03:30:12.000Z' });
  });

  it('takes an attribute as name=value, and says so of anything else', () => {
    const { onApply, fill, apply } = opened({ attributes: { country: 'DE', tier: 'gold' } });
    expect(screen.getByLabelText<HTMLInputElement>('Attribute', { exact: false }).value).toBe('country=DE');
    fill('Attribute', 'country');
    apply();
    expect(onApply).not.toHaveBeenCalled();
    expect(screen.getByText('Name and value, such as country=DE')).toBeDefined();
    fill('Attribute', 'note = a=b');
    apply();
    expect(onApply).toHaveBeenCalledExactlyOnceWith({ attributes: { note: 'a=b', tier: 'gold' } });
  });
});
