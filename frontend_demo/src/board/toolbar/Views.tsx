/** The saved views: links to them, and a form that saves the present one. */
import { type FormEvent, useId } from "react";
import { Link, useSearchParams } from "wouter";
import { Menu } from "../../components/Menu";
import { NEW, ORDER } from "../../browser/overlay";
import { texts } from "../../texts";
import { NAME_MAX, forgetView, saveView, useSavedViews } from "./views";

export function Views() {
  const id = useId();
  const views = useSavedViews();
  const [parameters] = useSearchParams();
  const search = withoutDialogs(parameters);
  const save = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    const name = String(new FormData(form).get("name")).trim();
    if (name) saveView({ name, search });
    form.reset();
  };
  return (
    <Menu name={texts.views_.menu}>
      {views.length > 0 ? (
        <ul className="saved-views">
          {views.map((view) => (
            <li key={view.name}>
              <Link href={`/?${view.search}`} aria-current={view.search === search ? "true" : undefined}>
                {view.name}
              </Link>
              <button type="button" className="icon" aria-label={texts.views_.forget(view.name)} onClick={() => forgetView(view.name)}>
                ×
              </button>
            </li>
          ))}
        </ul>
      ) : (
        <p className="quiet">{texts.views_.none}</p>
      )}
      <form className="save-view" onSubmit={save}>
        <label className="unseen" htmlFor={id}>
          {texts.views_.name}
        </label>
        <input id={id} name="name" required maxLength={NAME_MAX} placeholder={texts.views_.name} autoComplete="off" />
        <button type="submit">{texts.views_.save}</button>
      </form>
    </Menu>
  );
}

function withoutDialogs(parameters: URLSearchParams): string {
  const next = new URLSearchParams(parameters);
  next.delete(ORDER);
  next.delete(NEW);
  return next.toString();
}
