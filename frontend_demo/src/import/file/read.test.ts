import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ROWS_MAX, UnreadableFile } from "./csv";
import type { Draft } from "./drafts";
import { readFile } from "./read";

const bytes = (text: string) => new TextEncoder().encode(text);
const read = (text: string) => readFile(bytes(text)).drafts;
const only = (text: string): Draft => {
  const [draft, ...others] = read(text);
  expect(others).toEqual([]);
  return draft as Draft;
};
const problems = (text: string) => read(text).flatMap((draft) => draft.problems);

const HEADER = "reference,customer_name,customer_email,currency,sku,name,quantity,unit_price,total";
const SHOPIFY = "Name,Email,Financial Status,Fulfillment Status,Currency,Subtotal,Shipping,Taxes,Total,Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku,Billing Name,Cancelled at";

describe("our own format", () => {
  it("makes one order of the rows that share a reference", () => {
    const draft = only(`${HEADER}\nA-1,Ada,ada@example.com,EUR,TEA,Sencha,2,9.90,\nA-1,,,,MUG,,1,14.50,\n`);

    expect(draft).toEqual({
      reference: "A-1",
      rows: [2, 3],
      lineRows: [2, 3],
      input: {
        externalReference: "A-1",
        customerName: "Ada",
        customerEmail: "ada@example.com",
        currency: "EUR",
        lines: [
          { sku: "TEA", name: "Sencha", quantity: 2, unitPrice: "9.90" },
          { sku: "MUG", quantity: 1, unitPrice: "14.50" },
        ],
      },
      problems: [],
      note: null,
    });
  });

  it("accepts a bare total", () => {
    expect(only("Reference;Total\nA-1;12.50").input).toEqual({ externalReference: "A-1", total: "12.50" });
  });

  it("finds its columns in any order and spelling, and ignores others", () => {
    const draft = only("Unit Price,colour,SKU,quantity,REFERENCE\n9.90,red,TEA,1,A-1");

    expect(draft.input).toEqual({ externalReference: "A-1", lines: [{ sku: "TEA", quantity: 1, unitPrice: "9.90" }] });
  });

  it.each([
    ["semicolons", "reference;sku;quantity;unit_price\nA-1;TEA;1;9.90"],
    ["tabs", "reference\tsku\tquantity\tunit_price\nA-1\tTEA\t1\t9.90"],
    ["a byte order mark", "\uFEFFreference,sku,quantity,unit_price\nA-1,TEA,1,9.90"],
    ["line ends of Windows", "reference,sku,quantity,unit_price\r\nA-1,TEA,1,9.90\r\n"],
    ["quotes around everything", '"reference","sku","quantity","unit_price"\n"A-1","TEA","1","9.90"'],
    ["blanks and empty rows", "reference,sku,quantity,unit_price\n\n A-1 , TEA , 1 , 9.90 \n,,,\n\n"],
  ])("reads %s", (_, text) => {
    expect(only(text).input).toEqual({ externalReference: "A-1", lines: [{ sku: "TEA", quantity: 1, unitPrice: "9.90" }] });
  });

  it("counts rows as a spreadsheet does, over quoted line breaks and empty rows", () => {
    const text = 'reference,sku,name,quantity,unit_price\nA-1,TEA,"Sencha,\n100 g",1,9.90\n\nA-2,MUG,"Big ""blue"" one",x,1\n';

    expect(read(text)[0]?.input.lines?.[0]?.name).toBe("Sencha,\n100 g");
    expect(read(text)[1]?.input.lines?.[0]?.name).toBe('Big "blue" one');
    expect(problems(text)).toEqual([{ row: 4, column: "quantity", message: "Must be a whole number, such as 2; it is “x”." }]);
  });

  it.each([
    ["semicolons", "reference;sku;quantity;unit_price\nA-1;TEA;1;1.212,50\nA-1;MUG;2;7"],
    ["tabs", "reference\tsku\tquantity\tunit_price\nA-1\tTEA\t1\t1212,50\nA-1\tMUG\t2\t7"],
    ["quotes", 'reference,sku,quantity,unit_price\nA-1,TEA,1,"1212,5"\nA-1,MUG,2,7'],
  ])("reads decimal commas with %s", (_, text) => {
    const { hasCommas } = readFile(bytes(text));

    expect(hasCommas).toBe(true);
    expect(only(text).input.lines?.map(({ unitPrice }) => Number(unitPrice))).toEqual([1212.5, 7]);
    expect(readFile(bytes("reference;total\nA-1;1.250")).hasCommas).toBe(false);
  });

  it("reports a comma that may mean thousands, or that other amounts of the file contradict, at its row", () => {
    const thousands = "reference;sku;quantity;unit_price\nA-1;TEA;1;12,500\nA-1;MUG;1;1,5";
    expect(problems(thousands).map(({ row }) => row)).toEqual([2, 3]);
    expect(problems('reference,sku,quantity,unit_price\nA-1,TEA,1,"12,50"\nA-1,MUG,1,9.90')).toEqual([
      { row: 2, column: "unit_price", message: "Must have a decimal point, not a comma: 12.50; it is “12,50”." },
    ]);
    expect(problems("reference,sku,quantity,unit_price\nA-1,TEA,1,12,50")).toMatchObject([{ row: 2, column: null, message: expect.stringContaining("5 values for 4 columns") }]);
  });

  it("refuses rows without a reference, each by itself", () => {
    const drafts = read("reference,total\n,1\n,2\nA-1,3");

    expect(drafts.map(({ rows, problems: all }) => [rows, all.length])).toEqual([[[2], 1], [[3], 1], [[4], 0]]);
  });

  it("does not join two orders that have the same reference", () => {
    expect(problems("reference,total\nA-1,1\nA-2,2\nA-1,3")).toEqual([
      { row: 4, column: "reference", message: "Order A-1 already starts in row 2. All rows of an order must be together." },
    ]);
  });

  it("reports contradictions within an order", () => {
    expect(problems("reference,currency,sku,quantity,unit_price\nA-1,EUR,TEA,1,1\nA-1,USD,MUG,1,1")).toEqual([
      { row: 3, column: "currency", message: "This row has “USD”, but earlier rows of the order have “EUR”." },
    ]);
  });
});

