import { Tag } from '@carbon/react';
import { CheckmarkFilled, CircleDash, ErrorFilled, WarningAltFilled } from '@carbon/react/icons';
import type { InstanceState } from 'throughline/schema';

const looks = {
  open: { type: 'blue', icon: CircleDash },
  stuck: { type: 'magenta', icon: WarningAltFilled },
  completed: { type: 'green', icon: CheckmarkFilled },
  failed: { type: 'red', icon: ErrorFilled },
} as const;

/** The state in a word, a sign and a colour: each alone is enough. */
export function StateTag({ state }: { readonly state: InstanceState }) {
  const { type, icon } = looks[state];
  return (
    <Tag className={`state-tag is-${state}`} type={type} size="md" renderIcon={icon}>
      {state}
    </Tag>
  );
}
