/** Texts of the form for new orders: src/place/. */
export const placeTexts = {
  place: {
    heading: "Place an order",
    field: { customerName: "Customer's name", customerEmail: "Customer's e-mail", externalReference: "Your reference", currency: "Currency", total: "Total" },
    what: "Order lines",
    by: { lines: "Lines", total: "Total only" },
    line: { sku: "Article number", name: "Description", quantity: "Quantity", unitPrice: "Unit price" },
    lineNumber: (number: number) => `Line ${number}`,
    addLine: "Add a line",
    removeLine: (number: number) => `Remove line ${number}`,
    total: "Total",
    sample: "Fill in sample data",
    button: "Place the order",
    placing: "Placing …",
    again: "Send it again",
    onItsWay: "…",
    placed: (number: string) => `Order ${number} was placed.`,
    wrong: (number: number) => `The order was not placed: ${number === 1 ? "one field has an error" : `${number} fields have errors`}.`,
    unsure: "The order was sent, but the server did not answer. Send the order again: it will not be placed twice.",
    earlierWasPlaced: "The order that you sent first was placed; you can see it on the board. The form now contains a different order. Send the form again to place the new order too.",
  },
};
