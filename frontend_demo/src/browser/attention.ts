/** How many new orders came while the tab was hidden: in the window's title, and, if wanted, by a sound and a notification. */
import { useSyncExternalStore } from "react";

export const ALERTS = ["sound", "notification"] as const;
export type Alert = (typeof ALERTS)[number];

let unseen = 0;
const listeners = new Set<() => void>();

export function useUnseen(): number {
  return useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, () => unseen);
}

export function setUnseen(count: number): void {
  if (count === unseen) return;
  unseen = count;
  for (const listener of listeners) listener();
}

const key = (alert: Alert) => `alert-${alert}`;

export function isWanted(alert: Alert): boolean {
  return window.localStorage.getItem(key(alert)) === "on" && (alert === "sound" || permission() === "granted");
}

/** Switch an alert; returns whether it is on. A notification needs the user's permission. */
export async function want(alert: Alert, on: boolean): Promise<boolean> {
  const allowed = on && alert === "notification" ? (await Notification.requestPermission()) === "granted" : on;
  window.localStorage.setItem(key(alert), allowed ? "on" : "off");
  if (allowed && alert === "sound") play(); // so that the user knows it, and the browser lets later ones through
  return allowed;
}

/** "unsupported" where the page is not secure. */
export function permission(): NotificationPermission | "unsupported" {
  return "Notification" in window ? Notification.permission : "unsupported";
}

export function alertOf(title: string, open: () => void): void {
  if (isWanted("sound")) play();
  if (!isWanted("notification") || !document.hidden) return;
  const icon = document.querySelector<HTMLLinkElement>("link[rel=icon]")?.href; // the build names it
  const notification = new Notification(title, { tag: "orders", ...(icon && { icon }) });
  notification.onclick = () => {
    window.focus();
    open();
    notification.close();
  };
}

const TONES_HZ = [880, 1_175];
const TONE_SECONDS = 0.14;
let context: AudioContext | undefined;

/** Two short tones. */
function play(): void {
  context ??= new AudioContext();
  const begin = context.currentTime;
  TONES_HZ.forEach((hz, index) => {
    const [oscillator, gain] = [context?.createOscillator(), context?.createGain()];
    if (!context || !oscillator || !gain) return;
    const at = begin + index * TONE_SECONDS;
    oscillator.frequency.value = hz;
    gain.gain.setValueAtTime(0.08, at);
    gain.gain.exponentialRampToValueAtTime(0.001, at + TONE_SECONDS * 1.6);
    oscillator.connect(gain).connect(context.destination);
    oscillator.start(at);
    oscillator.stop(at + TONE_SECONDS * 1.6);
  });
}
