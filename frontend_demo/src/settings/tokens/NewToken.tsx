import { useState } from "react";
import { serverNow } from "../../api/serverClock";
import { Dialog } from "../../components/Dialog";
import { Field, Labelled } from "../../components/Field";
import { withoutError } from "../../api/refusals";
import { settingsTexts } from "../../texts/settings";
import { CreateTokenDocument } from "../../api/generatedSettings";
import { Form } from "../parts/parts";
import { useSend } from "../parts/useSend";

const words = settingsTexts.tokens;
const DAY_MS = 86_400_000;
const LIVES = ["30", "90", "365", "never"] as const;

interface Props {
  /** The scopes of the person: a token can have no others. */
  readonly own: readonly string[];
  readonly close: () => void;
  readonly made: (text: string) => void;
}

export function NewToken({ own, close, made }: Props) {
  const { send, sending, errors, show } = useSend(CreateTokenDocument, ["name", "scopes", "expiresAt"]);
  const [name, setName] = useState("");
  const [scopes, setScopes] = useState<readonly string[]>([]);
  const [life, setLife] = useState<(typeof LIVES)[number]>("90");
  const submit = async () => {
    const expiresAt = life === "never" ? null : new Date(serverNow() + Number(life) * DAY_MS).toISOString();
    const text = (await send({ input: { name, scopes: [...scopes], expiresAt } }))?.createApiToken.text;
    if (text) made(text);
  };
  return (
    <Dialog title={words.create} close={close}>
      <Form errors={errors} sending={sending} button={words.create} close={close} submit={() => void submit()}>
        <Field
          path="name"
          label={words.name}
          hint={words.nameHint}
          value={name}
          error={errors.fields.get("name")}
          data-focus
          change={(value) => {
            setName(value);
            show(withoutError(errors, "name"));
          }}
        />
        <fieldset className="options" aria-describedby={errors.fields.has("scopes") ? "scopes-error" : undefined}>
          <legend>{words.scopes}</legend>
          {own.map((scope) => (
            <label key={scope}>
              <input
                type="checkbox"
                checked={scopes.includes(scope)}
                onChange={({ target }) => {
                  setScopes(target.checked ? [...scopes, scope] : scopes.filter((one) => one !== scope));
                  show(withoutError(errors, "scopes"));
                }}
              />
              {words.scope[scope] ?? scope} <code>{scope}</code>
            </label>
          ))}
          {errors.fields.has("scopes") && (
            <p className="error" id="scopes-error">
              {errors.fields.get("scopes")}
            </p>
          )}
        </fieldset>
        <Labelled label={words.expires} error={errors.fields.get("expiresAt")}>
          {(control) => (
            <select {...control} value={life} onChange={({ target }) => setLife(target.value as typeof life)}>
              {LIVES.map((one) => (
                <option key={one} value={one}>
                  {words.life[one]}
                </option>
              ))}
            </select>
          )}
        </Labelled>
      </Form>
    </Dialog>
  );
}
