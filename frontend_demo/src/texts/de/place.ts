import type { placeTexts as english } from "../en/place";

export const placeTexts: typeof english = {
  place: {
    heading: "Bestellung aufgeben",
    field: { customerName: "Name", customerEmail: "E-Mail", externalReference: "Eigene Referenz", currency: "Währung", total: "Gesamtbetrag" },
    what: "Positionen",
    by: { lines: "Positionen", total: "Nur Gesamtbetrag" },
    line: { sku: "Artikelnummer", name: "Bezeichnung", quantity: "Menge", unitPrice: "Einzelpreis" },
    lineNumber: (number) => `Position ${number}`,
    addLine: "Position hinzufügen",
    removeLine: (number) => `Position ${number} entfernen`,
    total: "Gesamtbetrag",
    sample: "Beispieldaten einfüllen",
    button: "Bestellung aufgeben",
    placing: "Wird aufgegeben …",
    again: "Erneut senden",
    onItsWay: "…",
    placed: (number) => `Bestellung ${number} wurde aufgegeben.`,
    wrong: (number) => `Die Bestellung wurde nicht aufgegeben: ${number === 1 ? "Ein Feld hat einen Fehler" : `${number} Felder haben Fehler`}.`,
    unsure: "Die Bestellung wurde gesendet, aber der Server hat nicht geantwortet. Erneut senden: Sie wird nicht doppelt aufgegeben.",
    earlierWasPlaced: "Die zuerst gesendete Bestellung wurde aufgegeben und steht in der Übersicht. Das Formular enthält jetzt eine andere Bestellung. Erneut senden gibt auch diese auf.",
  },
};
