import { Button, DismissibleTag } from '@carbon/react';
import { Filter as FilterIcon } from '@carbon/react/icons';
import { useState } from 'react';
import type { Chain } from 'throughline/schema';
import { filterTags } from '../../model/filters.ts';
import { counted, formatCount } from '../../model/format.ts';
import { FilterForm } from './filter-form.tsx';
import type { FlowViewState } from './use-flow-view.ts';

type BarProps = {
  readonly state: FlowViewState;
  readonly chain: Chain | undefined;
  readonly total: number | undefined;
};

/** Which instances the page is about: each condition a tag that can be taken away. */
export function FilterBar({ state, chain, total }: BarProps) {
  const [isOpen, setOpen] = useState(false);
  const tags = filterTags(state.view.filter);
  return (
    <section className="filter-bar" aria-label="Filter">
      <div className="filter-line">
        <Button
          kind="ghost"
          size="sm"
          renderIcon={FilterIcon}
          aria-expanded={isOpen}
          onClick={() => setOpen(!isOpen)}
        >
          Filter
        </Button>
        {tags.map((tag) => (
          <DismissibleTag
            key={tag.name}
            type="high-contrast"
            size="md"
            text={tag.label}
            title={`Remove: ${tag.label}`}
            onClose={() => state.filterBy(tag.without)}
          />
        ))}
        {tags.length > 1 && (
          <Button kind="ghost" size="sm" onClick={() => state.filterBy({})}>
            Clear all
          </Button>
        )}
        <span className="filter-result" role="status">
          {chain && total !== undefined && tags.length > 0 && (
            <>
              <b className="figure">{formatCount(chain.instances)}</b> of {formatCount(total)} instances ·{' '}
              {counted(chain.variants, 'variant')}
            </>
          )}
          {chain && tags.length === 0 && 'All instances'}
        </span>
      </div>
      {isOpen && (
        <FilterForm
          filter={state.view.filter}
          activities={chain?.activities.map((one) => one.activity) ?? []}
          services={[...new Set(chain?.activities.flatMap((one) => one.services) ?? [])].sort()}
          onApply={(filter) => {
            state.filterBy(filter);
            setOpen(false);
          }}
          onCancel={() => setOpen(false)}
        />
      )}
    </section>
  );
}
