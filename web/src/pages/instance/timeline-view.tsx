import { IconButton } from '@carbon/react';
import { FitToWidth, ZoomIn, ZoomOut } from '@carbon/react/icons';
import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from 'react';
import type { Instance } from 'throughline/schema';
import { type Frame, frameOf, type Sight, wholeSight } from '../../draw/timeline-frame.ts';
import { TimelineDrawing } from '../../draw/timeline-svg.tsx';
import { useStable } from '../../draw/use-stable.ts';
import { formatDuration } from '../../model/format.ts';
import { type Bar, relatives, type Timeline, timelineOf } from '../../model/timeline.ts';
import { useNow } from '../figures.tsx';
import { TimelineOverview } from './timeline-overview.tsx';

type ViewProps = {
  readonly instance: Instance;
  readonly selected: number | null;
  readonly onSelect: (step: number | null) => void;
};

/** The timeline in its frame: an overview to choose what is in sight, folded idle time, and what is pointed at in words. */
export function TimelineView({ instance, selected, onSelect }: ViewProps) {
  const frame = useRef<HTMLDivElement>(null);
  const width = useWidth(frame);
  const now = useNow(30_000);
  // Only what still waits reaches to now; everything else keeps its drawing.
  const endMs = instance.stuck ? now : 0;
  const timeline = useMemo(() => timelineOf(instance, endMs * 1_000), [instance, endMs]);
  const [sight, setSight] = useState<Sight>(wholeSight);
  const [unfolded, setUnfolded] = useState<ReadonlySet<number>>(new Set());
  const [pointed, setPointed] = useState<Bar | null>(null);
  const related = useMemo(
    () => (selected === null ? null : relatives(instance.steps, selected)),
    [instance, selected],
  );
  const labelWidth = width < 560 ? 8 : 148;
  const placed = useMemo(
    () => frameOf(timeline, width, sight, unfolded, labelWidth),
    [timeline, width, sight, unfolded, labelWidth],
  );
  const unfold = useStable((startUs: number) => setUnfolded((before) => new Set(before).add(startUs)));
  const choose = useStable(onSelect);
  const commands = commandsOf(sight, setSight);
  return (
    <section className="timeline" aria-label="Timeline by service" data-testid="instance-timeline">
      <header className="timeline-head">
        <h2>Timeline</h2>
        <span className="timeline-pointed" aria-hidden="true">
          {pointed ? describe(pointed, timeline) : hintOf(timeline)}
        </span>
        {unfolded.size > 0 && (
          <button type="button" className="link-button" onClick={() => setUnfolded(new Set())}>
            Fold idle time
          </button>
        )}
        <span className="timeline-buttons">
          <IconButton label="Zoom in" kind="ghost" size="sm" align="bottom-right" onClick={commands.closer}>
            <ZoomIn />
          </IconButton>
          <IconButton label="Zoom out" kind="ghost" size="sm" align="bottom-right" onClick={commands.farther}>
            <ZoomOut />
          </IconButton>
          <IconButton
            label="Show all of it"
            kind="ghost"
            size="sm"
            align="bottom-right"
            onClick={commands.all}
          >
            <FitToWidth />
          </IconButton>
        </span>
      </header>
      <TimelineOverview {...{ timeline, width, labelWidth, unfolded, sight }} onChange={setSight} />
      <div
        ref={frame}
        className="timeline-frame"
        tabIndex={-1}
        onKeyDown={(event) => onTimelineKey(event, commands)}
      >
        {width > 0 && (
          <svg width={width} height={placed.height} role="group" aria-label={summaryOf(timeline, placed)}>
            <TimelineDrawing
              {...{ timeline, frame: placed, selected, related }}
              onSelect={choose}
              onPoint={setPointed}
              onUnfold={unfold}
            />
          </svg>
        )}
      </div>
    </section>
  );
}

function useWidth(element: React.RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(0);
  useEffect(() => {
    if (!element.current) return;
    const observer = new ResizeObserver(([entry]) => setWidth(Math.floor(entry?.contentRect.width ?? 0)));
    observer.observe(element.current);
    return () => observer.disconnect();
  }, [element]);
  return width;
}

type Commands = Readonly<Record<'closer' | 'farther' | 'earlier' | 'later' | 'all', () => void>>;

function commandsOf(sight: Sight, setSight: (sight: Sight) => void): Commands {
  const length = sight.to - sight.from;
  const show = (middle: number, wanted: number) => {
    const size = Math.min(1, Math.max(1e-6, wanted));
    const from = Math.min(1 - size, Math.max(0, middle - size / 2));
    setSight({ from, to: from + size });
  };
  const middle = (sight.from + sight.to) / 2;
  return {
    closer: () => show(middle, length / 1.8),
    farther: () => show(middle, length * 1.8),
    earlier: () => show(middle - length / 4, length),
    later: () => show(middle + length / 4, length),
    all: () => setSight(wholeSight),
  };
}

function onTimelineKey(event: KeyboardEvent, commands: Commands): void {
  const names: Readonly<Record<string, keyof Commands>> = {
    '+': 'closer',
    '=': 'closer',
    '-': 'farther',
    '0': 'all',
    ArrowLeft: 'earlier',
    ArrowRight: 'later',
  };
  const name = names[event.key];
  if (!name || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  commands[name]();
}

const describe = (bar: Bar, timeline: Timeline): string =>
  [
    bar.kind === 'step' ? bar.activity : `${bar.activity} consumed`,
    timeline.lanes[bar.lane]?.service,
    `+${formatDuration(bar.startUs - timeline.startUs)}`,
    `lasted ${formatDuration(bar.endUs - bar.startUs)}`,
    bar.isError ? 'failed' : '',
  ]
    .filter(Boolean)
    .join(' · ');

const hintOf = (timeline: Timeline): string =>
  timeline.gaps.length > 0
    ? 'Choose a step to see what led to it; click a zigzag to unfold idle time'
    : 'Choose a step to see what led to it';

const summaryOf = (timeline: Timeline, frame: Frame): string =>
  `${timeline.bars.length} bars in ${timeline.lanes.length} lanes, ${frame.folded.length} idle times folded. The table of steps below says the same.`;
