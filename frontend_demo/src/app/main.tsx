import "../format/browserLanguage"; // first: what follows formats by the browser's languages
import "../styles/base.css"; // the shared style sheets before those of each part
import "../styles/controls.css";
import "../styles/blocks.css";
import "../styles/shell.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { Provider } from "urql";
import { client } from "../api/client";
import { App } from "./App";
import { language } from "../format/locale";
import { applyTheme, keptTheme } from "./theme";

applyTheme(keptTheme());
document.documentElement.lang = language;

createRoot(document.getElementById("root") as HTMLElement).render(
  <StrictMode>
    <Provider value={client}>
      <App />
    </Provider>
  </StrictMode>,
);
