import { Box, Text, Transform, useIsScreenReaderEnabled } from 'ink';
import { type ReactNode, useContext, useEffect, useLayoutEffect, useReducer, useState } from 'react';
import { PaintContext } from '../theme.js';
import type { LogPaneProps } from './contract.js';
import { OverlayContext } from './overlay.js';
import { paintFor } from './paint.js';
import { isBusy, screenOf } from './screen.js';
import { viewLog } from './view.js';

/** A slice of the work of filter and search, the pause for keys after it, and how often progress shows; ms. */
const SLICE_MS = 8;
const PAUSE_MS = 4;
const PROGRESS_MS = 120;

/** The log of one board. */
export function LogPane(props: LogPaneProps): ReactNode {
  const [, showAgain] = useReducer((times: number) => times + 1, 0);
  const spoken = useIsScreenReaderEnabled();
  const palette = useContext(PaintContext);
  const { lines, busy } = viewLog(props, paintFor(spoken ? 'none' : palette));
  const { state, store, width, height, showTime } = props;

  useEffect(() => {
    if (!busy) return undefined;
    let timer: NodeJS.Timeout;
    const viewport = { store, width, height, showTime };
    const began = performance.now();
    const slice = (): void => {
      const open = isBusy(screenOf(state, viewport, SLICE_MS));
      if (open && performance.now() - began < PROGRESS_MS) timer = setTimeout(slice, PAUSE_MS);
      else showAgain();
    };
    timer = setTimeout(slice, PAUSE_MS);
    return () => clearTimeout(timer);
  });

  if (spoken) return <Text>{lines.filter((line) => line !== '').join('\n')}</Text>;
  return (
    <Box width={width} height={height} flexShrink={0}>
      <Lines lines={lines} width={width} />
    </Box>
  );
}

/**
 * Lines that are known to fit. Ink keeps the measure of every text that it ever laid out, which a flood of rows
 * would make gigabytes of; what `Transform` puts in the place of a text that is always the same is not measured.
 */
function Lines({ lines, width }: { readonly lines: readonly string[]; readonly width: number }): ReactNode {
  const mark = useMark();
  const overlay = useContext(OverlayContext);
  // While it is drawn, not after: Ink makes its frame before effects run.
  if (mark !== null) overlay?.set(mark, width, lines);
  const blank = Array.from(lines, () => ' ').join('\n');
  return <Transform transform={(_line, i) => mark ?? lines[i] ?? ''}>{blank}</Transform>;
}

/** The pane's mark in the overlay; null without one. */
function useMark(): string | null {
  const overlay = useContext(OverlayContext);
  const [mark, setMark] = useState<string | null>(null);
  useLayoutEffect(() => {
    const claimed = overlay?.claim() ?? null;
    setMark(claimed);
    return () => {
      if (claimed !== null) overlay?.release(claimed);
    };
  }, [overlay]);
  return mark;
}
