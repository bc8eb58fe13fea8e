import { expect, it } from "vitest";
import { changesOf, draftOf, tagsIn } from "./draft";

const order = { customerName: "Ada", customerEmail: null, externalReference: "PO-1", tags: ["vip", "gift"], notes: null };

it("sends only what differs, and null for what was emptied", () => {
  expect(changesOf(order, draftOf(order))).toEqual({});
  expect(changesOf(order, { ...draftOf(order), customerName: " Ada L. ", externalReference: "", notes: "Call first.\nTwice." })).toEqual({ customerName: "Ada L.", externalReference: null, notes: "Call first.\nTwice." });
});

it("sends all tags if one differs, whatever their order", () => {
  expect(tagsIn(" vip, gift ,,vip")).toEqual(["gift", "vip"]);
  expect(changesOf(order, { ...draftOf(order), tags: "gift, vip" })).toEqual({});
  expect(changesOf(order, { ...draftOf(order), tags: "vip" })).toEqual({ tags: ["vip"] });
});
