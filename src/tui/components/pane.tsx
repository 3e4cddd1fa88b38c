import { Component, type ReactNode } from 'react';
import type { Rect } from '../layout.js';
import { span } from '../lines.js';
import { shown, wrapWords } from '../text.js';
import { Lines, Place } from './lines.js';

interface PaneProps {
  readonly name: string;
  readonly rect: Rect;
  /** With another value a pane that broke tries again. */
  readonly attempt: string;
  readonly onError?: ((error: unknown, pane: string) => void) | undefined;
  readonly children: ReactNode;
}

interface PaneState {
  readonly error: unknown;
  readonly attempt: string;
}

/** One rectangle of the screen. What breaks in it is said there; all others, and the session, go on. */
export class Pane extends Component<PaneProps, PaneState> {
  override state: PaneState = { error: null, attempt: this.props.attempt };

  static getDerivedStateFromError(error: unknown): Partial<PaneState> {
    // Also something falsy can be thrown.
    return { error: error ?? new Error('unknown error') };
  }

  static getDerivedStateFromProps(props: PaneProps, state: PaneState): PaneState | null {
    return props.attempt === state.attempt ? null : { error: null, attempt: props.attempt };
  }

  override componentDidCatch(error: unknown): void {
    this.props.onError?.(error, this.props.name);
  }

  override render(): ReactNode {
    const { rect, name, children } = this.props;
    const { error } = this.state;
    return <Place rect={rect}>{error === null ? children : <Broken rect={rect} name={name} error={error} />}</Place>;
  }
}

function Broken({
  rect,
  name,
  error,
}: {
  readonly rect: Rect;
  readonly name: string;
  readonly error: unknown;
}): ReactNode {
  const why = shown(error instanceof Error ? error.message : String(error), 500);
  const text = `✗ The ${name} panel broke: ${why} The session goes on. Ctrl-L tries again.`;
  const lines = wrapWords(text, rect.width).map((line) => [span(line, 'bad')]);
  return <Lines lines={lines} width={rect.width} height={rect.height} />;
}
