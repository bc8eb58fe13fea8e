import "graphiql/setup-workers/vite";
import "graphiql/style.css";
import "./graphiql.css";
import { createRoot } from "react-dom/client";
import { Page } from "./Page";
import { linkedTab } from "./link";

void linkedTab(window.location).then((linked) => {
  // GraphiQL now keeps it in a tab; a reload should not open it again.
  if (linked) window.history.replaceState(null, "", window.location.pathname);
  createRoot(document.getElementById("root") as HTMLElement).render(<Page linked={linked} />);
});
