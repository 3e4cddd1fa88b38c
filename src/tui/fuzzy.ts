/**
 * How well `text` matches what was typed: its letters in order, upper and lower case alike. Higher is better; null = not at all.
 * Letters at the beginning of words and in a row count more.
 */
export function fuzzyScore(text: string, typed: string): number | null {
  const hay = text.toLowerCase();
  let score = 0;
  let at = 0;
  let previous = -2;
  for (const letter of typed.toLowerCase()) {
    if (letter === ' ') continue;
    const found = hay.indexOf(letter, at);
    if (found === -1) return null;
    if (found === previous + 1) score += 3;
    if (found === 0 || /[\s(/-]/.test(hay[found - 1] ?? '')) score += 2;
    score += 1;
    previous = found;
    at = found + letter.length;
  }
  const whole = typed.trim().toLowerCase();
  // Of two that match alike the shorter one is meant.
  const fit = score - hay.length / 1000;
  return whole !== '' && hay.includes(whole) ? fit + 20 : fit;
}

/** The items that match, best first; in their own order while nothing is typed. */
export function fuzzyFilter<T>(items: readonly T[], typed: string, textOf: (item: T) => string): readonly T[] {
  return items
    .map((item) => ({ item, score: fuzzyScore(textOf(item), typed) }))
    .filter((entry): entry is { item: T; score: number } => entry.score !== null)
    .sort((a, b) => b.score - a.score)
    .map((entry) => entry.item);
}
