import "./browserLanguage"; // first: what follows formats by the browser's languages
import "./base.css"; // the shared style sheets before those of each part
import "./controls.css";
import "./blocks.css";
import "./shell.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { Provider } from "urql";
import { client } from "../api/client";
import { App } from "./App";
import { language } from "./locale";
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
