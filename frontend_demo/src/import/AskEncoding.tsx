/** A file whose encoding its reader has to choose: its text in each of them. And the choice for a file that is open. */
import { texts } from "../texts";
import type { Encoding } from "./file/encoding";
import type { AskingFile, OpenFile } from "./sending/importer";
import { importer } from "./sending/server";

export function AskEncoding({ asking: { name, bytes, previews } }: { asking: AskingFile }) {
  return (
    <section className="panel import-encodings" aria-labelledby="import-encodings">
      <h2 id="import-encodings">{texts.import.whichEncoding(name)}</h2>
      <p className="quiet">{texts.import.whichEncodingHint}</p>
      <ul>
        {previews.map(({ encoding, lines }) => (
          <li key={encoding}>
            <pre tabIndex={0} aria-label={texts.import.encodings[encoding]}>
              {lines.join("\n")}
            </pre>
            <button type="button" onClick={() => void importer.open(name, bytes, encoding)}>
              {texts.import.readAs(texts.import.encodings[encoding])}
            </button>
          </li>
        ))}
      </ul>
      <div className="actions">
        <button type="button" onClick={() => importer.close()}>
          {texts.import.leave}
        </button>
      </div>
    </section>
  );
}

/** Until orders are placed, a wrongly recognised encoding can be changed. */
export function EncodingChoice({ open: { name, bytes, encoding, encodings } }: { open: OpenFile }) {
  if (encodings.length < 2) return null;
  return (
    <label className="import-encoding">
      {texts.import.encoding}{" "}
      <select value={encoding} onChange={({ target }) => void importer.open(name, bytes, target.value as Encoding)}>
        {encodings.map((one) => (
          <option key={one} value={one}>
            {texts.import.encodings[one]}
          </option>
        ))}
      </select>
    </label>
  );
}
