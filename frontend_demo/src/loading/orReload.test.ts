import { expect, it } from "vitest";
import { type Ports, orReload } from "./orReload";

function page(answers: readonly boolean[], writes = 0) {
  const kept = new Map<string, string>();
  const done: string[] = [];
  const left = [...answers];
  let writing = writes;
  const ports: Ports = {
    answers: async () => (done.push("asked"), left.shift() ?? true),
    wait: async (ms) => done.push(`waited ${ms}`),
    reload: () => done.push("reloaded"),
    isWriting: () => writing-- > 0,
    kept: { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => void kept.set(key, value) },
    now: () => 1_000_000,
  };
  return { ports, done };
}

const lost = () => Promise.reject(new Error("Failed to fetch dynamically imported module"));
const settled = () => new Promise((resolve) => setTimeout(resolve));

it("gives what is loaded, and asks nothing", async () => {
  const { ports, done } = page([]);
  await expect(orReload(async () => "code", ports)).resolves.toBe("code");
  expect(done).toEqual([]);
});

it("loads the page again once the server answers, and not while its user writes", async () => {
  const { ports, done } = page([false, true], 1);
  void orReload(lost, ports);
  await settled();
  expect(done).toEqual(["waited 1000", "asked", "waited 1000", "asked", "reloaded"]);
});

it("raises what a person can read if that has just been tried", async () => {
  const { ports, done } = page([]);
  void orReload(lost, ports);
  await settled();
  await expect(orReload(lost, ports)).rejects.toThrow("This page could not be loaded");
  expect(done).toEqual(["asked", "reloaded", "asked"]);
});
