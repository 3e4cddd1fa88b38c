/** Host times as people in one named zone read them. */
export interface WallClock {
  /** `Tue 12 Mar 2024`. */
  day(t: number): string;
  /** `02:13:04`. */
  time(t: number): string;
  /** `2024-03-12T02:13:04`: local, sortable, without its offset. */
  local(t: number): string;
  /** What the zone's clocks are ahead of UTC at that time, ms. */
  offset(t: number): number;
  /** IANA name, as `Intl` takes it. */
  readonly name: string;
  /** `Europe/Berlin, UTC+01:00`; both offsets where the clocks changed between the two times given. */
  readonly zone: string;
}

const FIELDS = { year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit' } as const;

export function wallClock(timeZone: string | undefined, from: number, to: number): WallClock {
  const zoned = timeZone === undefined ? {} : { timeZone };
  const digits = new Intl.DateTimeFormat('en-GB', { ...zoned, ...FIELDS, second: '2-digit', hourCycle: 'h23' });
  const days = new Intl.DateTimeFormat('en-GB', {
    ...zoned,
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    year: 'numeric',
  });
  const offsets = new Intl.DateTimeFormat('en-GB', { ...zoned, timeZoneName: 'longOffset' });
  const name = digits.resolvedOptions().timeZone;

  const part = (format: Intl.DateTimeFormat, t: number, type: Intl.DateTimeFormatPartTypes): string =>
    format.formatToParts(t).find((p) => p.type === type)?.value ?? '';
  const offset = (t: number): string => {
    const text = part(offsets, t, 'timeZoneName').replace('GMT', 'UTC');
    return text === 'UTC' ? 'UTC+00:00' : text;
  };
  const time = (t: number): string =>
    Number.isFinite(t) ? ['hour', 'minute', 'second'].map((p) => part(digits, t, p as 'hour')).join(':') : '?';
  const date = (t: number): string => ['year', 'month', 'day'].map((p) => part(digits, t, p as 'year')).join('-');

  const ends = Number.isFinite(from) && Number.isFinite(to) ? [offset(from), offset(to)] : [];
  const offsetText = ends[0] === ends[1] ? (ends[0] ?? 'offset unknown') : ends.join(', later ');
  return {
    offset: (t) => {
      const [, sign, hours, minutes] = /([+-])(\d\d):(\d\d)/.exec(offset(t)) ?? [];
      return (sign === '-' ? -1 : 1) * (Number(hours ?? 0) * 60 + Number(minutes ?? 0)) * 60_000;
    },
    name,
    zone: `${name}, ${offsetText}`,
    day: (t) => (Number.isFinite(t) ? days.format(t).replaceAll(',', '') : '?'),
    time,
    local: (t) => (Number.isFinite(t) ? `${date(t)}T${time(t)}` : '?'),
  };
}
