import { ContentSwitcher, Select, SelectItem, Slider, Switch } from '@carbon/react';
import { useEffect, useState } from 'react';
import type { Chain } from 'throughline/schema';
import { formatCount } from '../../model/format.ts';
import { isMeasure, type MeasureName, measureLabels, measureNames } from '../../model/measure.ts';
import type { Thinned } from '../../model/thin.ts';
import type { FlowViewState } from './use-flow-view.ts';

type ToolbarProps = {
  readonly state: FlowViewState;
  readonly chain: Chain;
  readonly thinned: Thinned;
  readonly measure: MeasureName;
};

/** How the chain is drawn: by causes or by the clock, as map or table, what is hot, and how much of it. */
export function MapToolbar({ state, chain, thinned, measure }: ToolbarProps) {
  const { view, change } = state;
  const isLarge = chain.activities.length > 8 || chain.transitions.length > 12;
  const views = ['causal', 'temporal'] as const;
  return (
    <div className="map-toolbar" role="toolbar" aria-label="How the chain is drawn">
      <ContentSwitcher
        size="sm"
        className="map-view"
        selectedIndex={views.indexOf(chain.view)}
        onChange={({ index }) => change({ view: views[index ?? 0], selected: undefined })}
      >
        <Switch
          name="causal"
          text="By cause"
          title="Follows proven causes; parallel branches show as parallel"
        />
        <Switch name="temporal" text="By time" title="Which step came next by the clock" />
      </ContentSwitcher>
      <ContentSwitcher
        size="sm"
        className="map-view is-short"
        selectedIndex={view.table ? 1 : 0}
        onChange={({ index }) => change({ table: index === 1 })}
      >
        <Switch name="map" text="Map" />
        <Switch name="table" text="Table" />
      </ContentSwitcher>
      {!view.table && (
        <>
          <Select
            id="map-measure"
            className="map-measure"
            size="sm"
            inline
            labelText="Heat"
            value={measure}
            onChange={(event) =>
              change({ measure: isMeasure(event.target.value) ? event.target.value : undefined })
            }
          >
            {measureNames.map((name) => (
              <SelectItem key={name} value={name} text={measureLabels[name]} />
            ))}
          </Select>
          {isLarge && (
            <>
              <ShareSlider
                id="activities"
                label="Activities"
                value={thinned.shares.activities}
                onRelease={(activitiesShown) => change({ activitiesShown })}
                shown={thinned.activities.length}
                all={chain.activities.length}
              />
              <ShareSlider
                id="transitions"
                label="Transitions"
                value={thinned.shares.transitions}
                onRelease={(transitionsShown) => change({ transitionsShown })}
                shown={thinned.transitions.length}
                all={chain.transitions.length}
              />
            </>
          )}
          {thinned.transitions.length < chain.transitions.length && (
            <button
              type="button"
              className="link-button"
              onClick={() => change({ activitiesShown: 100, transitionsShown: 100 })}
            >
              Rare paths are hidden: show all
            </button>
          )}
        </>
      )}
    </div>
  );
}

type SliderProps = {
  readonly id: string;
  readonly label: string;
  readonly value: number;
  readonly shown: number;
  readonly all: number;
  readonly onRelease: (value: number) => void;
};

function ShareSlider({ id, label, value, shown, all, onRelease }: SliderProps) {
  const [position, setPosition] = useState(value);
  useEffect(() => setPosition(value), [value]);
  return (
    <div className="map-share">
      <span className="map-share-label" id={`share-${id}`}>
        {label}{' '}
        <b className="figure">
          {formatCount(shown)} of {formatCount(all)}
        </b>
      </span>
      <Slider
        id={`share-${id}-slider`}
        ariaLabelInput={`${label} shown, in percent`}
        hideTextInput
        hideLabel
        labelText={label}
        min={1}
        max={100}
        value={position}
        onChange={({ value: moved }) => setPosition(moved)}
        onRelease={({ value: moved }) => {
          if (moved !== value) onRelease(moved);
        }}
      />
    </div>
  );
}
