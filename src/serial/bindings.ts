// The interface package hides its types from ES modules; bindings-cpp passes them on.
export type {
  BindingInterface,
  BindingPortInterface,
  OpenOptions as BindingOpenOptions,
  PortInfo as BindingPortInfo,
  PortStatus,
  SetOptions,
  UpdateOptions,
} from '@serialport/bindings-cpp';
