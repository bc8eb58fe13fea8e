import { useState } from "react";
import { texts } from "../texts";
import { THEMES, keepTheme, keptTheme } from "./theme";

const SIGNS = { system: "◐", light: "☀", dark: "☾" };

/** One button that cycles through system, light and dark. */
export function ThemeSwitch() {
  const [theme, setTheme] = useState(keptTheme);
  const next = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? "system";
  const change = () => {
    keepTheme(next);
    setTheme(next);
  };
  return (
    <button type="button" className="icon" aria-label={texts.theme(theme)} title={texts.theme(theme)} onClick={change}>
      <span aria-hidden="true">{SIGNS[theme]}</span>
    </button>
  );
}
