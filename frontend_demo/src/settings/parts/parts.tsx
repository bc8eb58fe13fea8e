/** Parts of the settings' tabs. */
import { type FormEvent, type ReactNode, useEffect, useRef } from "react";
import { troubleOf } from "orders-client";
import type { CombinedError } from "urql";
import { Copy } from "../../components/Copy";
import { Dialog } from "../../components/Dialog";
import type { FormErrors } from "../../api/refusals";
import { Loading, Problem } from "../../components/blocks";
import { texts, unreadText } from "../../texts";
import { settingsTexts } from "../../texts/settings";

interface FormProps {
  readonly errors: FormErrors;
  readonly sending: boolean;
  readonly button: string;
  readonly danger?: boolean;
  readonly close: () => void;
  readonly submit: () => void;
  readonly children?: ReactNode;
}

/** A form in a dialog. After an answer with errors the first wrong field gets the focus, or the message above the fields. */
export function Form({ errors, sending, button, danger = false, close, submit, children }: FormProps) {
  const form = useRef<HTMLFormElement>(null);
  const isAsked = useRef(false); // by a button; errors also change while they are being corrected
  useEffect(() => {
    if (!isAsked.current || !(errors.fields.size || errors.others.length)) return;
    isAsked.current = false;
    const found = (selector: string) => form.current?.querySelector<HTMLElement>(selector);
    (found('[aria-invalid="true"]') ?? found(".said"))?.focus();
  }, [errors]);
  const send = (event: FormEvent) => {
    event.preventDefault();
    isAsked.current = true;
    submit();
  };
  const said = [...errors.others, errors.fields.size ? settingsTexts.wrong(errors.fields.size) : ""].filter(Boolean);
  return (
    <form ref={form} className="settings-form" noValidate onSubmit={send} onClick={({ target }) => (isAsked.current ||= target instanceof HTMLButtonElement)}>
      {said.length > 0 && (
        <div className="said" role="alert" tabIndex={-1} data-tone="bad">
          {said.map((message) => (
            <p key={message}>{message}</p>
          ))}
        </div>
      )}
      {children}
      <div className="actions">
        <button type="button" onClick={close}>
          {settingsTexts.back}
        </button>
        <button type="submit" className={danger ? "danger" : "primary"} aria-disabled={sending}>
          {sending ? settingsTexts.sending : button}
        </button>
      </div>
    </form>
  );
}

interface ConfirmProps {
  readonly title: string;
  readonly warning: string;
  readonly button: string;
  readonly close: () => void;
  readonly confirm: () => void;
}

/** Asks before something that can't be taken back. */
export function Confirm({ title, warning, button, close, confirm }: ConfirmProps) {
  return (
    <Dialog title={title} close={close}>
      <div className="settings-form">
        <p>{warning}</p>
        <div className="actions">
          <button type="button" onClick={close} data-focus>
            {settingsTexts.back}
          </button>
          <button
            type="button"
            className="danger"
            onClick={() => {
              close();
              confirm();
            }}
          >
            {button}
          </button>
        </div>
      </div>
    </Dialog>
  );
}

/** A secret that is shown this once. */
export function Secret({ title, explanation, text, close }: { title: string; explanation: string; text: string; close: () => void }) {
  return (
    <Dialog title={title} close={close}>
      <div className="settings-form">
        <p>{explanation}</p>
        <output className="secret number">{text}</output>
        <div className="actions">
          <Copy text={text} label={texts.copy} />
          <button type="button" className="primary" onClick={close}>
            {settingsTexts.saved}
          </button>
        </div>
      </div>
    </Dialog>
  );
}

/** What stands in place of a list that is not there, or undefined. */
export function waiting(data: unknown, error: CombinedError | undefined, again: () => void): ReactNode {
  if (data) return undefined;
  if (!error) return <Loading />;
  return (
    <Problem title={settingsTexts.failed} reason={unreadText(troubleOf(error))}>
      <button type="button" onClick={again}>
        {texts.problem.retry}
      </button>
    </Problem>
  );
}

export function More({ more }: { more: (() => void) | undefined }) {
  return more ? (
    <button type="button" onClick={more}>
      {settingsTexts.more}
    </button>
  ) : null;
}
