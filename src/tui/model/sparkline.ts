/** A value over time in one row of blocks. */

const BLOCKS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const;

/**
 * `columns` blocks from the lowest to the highest of `values`, oldest first; fewer when there are fewer values.
 * Where several fall into one block their mean counts. Equal values show half-high.
 */
export function sparkline(values: readonly number[], columns: number): string {
  const means = buckets(
    values.filter((v) => Number.isFinite(v)),
    columns,
  );
  const min = Math.min(...means);
  const range = Math.max(...means) - min;
  return means
    .map((v) => BLOCKS[range === 0 ? 3 : Math.round(((v - min) / range) * (BLOCKS.length - 1))] ?? BLOCKS[0])
    .join('');
}

function buckets(values: readonly number[], columns: number): readonly number[] {
  if (columns <= 0) return [];
  if (values.length <= columns) return values;
  return Array.from({ length: columns }, (_, i) => {
    const part = values.slice(
      Math.floor((i * values.length) / columns),
      Math.floor(((i + 1) * values.length) / columns),
    );
    return part.reduce((sum, v) => sum + v, 0) / part.length;
  });
}
