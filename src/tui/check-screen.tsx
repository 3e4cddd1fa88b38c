import { render } from 'ink';
import { CheckView, type CheckViewProps } from './check-view.js';

export interface CheckScreen {
  show(change: Partial<CheckViewProps>): void;
  /** Leaves the last state on the screen and the terminal as it was. */
  end(): Promise<void>;
}

/** The live table on this process's terminal; keys stay with the caller (Ctrl-C is a signal, as without it). */
export function showCheck(first: CheckViewProps): CheckScreen {
  let props = first;
  const app = render(<CheckView {...props} />, { exitOnCtrlC: false, patchConsole: false });
  return {
    show(change) {
      props = { ...props, ...change };
      app.rerender(<CheckView {...props} />);
    },
    async end() {
      app.rerender(<CheckView {...props} progress={null} />);
      app.unmount();
      await app.waitUntilExit();
    },
  };
}
