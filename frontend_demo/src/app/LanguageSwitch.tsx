import { texts } from "../texts";
import { LANGUAGES, keepChoice, keptChoice, type Choice } from "../format/locale";

/** The language of the texts; the page loads again when it changes. */
export function LanguageSwitch() {
  return (
    <select className="language" aria-label={texts.language} title={texts.language} value={keptChoice()} onChange={({ target }) => keepChoice(target.value as Choice)}>
      <option value="system">{texts.languageOfSystem}</option>
      {Object.entries(LANGUAGES).map(([code, name]) => (
        <option key={code} value={code} lang={code}>
          {name}
        </option>
      ))}
    </select>
  );
}
