import { Box, Transform } from 'ink';
import { type ReactNode, useContext } from 'react';
import type { Rect } from '../layout.js';
import { fit, type Line } from '../lines.js';
import { PaintContext, paintLine } from '../theme.js';

/**
 * Rows of exactly these cells; what is too wide or too much is cut.
 *
 * Ink keeps the measure of every text that it ever laid out. Here it measures blanks only, and `Transform` puts the rows
 * in their place, so that ages that change every second do not fill the memory over a night.
 */
export function Lines({
  lines,
  width,
  height,
}: {
  readonly lines: readonly Line[];
  readonly width: number;
  readonly height: number;
}): ReactNode {
  const paint = useContext(PaintContext);
  if (width <= 0 || height <= 0) return null;
  const rows = Array.from({ length: height }, (_, i) => paintLine(fit(lines[i] ?? [], width), paint));
  return (
    <Box width={width} height={height} flexShrink={0} overflow="hidden">
      <Transform transform={(_blank, i) => rows[i] ?? ''}>{Array.from(rows, () => ' ').join('\n')}</Transform>
    </Box>
  );
}

/** Puts children where the layout says. */
export function Place({ rect, children }: { readonly rect: Rect; readonly children: ReactNode }): ReactNode {
  return (
    <Box
      position="absolute"
      marginLeft={rect.x}
      marginTop={rect.y}
      width={rect.width}
      height={rect.height}
      flexDirection="column"
    >
      {children}
    </Box>
  );
}
