/** What the sketch understands, over HTTP and MQTT alike (DESIGN.md, "What the sketch prints"). */
export type DeviceRequest =
  | 'GetSensors'
  | 'LedOn'
  | 'LedOff'
  | 'MqttSslOn'
  | 'HttpOn'
  | { readonly name: 'BlinkLed'; readonly times: number };

/** The path over HTTP, which is the payload over MQTT. */
export function requestPath(request: DeviceRequest): string {
  if (typeof request === 'string') return `/?request=${request}`;
  return `/?request=${request.name}&nblink=${Math.trunc(request.times)}`;
}
