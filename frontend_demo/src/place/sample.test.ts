import { expect, it } from "vitest";
import { sampleOrder } from "./sample";

it("makes an order of different articles", () => {
  expect(sampleOrder(() => 0.99)).toEqual({
    customerName: "Ines Novak",
    customerEmail: "ines.novak@example.com",
    currency: "EUR",
    lines: [
      { sku: "WHISK-80", name: "Bamboo whisk", unitPrice: "22.75", quantity: 4 },
      { sku: "MUG-BLUE", name: "Stoneware mug, blue", unitPrice: "14.50", quantity: 4 },
      { sku: "TEA-SENCHA", name: "Sencha, 100 g", unitPrice: "9.90", quantity: 4 },
    ],
  });
  expect(sampleOrder(() => 0).lines).toHaveLength(1);
});
