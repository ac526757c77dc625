import type { Placed } from '../layout/shape.ts';
import { counted, formatDuration, formatShortCount } from '../model/format.ts';
import type { MapNode } from '../model/graph.ts';
import { linesOf, widthOf } from './text-fit.ts';

type NodeProps = {
  readonly node: MapNode;
  readonly placed: Placed;
  readonly heat: number;
  readonly dimmed: boolean;
  readonly selected: boolean;
};
type ActivityProps = NodeProps & {
  readonly node: Extract<MapNode, { kind: 'activity' }>;
  readonly onSelect?: (id: string) => void;
  readonly onPoint?: (id: string | null) => void;
};

/** An activity as a box: its name, who does it, how often; badges for what is stuck after it and what failed in it. */
export function ActivityBox({ node, placed, heat, dimmed, selected, onSelect, onPoint }: ActivityProps) {
  const { activity } = node;
  const lines = linesOf(activity.activity, placed.width - 30, 14, 2);
  const [top, gap] = lines.length > 1 ? [20, 16] : [27, 16];
  const service = linesOf(servicesOf(activity.services), placed.width - 84, 12, 1)[0] ?? '';
  return (
    <g
      className={classes('map-node', `heat-${heat}`, dimmed && 'is-dimmed', selected && 'is-selected')}
      transform={`translate(${round(placed.x - placed.width / 2)},${round(placed.y - placed.height / 2)})`}
      data-testid="map-node"
      data-activity={activity.activity}
      role="button"
      tabIndex={0}
      aria-pressed={selected}
      aria-label={describe(node)}
      onClick={() => onSelect?.(node.id)}
      onKeyDown={(event) => {
        if (event.key !== 'Enter' && event.key !== ' ') return;
        event.preventDefault();
        onSelect?.(node.id);
      }}
      onPointerEnter={() => onPoint?.(node.id)}
      onPointerLeave={() => onPoint?.(null)}
      onFocus={() => onPoint?.(node.id)}
      onBlur={() => onPoint?.(null)}
    >
      <rect className="map-node-box" width={placed.width} height={placed.height} rx="6" />
      <rect className="map-node-heat" x="1" y="1" width="5" height={placed.height - 2} rx="2.5" />
      {lines.map((line, at) => (
        <text key={line} className="map-node-name" x="16" y={top + at * gap}>
          {line}
        </text>
      ))}
      <text className="map-node-service" x="16" y={placed.height - (lines.length > 1 ? 9 : 15)}>
        {service}
      </text>
      <text
        className="map-node-count"
        x={placed.width - 12}
        y={placed.height - (lines.length > 1 ? 9 : 15)}
        textAnchor="end"
      >
        {formatShortCount(activity.count)}
      </text>
      <Badges node={node} right={placed.width + 6} />
    </g>
  );
}

function Badges({ node, right }: { readonly node: ActivityProps['node']; readonly right: number }) {
  const { stuckAfter, errors } = node.activity;
  const stuck = stuckAfter > 0 ? badgeWidth(stuckAfter) : 0;
  return (
    <>
      {stuckAfter > 0 && <Badge kind="stuck" count={stuckAfter} right={right} />}
      {errors > 0 && <Badge kind="error" count={errors} right={right - (stuck > 0 ? stuck + 4 : 0)} />}
    </>
  );
}

const badgeWidth = (count: number): number => 26 + widthOf(formatShortCount(count), 12);

/** The sign says the kind, so that colour is not needed: a clock for stuck, a cross for errors. */
function Badge({
  kind,
  count,
  right,
}: {
  readonly kind: 'stuck' | 'error';
  readonly count: number;
  readonly right: number;
}) {
  const width = badgeWidth(count);
  return (
    <g className={`map-badge map-badge-${kind}`} transform={`translate(${round(right - width)},-10)`}>
      <rect width={round(width)} height="20" rx="10" />
      {kind === 'stuck' ? (
        <path className="map-badge-sign" d="M11,5.5a4.5,4.5 0 1 0 .01,0M11,7.5V10L12.8,11.2" />
      ) : (
        <path className="map-badge-sign" d="M8,7L14,13M14,7L8,13" />
      )}
      <text x={round(width - 8)} y="14" textAnchor="end">
        {formatShortCount(count)}
      </text>
      <title>
        {kind === 'stuck' ? `${counted(count, 'instance')} stuck after it` : counted(count, 'error')}
      </title>
    </g>
  );
}

/** Start, end, fork and join, as BPMN draws them. */
export function Marker({ node, placed, dimmed }: Pick<NodeProps, 'node' | 'placed' | 'dimmed'>) {
  const radius = placed.width / 2;
  const half = radius - 1;
  return (
    <g
      className={classes(`map-marker map-${node.kind}`, dimmed && 'is-dimmed')}
      transform={`translate(${round(placed.x)},${round(placed.y)})`}
      data-testid={`map-${node.kind}`}
      role="img"
      aria-label={markerLabel(node)}
    >
      <title>{markerLabel(node)}</title>
      {node.kind === 'start' && <path className="map-marker-sign" d="M-4,-6L6,0L-4,6Z" />}
      {(node.kind === 'start' || node.kind === 'end') && (
        <circle r={node.kind === 'end' ? half - 1.5 : half - 0.5} />
      )}
      {node.kind === 'end' && <rect className="map-marker-sign" x="-5" y="-5" width="10" height="10" />}
      {(node.kind === 'fork' || node.kind === 'join') && (
        <>
          <path className="map-gateway" d={`M0,${-half}L${half},0L0,${half}L${-half},0Z`} />
          <path className="map-gateway-plus" d="M-7,0H7M0,-7V7" />
        </>
      )}
    </g>
  );
}

function markerLabel(node: MapNode): string {
  switch (node.kind) {
    case 'activity':
      return node.activity.activity;
    case 'fork':
      return `After ${node.beside} the branches run in parallel`;
    case 'join':
      return `${node.beside} waits for all branches`;
    case 'start':
    case 'end':
      return `${node.kind === 'start' ? 'Start' : 'Last step'} of ${counted(node.count, 'instance')}`;
  }
}

function describe({ activity }: ActivityProps['node']): string {
  const parts = [
    activity.activity,
    activity.services.length > 0 ? `by ${servicesOf(activity.services)}` : '',
    counted(activity.count, 'step'),
    `in ${counted(activity.instances, 'instance')}`,
    `median working time ${formatDuration(activity.durationUs.p50)}`,
    activity.stuckAfter > 0 ? `${activity.stuckAfter} stuck after it` : '',
    activity.errors > 0 ? counted(activity.errors, 'error') : '',
  ];
  return parts.filter((part) => part !== '').join(', ');
}

const servicesOf = (services: readonly string[]): string =>
  services.length > 2 ? `${services[0]} +${services.length - 1}` : services.join(', ');

export const classes = (...names: readonly (string | false)[]): string => names.filter(Boolean).join(' ');
export const round = (value: number): number => Math.round(value * 10) / 10;
