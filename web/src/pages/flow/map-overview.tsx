import type { Rectangle } from '../../draw/use-map-zoom.ts';
import type { Layout } from '../../layout/shape.ts';

type OverviewProps = {
  readonly layout: Layout;
  /** The part of the drawing that is in the frame. */
  readonly sight: Rectangle;
  readonly onCentre: (x: number, y: number) => void;
};
const largest = { width: 200, height: 110 } as const;

/** The whole map, small, with a frame around what is in sight; only where not all of it is. */
export function MapOverview({ layout, sight, onCentre }: OverviewProps) {
  const isAllSeen =
    sight.x <= 1 &&
    sight.y <= 1 &&
    sight.x + sight.width >= layout.width - 1 &&
    sight.y + sight.height >= layout.height - 1;
  if (isAllSeen) return null;
  const scale = Math.min(largest.width / layout.width, largest.height / layout.height);
  const go = (event: React.PointerEvent<SVGSVGElement>) => {
    if (event.type === 'pointermove' && event.buttons === 0) return;
    const box = event.currentTarget.getBoundingClientRect();
    onCentre((event.clientX - box.left) / scale, (event.clientY - box.top) / scale);
  };
  return (
    <svg
      className="map-overview"
      width={layout.width * scale}
      height={layout.height * scale}
      viewBox={`0 0 ${layout.width} ${layout.height}`}
      onPointerDown={go}
      onPointerMove={go}
      aria-hidden="true"
    >
      {Object.entries(layout.nodes).map(([id, node]) => (
        <rect
          key={id}
          x={node.x - node.width / 2}
          y={node.y - node.height / 2}
          width={node.width}
          height={node.height}
        />
      ))}
      <rect className="map-overview-sight" {...sight} strokeWidth={1.5 / scale} />
    </svg>
  );
}
