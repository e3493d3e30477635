import '@xyflow/react/dist/base.css';
import { Background, BackgroundVariant, Panel, ReactFlow, ReactFlowProvider, useReactFlow, useStore, type Node } from '@xyflow/react';
import { Maximize, Minus, Plus } from 'lucide-react';
import { useCallback, useEffect, useMemo, useRef, useState, type KeyboardEvent, type ReactNode } from 'react';
import { useEvent, useMedia } from '@/lib/hooks';
import { IconButton } from '@/ui/button';
import { Tooltip } from '@/ui/tooltip';
import { TRIGGER, type FlowDocument, type Place } from '../model/document';
import { layout, neighbour, TILE, type Layout } from '../model/layout';
import { CanvasContext, type CanvasCommand, type TileMark } from './context';
import { nodeTypes } from './nodes';

export interface CanvasProps {
  document: FlowDocument;
  webhookUrl?: string | null | undefined;
  selected: string | null;
  marks: ReadonlyMap<string, TileMark>;
  readOnly?: boolean;
  onSelect: (id: string) => void;
  onAdd?: (place: Place) => void;
  onCommand?: (id: string, command: CanvasCommand) => void;
  /** More buttons beside the zoom ones. */
  controls?: ReactNode;
  /** Shown over the lower edge. */
  children?: ReactNode;
}

/** A flow drawn from top to bottom; pan and zoom with mouse or fingers, move and act with the keyboard. */
export function Canvas(props: CanvasProps) {
  return (
    <ReactFlowProvider>
      <Board {...props} />
    </ReactFlowProvider>
  );
}

const TOP = 40;

function toNodes(plan: Layout): Node[] {
  const fixed = { draggable: false, selectable: false, focusable: false, connectable: false };
  return [
    { id: 'lines', type: 'lines', position: { x: 0, y: 0 }, data: { lines: plan.lines }, zIndex: 0, width: 1, height: 1, ...fixed },
    ...plan.frames.map((box) => ({
      id: `frame:${box.step}`,
      type: 'frame',
      position: { x: box.x, y: box.y },
      data: { width: box.width, height: box.height },
      zIndex: -1,
      width: box.width,
      height: box.height,
      ...fixed,
    })),
    ...plan.labels.map((box) => ({
      id: `label:${box.step}:${box.lane}`,
      type: 'label',
      position: { x: box.x, y: box.y },
      data: { step: box.step, lane: box.lane },
      zIndex: 1,
      width: box.width,
      height: box.height,
      ...fixed,
    })),
    // Tiles and the + buttons in reading order: that is the order of Tab and of a screen reader.
    ...[
      ...plan.tiles.map((box) => ({
        id: `tile:${box.id}`,
        type: 'tile',
        position: { x: box.x, y: box.y },
        data: { id: box.id },
        zIndex: 2,
        width: TILE.width,
        height: TILE.height,
        ...fixed,
      })),
      ...plan.adds.map((box) => ({
        id: `add:${box.place.parent ?? ''}:${box.place.parent === null ? '' : box.place.lane}:${box.place.index}`,
        type: 'add',
        position: { x: box.x - 11, y: box.y - 11 },
        data: { place: box.place },
        zIndex: 3,
        width: 22,
        height: 22,
        ...fixed,
      })),
    ].sort((a, b) => a.position.y - b.position.y || a.position.x - b.position.x),
  ];
}

