/** What makes the screen draw again. */
import { useStdout } from 'ink';
import { useEffect, useReducer, useRef, useSyncExternalStore } from 'react';
import type { Clock } from '../clock.js';
import { FrameRate } from './frame-rate.js';
import type { Ui } from './ui.js';
import type { UiContext, UiState } from './ui-state.js';

/** Fifteen frames a second are live to the eye; a screen reader needs time to say one. */
const FRAME_MS = 67;
const SPOKEN_MS = 2000;
const TICK_MS = 1000;

/** State and facts as they are now; draws again on keys at once, on changes at a limited rate, and once a second for ages. */
export function useUi(ui: Ui, clock: Clock, spoken: boolean): { readonly state: UiState; readonly context: UiContext } {
  const [, draw] = useReducer((frame: number) => frame + 1, 0);
  const state = useSyncExternalStore(ui.subscribe, () => ui.state);
  const { stdout } = useStdout();

  useEffect(() => {
    const frames = new FrameRate(clock, spoken ? SPOKEN_MS : FRAME_MS, () => {
      if (ui.state.awaiting !== null) ui.dispatch({ type: 'view' });
      draw();
    });
    const request = (): void => frames.request();
    const leave = [ui.desk.onChange(request), ui.soak?.onChange(request)];
    return () => {
      for (const off of leave) off?.();
      frames.stop();
    };
  }, [ui, clock, spoken]);

  useEffect(() => {
    // Ages that change each second would be read out each second.
    if (spoken) return undefined;
    let timer = clock.after(TICK_MS, tick);
    function tick(): void {
      timer = clock.after(TICK_MS, tick);
      draw();
    }
    return () => timer.cancel();
  }, [clock, spoken]);

  useEffect(() => {
    stdout.on('resize', draw);
    return () => {
      stdout.off('resize', draw);
    };
  }, [stdout]);

  return { state, context: ui.context() };
}

/** Rings once for alerts that came since the last frame. */
export function useBell(
  { state, context }: { readonly state: UiState; readonly context: UiContext },
  onBell: () => void,
): void {
  const newest = Math.max(
    Number.NEGATIVE_INFINITY,
    ...context.view.boards.map((board) => board.alerts.at(-1)?.t ?? Number.NEGATIVE_INFINITY),
  );
  const heard = useRef(newest);
  useEffect(() => {
    if (newest > heard.current && state.bell) onBell();
    heard.current = Math.max(heard.current, newest);
  }, [newest, state.bell, onBell]);
}
