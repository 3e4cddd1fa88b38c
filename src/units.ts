/** Numbers with their units, for people. */

/** `412 kB`, `3.1 MB`. */
export function bytesText(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  return bytes < 1_000_000 ? `${(bytes / 1000).toFixed(1)} kB` : `${(bytes / 1_000_000).toFixed(2)} MB`;
}

/** Local time of day with milliseconds, for an absolute host time in ms. */
export function timeOfDay(t: number): string {
  const date = new Date(t);
  const two = (n: number): string => String(n).padStart(2, '0');
  const ms = String(date.getMilliseconds()).padStart(3, '0');
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${ms}`;
}

/** `0.4 s`, `12 s`, `4 m 12 s`, `4 h 12 m`, `3 d 4 h`, for a span in ms; never negative. */
export function durationText(ms: number): string {
  const s = Math.max(0, ms) / 1000;
  if (s < 9.95) return `${s.toFixed(1)} s`;
  const total = Math.round(s);
  if (total < 60) return `${total} s`;
  if (total < 3600) return `${Math.floor(total / 60)} m ${total % 60} s`;
  const minutes = Math.floor(total / 60);
  if (minutes < 48 * 60) return `${Math.floor(minutes / 60)} h ${minutes % 60} m`;
  const hours = Math.floor(minutes / 60);
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** Local time of day without fractions, `22:10:31`, for an absolute host time in ms. */
export function clockTime(t: number): string {
  return timeOfDay(t).slice(0, 8);
}

/** `████░░░░` for a fraction from 0 to 1. */
export function bar(fraction: number, columns = 24): string {
  const part = Number.isFinite(fraction) ? Math.min(1, Math.max(0, fraction)) : 0;
  const filled = Math.round(part * columns);
  return '█'.repeat(filled) + '░'.repeat(Math.max(0, columns - filled));
}
