/** A plausible order to place with one click. */
import type { CreateOrderInput } from "../api/generated";

const CUSTOMERS = ["Amira Haddad", "Bruno Costa", "Chiara Conti", "Daniel Osei", "Elif Demir", "Freya Lindqvist", "Hugo Martin", "Ines Novak"];
const CATALOGUE = [
  { sku: "MUG-BLUE", name: "Stoneware mug, blue", unitPrice: "14.50" },
  { sku: "TEA-SENCHA", name: "Sencha, 100 g", unitPrice: "9.90" },
  { sku: "POT-06", name: "Cast iron teapot, 0.6 l", unitPrice: "48.00" },
  { sku: "TIN-S", name: "Tea tin, small", unitPrice: "6.20" },
  { sku: "WHISK-80", name: "Bamboo whisk", unitPrice: "22.75" },
];
const LINES_MAX = 3;
const QUANTITY_MAX = 4;

/** `random` gives numbers from 0 up to, not including, 1. */
export function sampleOrder(random: () => number = Math.random): CreateOrderInput {
  const upTo = (count: number) => Math.floor(random() * count);
  const customerName = CUSTOMERS[upTo(CUSTOMERS.length)] as string;
  const first = upTo(CATALOGUE.length);
  const lines = Array.from({ length: 1 + upTo(LINES_MAX) }, (_, index) => ({
    ...(CATALOGUE[(first + index) % CATALOGUE.length] as (typeof CATALOGUE)[number]),
    quantity: 1 + upTo(QUANTITY_MAX),
  }));
  return { customerName, customerEmail: `${customerName.toLowerCase().replace(" ", ".")}@example.com`, currency: "EUR", lines };
}
