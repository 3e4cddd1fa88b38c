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

/** What follows the path of a request that changes a protected board; not to be shown. */
export function passwordQuery(password: string | null | undefined): string {
  return password === null || password === undefined ? '' : `&password=${encodeURIComponent(password)}`;
}

/** Our sketch's answer to what it will not do: `{"request": ..., "error": ...}`; null for any other. */
export function refusalIn(reply: string): string | null {
  return /^\{"request":"[^"]{1,40}","error":"([^"\\]{1,100})"/.exec(reply)?.[1] ?? null;
}
