/** Adds an empty row to the table of lines as soon as something is typed into its last one. */
document.addEventListener("input", ({ target }) => {
  const row = target.closest(".lines-table tbody tr");
  if (!row || row.nextElementSibling) return;
  const next = row.cloneNode(true);
  const number = row.parentElement.rows.length + 1;
  for (const input of next.querySelectorAll("input")) {
    input.value = "";
    input.setAttribute("aria-label", input.getAttribute("aria-label").replace(/\d+$/, String(number)));
  }
  row.after(next);
});
