import type { RoutedEdge } from '../layout/shape.ts';
import {
  counted,
  formatDuration,
  formatShare,
  formatShortCount,
  formatShortDuration,
} from '../model/format.ts';
import type { MapEdge } from '../model/graph.ts';
import { isTime, type MeasureName } from '../model/measure.ts';
import { classes, round } from './map-node.tsx';

type EdgeProps = {
  readonly edge: MapEdge;
  readonly routed: RoutedEdge;
  readonly width: number;
  readonly heat: number;
  readonly measure: MeasureName;
  readonly dimmed: boolean;
  readonly selected: boolean;
  readonly onSelect?: (id: string) => void;
  readonly onPoint?: (id: string | null) => void;
};

/** Only the clock says so, for most of it: drawn dashed. */
export function isTemporal(edge: MapEdge): boolean {
  const evidence = edge.transition?.evidence;
  return evidence !== undefined && evidence.temporal > evidence.causal;
}

/** A transition: as thick as it is frequent, as hot as its measure, solid where causes prove it. */
export function EdgeLine({ edge, routed, width, heat, dimmed, selected, onSelect, onPoint }: EdgeProps) {
  const { transition } = edge;
  const identity = transition && {
    'data-testid': 'map-edge',
    'data-from': transition.from,
    'data-to': transition.to,
  };
  const actions = transition && {
    role: 'button',
    tabIndex: 0,
    'aria-pressed': selected,
    'aria-label': describeEdge(edge),
    onClick: () => onSelect?.(edge.id),
    onKeyDown: (event: React.KeyboardEvent) => {
      if (event.key !== 'Enter' && event.key !== ' ') return;
      event.preventDefault();
      onSelect?.(edge.id);
    },
    onPointerEnter: () => onPoint?.(edge.id),
    onPointerLeave: () => onPoint?.(null),
    onFocus: () => onPoint?.(edge.id),
    onBlur: () => onPoint?.(null),
  };
  return (
    <g
      className={classes(
        `map-edge map-edge-${edge.kind} heat-${heat}`,
        isTemporal(edge) && 'is-temporal',
        dimmed && 'is-dimmed',
        selected && 'is-selected',
      )}
      {...identity}
      {...actions}
    >
      {transition && <path className="map-edge-reach" d={routed.path} />}
      <path className="map-edge-line" d={routed.path} strokeWidth={round(width)} />
      <path className="map-edge-arrow" d={arrowOf(routed, width)} />
    </g>
  );
}

/** Drawn after all lines, so that no line crosses a figure. */
export function EdgeLabel({ edge, routed, measure, dimmed, selected, heat, onSelect, onPoint }: EdgeProps) {
  const { label } = routed;
  if (!label) return null;
  const { transition } = edge;
  const count = formatShortCount(measure === 'instances' && transition ? transition.instances : edge.count);
  const wait =
    transition && formatShortDuration(transition.waitUs[isTime(measure) ? (measure as 'p50') : 'p50']);
  const boxWidth = Math.max(count.length * 7.4, (wait?.length ?? 0) * 6.6) + 10;
  const height = wait ? 31 : 17;
  return (
    <g
      className={classes(
        `map-label map-label-${edge.kind} heat-${heat}`,
        dimmed && 'is-dimmed',
        selected && 'is-selected',
        isTime(measure) && 'is-time',
      )}
      transform={`translate(${round(label.x)},${round(label.y)})`}
      {...(transition && {
        onClick: () => onSelect?.(edge.id),
        onPointerEnter: () => onPoint?.(edge.id),
        onPointerLeave: () => onPoint?.(null),
      })}
    >
      <rect x={round(-boxWidth / 2)} y={-height / 2} width={round(boxWidth)} height={height} rx="8" />
      <text className="map-label-count" y={wait ? -2 : 4} textAnchor="middle">
        {count}
      </text>
      {wait && (
        <text className="map-label-wait" y="11.5" textAnchor="middle">
          {wait}
        </text>
      )}
    </g>
  );
}

function arrowOf({ arrow: [from, tip] }: RoutedEdge, width: number): string {
  const length = Math.hypot(tip.x - from.x, tip.y - from.y) || 1;
  const half = 3.4 + width * 0.42;
  const across = { x: (-(tip.y - from.y) / length) * half, y: ((tip.x - from.x) / length) * half };
  const corner = (sign: number) => `${round(from.x + sign * across.x)},${round(from.y + sign * across.y)}`;
  return `M${corner(1)}L${round(tip.x)},${round(tip.y)}L${corner(-1)}Z`;
}

function describeEdge(edge: MapEdge): string {
  const { transition } = edge;
  if (!transition) return '';
  const { causal, temporal } = transition.evidence;
  const proof = causal + temporal > 0 ? formatShare(causal / (causal + temporal)) : '0 %';
  return [
    `${transition.from} to ${transition.to}`,
    counted(transition.count, 'time'),
    `median waiting time ${formatDuration(transition.waitUs.p50)}`,
    transition.parallel ? 'in parallel with another branch' : '',
    `proved by causes: ${proof}`,
  ]
    .filter((part) => part !== '')
    .join(', ');
}
