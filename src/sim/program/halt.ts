import { Session } from 'node:inspector';
import { codeAddress } from './traps.js';

/** What the inspector says about a worker and its program (Chrome DevTools protocol, domain Debugger). */
interface WorkerMessage {
  readonly id?: number;
  readonly method?: string;
  readonly params?: {
    readonly scriptId?: string;
    readonly scriptLanguage?: string;
    readonly callFrames?: readonly {
      readonly location: { readonly scriptId: string; readonly columnNumber?: number };
    }[];
  };
}

const ENABLE = 1;
const PAUSE = 2;
const DISABLE = 3;

/**
 * Where a program is that calls nothing any more: halts its thread for a moment, as a debugger would, and reads its call
 * stack. Innermost first, as `ProgramCrash.frames`; empty when it does not answer within `limitMs`. The thread runs on
 * afterwards. The name must be the worker's alone.
 */
export function programCountersNow(workerName: string, limitMs: number): Promise<number[]> {
  const session = new Session();
  return new Promise((resolve) => {
    let worker: string | undefined;
    let frames: number[] = [];
    const modules = new Set<string>();
    const finish = (): void => {
      clearTimeout(timer);
      session.disconnect();
      resolve(frames);
    };
    const ask = (id: number, method: string): void => {
      const message = JSON.stringify({ id, method });
      if (worker !== undefined) session.post('NodeWorker.sendMessageToWorker', { sessionId: worker, message });
    };
    const timer = setTimeout(() => {
      // A thread that stays halted could not even be ended.
      ask(DISABLE, 'Debugger.disable');
      finish();
    }, limitMs);
    session.connect();
    session.on('NodeWorker.attachedToWorker', ({ params }) => {
      // Its number is this session's own; the title ends with the name.
      if (!params.workerInfo.title.endsWith(` ${workerName}`)) return;
      worker = params.sessionId;
      ask(ENABLE, 'Debugger.enable');
      ask(PAUSE, 'Debugger.pause');
    });
    session.on('NodeWorker.receivedMessageFromWorker', ({ params: { sessionId, message } }) => {
      if (sessionId !== worker) return;
      const { id, method, params } = JSON.parse(message) as WorkerMessage;
      if (method === 'Debugger.scriptParsed' && params?.scriptLanguage === 'WebAssembly') {
        modules.add(params.scriptId ?? '');
      } else if (method === 'Debugger.paused') {
        // In a module the "column" is the offset of the instruction.
        frames = (params?.callFrames ?? [])
          .filter(({ location }) => modules.has(location.scriptId))
          .map(({ location }) => codeAddress(location.columnNumber ?? 0));
        ask(DISABLE, 'Debugger.disable');
      } else if (id === DISABLE) {
        finish();
      }
    });
    session.post('NodeWorker.enable', { waitForDebuggerOnStart: false });
  });
}
