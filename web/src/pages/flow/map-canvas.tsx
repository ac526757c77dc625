import { IconButton, InlineLoading } from '@carbon/react';
import { CenterToFit, ZoomIn, ZoomOut } from '@carbon/react/icons';
import { type KeyboardEvent, type PointerEvent, useEffect, useMemo, useRef, useState } from 'react';
import { MapDrawing } from '../../draw/map-svg.tsx';
import { type Rectangle, useMapZoom } from '../../draw/use-map-zoom.ts';
import { useStable } from '../../draw/use-stable.ts';
import type { Layout, Placed } from '../../layout/shape.ts';
import type { MapGraph } from '../../model/graph.ts';
import type { MeasureName } from '../../model/measure.ts';
import { ProblemNote } from '../problem.tsx';
import { MapLegend } from './map-legend.tsx';
import { MapOverview } from './map-overview.tsx';
import { MapTooltip } from './map-tooltip.tsx';
import { useLayout } from './use-layout.ts';

type CanvasProps = {
  readonly flow: string;
  readonly graph: MapGraph;
  readonly measure: MeasureName;
  readonly selected: string | undefined;
  readonly onSelect: (id: string | undefined) => void;
};

/** The map in its frame: zoom and pan by wheel, drag, keys and buttons; the tooltip follows what is pointed at. */
export function MapCanvas({ flow, graph, measure, selected, onSelect }: CanvasProps) {
  const svg = useRef<SVGSVGElement>(null);
  const root = useRef<SVGGElement>(null);
  const [pointed, setPointed] = useState<string | null>(null);
  const [pointer, setPointer] = useState<{ x: number; y: number } | null>(null);
  const frame = useFrame(svg);
  const { laidOut, isWorking, problem } = useLayout(graph, frame);
  const drawn = useMemo(() => laidOut && { ...laidOut.layout, ...startOf(laidOut.layout) }, [laidOut]);
  const [sight, setSight] = useState<Rectangle | null>(null);
  const zoom = useMapZoom(svg, root, drawn, setSight);
  const track = (event: PointerEvent) => {
    const box = svg.current?.getBoundingClientRect();
    if (box && event.pointerType === 'mouse')
      setPointer({ x: event.clientX - box.left, y: event.clientY - box.top });
  };
  const choose = useStable(onSelect);
  const point = useStable((id: string | null) => {
    setPointed(id);
    const placed = id === null ? undefined : laidOut?.layout.nodes[id];
    // Reached by the keyboard: what has the focus must be in sight.
    if (placed && document.activeElement?.matches(':focus-visible')) zoom.reveal(placed.x, placed.y);
  });
  return (
    <div className="map-canvas">
      <svg
        ref={svg}
        className="map"
        data-testid="map"
        data-engine={laidOut?.engine}
        role="group"
        aria-label={`Event chain of ${flow}. Arrow keys move it, plus and minus zoom, 0 fits it in.`}
        tabIndex={0}
        onKeyDown={(event) => onMapKey(event, zoom, () => onSelect(undefined))}
        onPointerMove={track}
        onClick={(event) => {
          if (event.target === svg.current) onSelect(undefined);
        }}
      >
        {laidOut && (
          <MapDrawing
            rootRef={root}
            {...{ graph, layout: laidOut.layout, measure, selected, pointed }}
            onSelect={choose}
            onPoint={point}
          />
        )}
      </svg>
      {isWorking && !problem && <InlineLoading className="map-working" description="Arranging the map" />}
      {problem && !laidOut && <ProblemNote error={problem} />}
      {laidOut && sight && <MapOverview layout={laidOut.layout} sight={sight} onCentre={zoom.centre} />}
      {pointed && pointer && <MapTooltip graph={graph} id={pointed} at={pointer} frame={svg.current} />}
      <MapLegend graph={graph} measure={measure} />
      <div className="map-buttons">
        <IconButton label="Zoom in" kind="secondary" size="sm" align="left" onClick={() => zoom.by(1.3)}>
          <ZoomIn />
        </IconButton>
        <IconButton label="Zoom out" kind="secondary" size="sm" align="left" onClick={() => zoom.by(1 / 1.3)}>
          <ZoomOut />
        </IconButton>
        <IconButton label="Fit the map in" kind="secondary" size="sm" align="left" onClick={zoom.fit}>
          <CenterToFit />
        </IconButton>
      </div>
    </div>
  );
}

function onMapKey(event: KeyboardEvent, zoom: ReturnType<typeof useMapZoom>, leave: () => void): void {
  const step = 60;
  const commands = new Map<string, () => void>([
    ['ArrowLeft', () => zoom.pan(step, 0)],
    ['ArrowRight', () => zoom.pan(-step, 0)],
    ['ArrowUp', () => zoom.pan(0, step)],
    ['ArrowDown', () => zoom.pan(0, -step)],
    ['+', () => zoom.by(1.3)],
    ['=', () => zoom.by(1.3)],
    ['-', () => zoom.by(1 / 1.3)],
    ['0', () => zoom.fit()],
    ['Escape', leave],
  ]);
  const command = commands.get(event.key);
  if (!command || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  command();
}

const startOf = (layout: Layout): { readonly start?: Placed } =>
  layout.nodes.start ? { start: layout.nodes.start } : {};

/** The size of the frame once it is known; only a turn from wide to tall matters afterwards, not every pixel. */
function useFrame(svg: React.RefObject<SVGSVGElement | null>): { width: number; height: number } | null {
  const [frame, setFrame] = useState<{ width: number; height: number } | null>(null);
  useEffect(() => {
    if (!svg.current) return;
    const observer = new ResizeObserver(([entry]) => {
      const { width = 0, height = 0 } = entry?.contentRect ?? {};
      if (width === 0 || height === 0) return;
      setFrame((before) =>
        before && before.width >= before.height === width >= height ? before : { width, height },
      );
    });
    observer.observe(svg.current);
    return () => observer.disconnect();
  }, [svg]);
  return frame;
}
