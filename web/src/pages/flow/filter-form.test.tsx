// @vitest-environment jsdom
import { cleanup, fireEvent, render, screen } from '@testing-library/react';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Filter } from '../../model/filters.ts';
import { FilterForm } from './filter-form.tsx';

function opened(filter: Filter) {
  const onApply = vi.fn<(filter: Filter) => void>();
  const lists = { activities: ['Credit checked', 'Customer registered'], services: ['credit-check'] };
  render(<FilterForm filter={filter} {...lists} onApply={onApply} onCancel={() => undefined} />);
  const fill = (label: string, value: string) =>
    fireEvent.change(screen.getByLabelText(label), { target: { value } });
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
});
