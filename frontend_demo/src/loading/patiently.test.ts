import { expect, it } from "vitest";
import { patiently } from "./patiently";

function failing(times: number) {
  let calls = 0;
  const load = () => (++calls <= times ? Promise.reject(new Error("lost")) : Promise.resolve(calls));
  return load;
}

it("tries again after a failure", async () => {
  await expect(patiently(failing(2), [0, 0, 0])).resolves.toBe(3);
});

it("fails in the end", async () => {
  await expect(patiently(failing(9), [0, 0])).rejects.toThrow("lost");
});
