export { checkName } from './board-state.js';
export { createSimBoard, type SimBoard, type SimBoardOptions } from './boards.js';
export type { BoardControls, Fault, FaultKind, ProgramControls } from './fault.js';
export { FAULT_KINDS, parseFault } from './faults.js';
export { WIRINGS, type Wiring } from './lines.js';
export { Rfc2217Server, type Rfc2217ServerOptions } from './rfc2217-server.js';
export { SimBinding } from './sim-binding.js';
export type { Timing } from './uart-line.js';
export { type BoardPort, type HostPort, VirtualBoard, type VirtualBoardOptions } from './virtual-board.js';