describe("Shopify's orders export", () => {
  it("makes one order of its rows, with the order's data in the first", () => {
    const draft = only(`${SHOPIFY}\n#1001,ada@example.com,paid,fulfilled,EUR,34.30,0.00,0.00,34.30,2,Sencha,9.90,TEA,Ada Lovelace,\n#1001,,,,,,,,,1,Mug,14.50,,,\n`);

    expect(draft).toMatchObject({ reference: "#1001", rows: [2, 3], lineRows: [2, 3], problems: [], note: null });
    expect(draft.input).toEqual({
      externalReference: "#1001",
      customerName: "Ada Lovelace",
      customerEmail: "ada@example.com",
      currency: "EUR",
      lines: [
        { sku: "TEA", name: "Sencha", quantity: 2, unitPrice: "9.90" },
        { sku: "Mug", name: "Mug", quantity: 1, unitPrice: "14.50" },
      ],
      metadata: { shopify: { financialStatus: "paid", fulfillmentStatus: "fulfilled" } },
    });
  });

  it.each([
    ["shipping", "4.95,0.00,24.75", ["SHIPPING"]],
    ["shipping and taxes", "4.95,1.98,26.73", ["SHIPPING", "TAXES"]],
    ["taxes that the prices include", "4.95,3.16,24.75", ["SHIPPING"]],
    ["nothing of both", "0.00,0.00,19.80", []],
  ])("adds up with %s", (_, amounts, extra) => {
    const draft = only(`${SHOPIFY}\n#1,,paid,,EUR,19.80,${amounts},2,Sencha,9.90,TEA,,\n`);

    expect(draft.input.lines?.map(({ sku }) => sku)).toEqual(["TEA", ...extra]);
    expect(draft.input.total).toBeUndefined();
  });

  it("uses the paid amount where the items do not add up", () => {
    const draft = only(`${SHOPIFY}\n#1,,paid,,EUR,14.80,0.00,0.00,14.80,2,Sencha,9.90,TEA,,\n`);

    expect(draft.input).toMatchObject({ total: "14.80", metadata: { shopify: { items: [{ sku: "TEA", quantity: 2, unitPrice: "9.90" }] } } });
    expect(draft.input.lines).toBeUndefined();
    expect(draft.note).toContain("do not add up");
  });

  it.each([
    ["refunded,", ",", "The order was refunded in the shop, so it is not placed."],
    ["paid,", ",2026-01-01 10:00:00 +0000", "The order was cancelled in the shop, so it is not placed."],
  ])("does not place cancelled orders again", (status, cancelled, message) => {
    expect(problems(`${SHOPIFY}\n#1,,${status},EUR,19.80,0.00,0.00,19.80,2,Sencha,9.90,TEA,${cancelled}\n`)).toEqual([{ row: 2, column: null, message }]);
  });

  it("reports a bad number at its row", () => {
    expect(problems(`${SHOPIFY}\n#1,,paid,,EUR,1,,,1,1,Sencha,1.00,TEA,,\n#1,,,,,,,,,two,Mug,1.00,MUG,,\n`)).toMatchObject([{ row: 3, column: "Lineitem quantity" }]);
  });
});

describe("other files", () => {
  it.each([
    ["empty", "", "is empty"],
    ["blank", "\n\n", "is empty"],
    ["without rows", "reference,total\n", "no data rows"],
    ["with other columns", "a,b\n1,2", "not supported. Its columns are: a, b."],
    ["without a price", "reference,sku,quantity\nA-1,TEA,1", "A column is missing for the format “Our own columns”: unit_price. The file's columns are: reference, sku, quantity."],
    ["without amounts", "reference;currency\nA-1;EUR", "Columns are missing for the format “Our own columns”: sku, quantity, unit_price."],
    ["without a reference", "sku,quantity,unit_price\nTEA,1,2", "missing for the format “Our own columns”: reference."],
    ["Shopify's without prices", "Name,Lineitem name,Lineitem quantity\n#1,Tea,1", "Shopify's orders export”: Lineitem price."],
    ["binary", "reference,total\n\0,1", "not a text file"],
    ["with open quotes", 'reference,total\nA-1,1\n"A-2,2\n', "row 3"],
    ["too long", `reference,total\n${"A,1\n".repeat(ROWS_MAX + 2)}`, "100,000 rows"],
  ])("are refused if they are %s", (_, text, reason) => {
    expect(() => read(text)).toThrow(UnreadableFile);
    expect(() => read(text)).toThrow(reason);
  });
});

it("does not read a file in an encoding that it is not in", () => {
  expect(() => readFile(Uint8Array.of(0x41, 0xfc, 0x0a), "utf-8")).toThrow("The file is not in UTF-8.");
});

it.each([
  ["docs/import.md", (text: string) => /```text\n(reference,.*?)```/s.exec(text)?.[1] ?? "", [2, 0]],
  ["frontend_demo/src/import/sample.csv", (text: string) => text, [2, 1, 0, 3, 1]],
])("reads the example in %s", (path, csv, lines) => {
  const drafts = read(csv(readFileSync(join(import.meta.dirname, "../../../..", path), "utf8")));

  expect(drafts.flatMap(({ problems: all }) => all)).toEqual([]);
  expect(drafts.map(({ input }) => input.lines?.length ?? 0)).toEqual(lines);
});
