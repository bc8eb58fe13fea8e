import "./board.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { Provider } from "urql";
import { client } from "../api/client";
import { Board } from "./Board";

createRoot(document.getElementById("root") as HTMLElement).render(
  <StrictMode>
    <Provider value={client}>
      <Board />
    </Provider>
  </StrictMode>,
);
