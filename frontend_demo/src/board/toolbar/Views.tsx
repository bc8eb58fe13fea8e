/** The saved views: links to them, and a form that saves the present one. */
import { type FormEvent, type RefObject, useId, useRef, useState } from "react";
import { Link, useSearchParams } from "wouter";
import { NEW, ORDER } from "../../browser/overlay";
import { Copy } from "../../components/Copy";
import { Menu } from "../../components/Menu";
import { texts } from "../../texts";
import { NAME_MAX, type SavedView, forgetView, renameView, saveView, useSavedViews } from "./views";

export function Views() {
  const views = useSavedViews();
  const renamed = useRef<string>(undefined);
  const [parameters] = useSearchParams();
  const search = withoutDialogs(parameters);
  return (
    <Menu name={texts.views_.menu}>
      {views.length > 0 ? (
        <ul className="saved-views">
          {views.map((view) => (
            <li key={view.name}>
              <View view={view} isShown={view.search === search} renamed={renamed} />
            </li>
          ))}
        </ul>
      ) : (
        <p className="quiet">{texts.views_.none}</p>
      )}
      <NameForm button={texts.views_.save} named={(name) => saveView({ name, search })} />
    </Menu>
  );
}

interface ViewProps {
  readonly view: SavedView;
  readonly isShown: boolean;
  /** The name that a view has just got. */
  readonly renamed: RefObject<string | undefined>;
}

function View({ view: { name, search }, isShown, renamed }: ViewProps) {
  const [isNaming, setNaming] = useState(false);
  const named = (to: string) => {
    setNaming(false);
    renamed.current = to;
    renameView(name, to);
  };
  if (isNaming) return <NameForm button={texts.views_.rename} value={name} named={named} />;
  return (
    <>
      <Link href={`/?${search}`} aria-current={isShown ? "true" : undefined}>
        {name}
      </Link>
      <Copy sign text={new URL(`/?${search}`, window.location.href).href} label={texts.views_.share(name)} />
      <button
        type="button"
        className="icon"
        aria-label={texts.views_.renameView(name)}
        title={texts.views_.renameView(name)}
        ref={(button) => {
          if (!button || renamed.current !== name) return;
          button.focus(); // its form had the focus, and is gone
          renamed.current = undefined;
        }}
        onClick={() => setNaming(true)}
      >
        ✎
      </button>
      <button type="button" className="icon" aria-label={texts.views_.forget(name)} title={texts.views_.forget(name)} onClick={() => forgetView(name)}>
        ×
      </button>
    </>
  );
}

interface NameProps {
  readonly button: string;
  /** The present name of a view that gets another. */
  readonly value?: string;
  readonly named: (name: string) => void;
}

function NameForm({ button, value, named }: NameProps) {
  const id = useId();
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    const name = String(new FormData(form).get("name")).trim();
    if (name) named(name);
    form.reset();
  };
  return (
    <form className="save-view" onSubmit={submit}>
      <label className="unseen" htmlFor={id}>
        {texts.views_.name}
      </label>
      <input id={id} name="name" required maxLength={NAME_MAX} placeholder={texts.views_.name} autoComplete="off" defaultValue={value} autoFocus={value !== undefined} />
      <button type="submit">{button}</button>
    </form>
  );
}

function withoutDialogs(parameters: URLSearchParams): string {
  const next = new URLSearchParams(parameters);
  next.delete(ORDER);
  next.delete(NEW);
  return next.toString();
}