function Board({
  document: flow,
  webhookUrl,
  selected,
  marks,
  readOnly = false,
  onSelect,
  onAdd,
  onCommand,
  controls,
  children,
}: CanvasProps) {
  const host = useRef<HTMLDivElement>(null);
  const view = useReactFlow();
  const width = useStore((state) => state.width);
  const height = useStore((state) => state.height);
  const still = useMedia('(prefers-reduced-motion: reduce)');
  const plan = useMemo(() => layout(flow), [flow]);
  const nodes = useMemo(() => toNodes(plan), [plan]);
  const [focused, setFocused] = useState<string | null>(null);
  const exists = useCallback((id: string | null): id is string => plan.tiles.some((box) => box.id === id), [plan]);
  const active = exists(focused) ? focused : exists(selected) ? selected : TRIGGER;

  /** At first: real size, trigger at the top in the middle; smaller, as far as it can be read, if the flow is wider than the canvas. */
  const start = useEvent((): void => {
    const wide = Math.max(-plan.bounds.left, plan.bounds.right) * 2 + 48;
    const zoom = Math.min(1, Math.max(0.7, width / wide));
    void view.setViewport({ x: width / 2, y: TOP, zoom });
  });
  const ready = width > 0 && height > 0;
  useEffect(() => {
    if (ready) start();
  }, [ready, start]);

  /** Brings a tile into sight, moving as little as needed. */
  const show = useEvent((id: string): void => {
    const box = plan.tiles.find((each) => each.id === id);
    if (!box || !ready) return;
    const { x, y, zoom } = view.getViewport();
    const left = box.x * zoom + x;
    const top = box.y * zoom + y;
    const right = left + TILE.width * zoom;
    const bottom = top + TILE.height * zoom;
    const edge = 24;
    const dx = left < edge ? edge - left : right > width - edge ? Math.max(width - edge - right, edge - left) : 0;
    const dy = top < edge ? edge - top : bottom > height - 72 ? height - 72 - bottom : 0;
    if (dx || dy) void view.setViewport({ x: x + dx, y: y + dy, zoom }, { duration: still ? 0 : 160 });
  });
  // When the panel opens or closes, what was in the middle stays there.
  const before = useRef(0);
  const recentre = useEvent((): void => {
    const { x, y, zoom } = view.getViewport();
    if (before.current > 0 && before.current !== width) void view.setViewport({ x: x + (width - before.current) / 2, y, zoom });
    before.current = width;
  });
  useEffect(() => recentre(), [width, recentre]);
  useEffect(() => {
    if (selected && ready) show(selected);
  }, [selected, ready, width, show]);

  const focusTile = (id: string): void => {
    host.current?.querySelector<HTMLElement>(`[data-tile="${CSS.escape(id)}"]`)?.focus({ preventScroll: true });
    show(id);
  };

  const onKeyDown = (event: KeyboardEvent): void => {
    const tile = event.target instanceof Element ? event.target.closest<HTMLElement>('[data-tile]') : null;
    const id = tile?.dataset['tile'];
    if (!id || event.nativeEvent.isComposing) return;
    const done = (command?: CanvasCommand): void => {
      event.preventDefault();
      event.stopPropagation();
      if (command && !readOnly) onCommand?.(id, command);
    };
    const mod = event.ctrlKey || event.metaKey;
    if (event.altKey && (event.key === 'ArrowUp' || event.key === 'ArrowDown')) return done(event.key === 'ArrowUp' ? 'up' : 'down');
    if (event.altKey) return;
    if (mod) {
      if (event.key.toLowerCase() === 'd') done('duplicate');
      return;
    }
    switch (event.key) {
      case 'ArrowUp':
      case 'ArrowDown':
      case 'ArrowLeft':
      case 'ArrowRight': {
        const next = neighbour(flow, plan.tiles, id, event.key);
        if (next) focusTile(next);
        return done();
      }
      case 'Home':
        focusTile(TRIGGER);
        return done();
      case 'Enter':
        onSelect(id);
        onCommand?.(id, 'open');
        return done();
      case 'Delete':
      case 'Backspace':
        return done('delete');
      case '+':
      case 'Insert':
        return done('add');
    }
  };

  const duration = still ? 0 : 160;
  return (
    <CanvasContext
      value={{
        document: flow,
        webhookUrl: webhookUrl ?? null,
        selected,
        active,
        marks,
        readOnly,
        onSelect,
        onFocusTile: setFocused,
        onAdd: (place) => onAdd?.(place),
      }}
    >
      {/* The keys act on the tile that has focus; the tiles themselves are buttons. */}
      {/* eslint-disable-next-line jsx-a11y/no-static-element-interactions */}
      <div ref={host} className="@container relative min-h-0 min-w-0 flex-1" onKeyDown={onKeyDown}>
        <ReactFlow
          aria-label="Flow canvas"
          nodes={nodes}
          edges={[]}
          nodeTypes={nodeTypes}
          minZoom={0.25}
          maxZoom={1.5}
          panOnScroll
          zoomOnDoubleClick={false}
          nodesDraggable={false}
          nodesConnectable={false}
          nodesFocusable={false}
          edgesFocusable={false}
          elementsSelectable={false}
          disableKeyboardA11y
          deleteKeyCode={null}
          selectionKeyCode={null}
          multiSelectionKeyCode={null}
          zoomActivationKeyCode={['Meta', 'Control']}
          panActivationKeyCode={null}
          proOptions={{ hideAttribution: true }}
          className="bg-bg"
        >
          <Background variant={BackgroundVariant.Dots} gap={22} size={1.6} color="var(--line)" />
          <Panel position="bottom-left" className="m-3! flex gap-1.5">
            <span className="flex rounded-md border bg-surface p-0.5 shadow-low">
              <Tooltip content="Zoom out">
                <IconButton label="Zoom out" onClick={() => void view.zoomOut({ duration })}>
                  <Minus />
                </IconButton>
              </Tooltip>
              <Tooltip content="Zoom in">
                <IconButton label="Zoom in" onClick={() => void view.zoomIn({ duration })}>
                  <Plus />
                </IconButton>
              </Tooltip>
              <Tooltip content="Show all">
                <IconButton
                  label="Show all"
                  onClick={() =>
                    void view.fitBounds(
                      {
                        x: plan.bounds.left,
                        y: plan.bounds.top,
                        width: plan.bounds.right - plan.bounds.left,
                        height: plan.bounds.bottom - plan.bounds.top,
                      },
                      { duration, padding: 0.1 },
                    )
                  }
                >
                  <Maximize />
                </IconButton>
              </Tooltip>
            </span>
            {controls}
          </Panel>
        </ReactFlow>
        {children}
      </div>
    </CanvasContext>
  );
}
