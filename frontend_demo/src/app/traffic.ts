/** The demo's traffic, as the server has it: on, off, or null where there is none. */
const URL = "/demo/traffic/";

export function isTrafficOn(): Promise<boolean | null> {
  return answer({});
}

/** Returns what it is afterwards. */
export function switchTraffic(on: boolean, csrf: Record<string, string>): Promise<boolean | null> {
  return answer({ method: "POST", headers: csrf, body: new URLSearchParams({ on: on ? "1" : "0" }) });
}

/** A server that does not answer, or has no such address, has no traffic to switch. */
async function answer(options: RequestInit): Promise<boolean | null> {
  try {
    const response = await fetch(URL, { credentials: "same-origin", ...options });
    return response.ok ? ((await response.json()) as { isOn: boolean | null }).isOn : null;
  } catch {
    return null;
  }
}
