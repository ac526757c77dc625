import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { type ReactNode, useEffect, useLayoutEffect, useRef, useState } from 'react';

type RowsProps<Item> = {
  readonly label: string;
  readonly className: string;
  readonly columns: readonly string[];
  readonly items: readonly Item[];
  /** All there are, where not all are read yet. */
  readonly total?: number;
  readonly rowHeight: number;
  readonly render: (item: Item, index: number) => ReactNode;
  /** Called when the last rows come near; may be called often. */
  readonly onEnd?: () => void;
};

/** A table of any length in the page's own scroll: only the rows in sight exist, and each is as high as it needs. */
export function VirtualRows<Item>({
  label,
  className,
  columns,
  items,
  total,
  rowHeight,
  render,
  onEnd,
}: RowsProps<Item>) {
  const list = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  useLayoutEffect(() => {
    const box = list.current?.getBoundingClientRect();
    setTop(box ? box.top + window.scrollY : 0);
  }, []);
  const virtual = useWindowVirtualizer({
    count: items.length,
    estimateSize: () => rowHeight,
    overscan: 12,
    scrollMargin: top,
    measureElement: (element) => element.getBoundingClientRect().height,
  });
  const rows = virtual.getVirtualItems();
  const last = rows.at(-1)?.index ?? 0;
  useEffect(() => {
    if (last >= items.length - 10) onEnd?.();
  }, [last, items.length, onEnd]);
  return (
    <div
      className={`rows ${className}`}
      role="table"
      aria-label={label}
      aria-rowcount={(total ?? items.length) + 1}
    >
      <div className="rows-head" role="row" aria-rowindex={1}>
        {columns.map((column) => (
          <span key={column} role="columnheader">
            {column}
          </span>
        ))}
      </div>
      <div ref={list} className="rows-body" role="rowgroup" style={{ height: virtual.getTotalSize() }}>
        {rows.map((row) => {
          const item = items[row.index];
          if (item === undefined) return null;
          return (
            <div
              key={row.key}
              ref={virtual.measureElement}
              className="rows-place"
              data-index={row.index}
              style={{ transform: `translateY(${row.start - top}px)` }}
            >
              {render(item, row.index)}
            </div>
          );
        })}
      </div>
    </div>
  );
}
